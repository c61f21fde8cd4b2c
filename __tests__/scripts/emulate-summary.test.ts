import { summarize } from '../../scripts/emulate/summary';
import { parsed, withFargate } from '../support/environments';
import { maximal } from '../support/maximal';
import { synthesize } from '../support/synth';

/** What `npm run emulate` says of what it has made. */

test('says of every kind of resource what it is for', () => {
  const inputs = [maximal(), withFargate({ metrics: { allowedSecurityGroupIds: ['sg-0a1b2c3d4e5f60718'] } })];
  const types = new Set(inputs.flatMap((input) => Object.keys(synthesize(input).resource)));
  const resources = [...types].map((type) => ({ mode: 'managed', type, values: { name: 'its-name' } }));
  const state = { values: { root_module: { resources }, outputs: {} } };
  const text = summarize({ environment: parsed(withFargate()), state, synthesizedBytes: 1024 });
  const lines = text.split('\n').filter((line) => line.startsWith('  aws_'));
  expect(lines).toHaveLength(types.size);
  expect([...types]).toEqual(expect.arrayContaining(['aws_autoscaling_group', 'aws_ecs_service']));
  expect(lines.filter((line) => !/ its-name +\w+/.test(line))).toEqual([]);
});
