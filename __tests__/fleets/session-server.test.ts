import { parse } from 'smol-toml';
import type { EnvironmentInput } from '../../src/config/environment';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { parsed, withAutoscaler, withFargate, withFleet } from '../support/environments';
import { addressesOf, blocksOf, carriedBy, synthesize, type Terraform } from '../support/synth';
import { containerOf, definitionOf, groupOf } from './fargate-stack';

/** The session server of every fleet type: who reaches it, and what gitlab-runner is told of it. */

const [first, second] = ['sg-0a1b2c3d4e5f60718', 'sg-0a1b2c3d4e5f60719'];
type Settings = {
  sessionServer?: { port?: number; allowedSecurityGroupIds?: string[]; advertiseAddress?: string };
};

const types: readonly (readonly [string, (settings: Settings) => EnvironmentInput])[] = [
  ['a group of instances', withFleet],
  ['a manager that starts machines', withAutoscaler],
  ['managers of tasks', withFargate],
];

const rulesAt = (terraform: Terraform, port: number) =>
  Object.values(terraform.resource.aws_vpc_security_group_ingress_rule ?? {}).filter(
    ({ from_port: from, to_port: to }) => from === port && to === port,
  );

const sessionsOf = (input: EnvironmentInput): unknown => {
  const environment = parsed(input);
  const [fleet] = environment.fleets;
  if (fleet === undefined) throw new Error('there is no fleet');
  return parse(renderConfigTemplate(fleet, environment)).session_server;
};

describe.each(types)('%s', (_, input) => {
  const allowedSecurityGroupIds = [first, second];

  test('has no session server, and no port of one, unless it is asked for', () => {
    expect(sessionsOf(input({}))).toBeUndefined();
    expect(rulesAt(synthesize(input({})), 8093)).toEqual([]);
  });

  test('lets in the named groups, and nobody else', () => {
    const rules = rulesAt(synthesize(input({ sessionServer: { allowedSecurityGroupIds } })), 8093);
    expect(rules.map((rule) => rule.referenced_security_group_id).sort()).toEqual(allowedSecurityGroupIds);
    for (const rule of rules)
      expect(Object.keys(rule).filter((key) => /cidr|prefix_list/.test(key))).toEqual([]);
    expect(rulesAt(synthesize(input({ sessionServer: {} })), 8093)).toEqual([]);
  });

  test('only gets rules by it, and keeps every address', () => {
    const [without, terraform] = [{}, { sessionServer: { allowedSecurityGroupIds: [first] } }].map(
      (settings) => addressesOf(synthesize(input(settings))),
    );
    const added = (terraform ?? []).filter((address) => !without?.includes(address));
    expect(added).toEqual([
      expect.stringMatching(/^aws_vpc_security_group_ingress_rule\..*_session-server_sg-/),
    ]);
    expect(without?.filter((address) => !terraform?.includes(address))).toEqual([]);
  });

  test("advertises the machine's own address, or the one that the model names", () => {
    expect(sessionsOf(input({ sessionServer: { port: 9000 } }))).toEqual({
      listen_address: ':9000',
      advertise_address: '@private-address@:9000',
      session_timeout: 1800,
    });
    expect(sessionsOf(input({ sessionServer: { advertiseAddress: 'terminals.example.com:443' } }))).toEqual({
      listen_address: ':8093',
      advertise_address: 'terminals.example.com:443',
      session_timeout: 1800,
    });
  });
});

test('what it is told stands before the runners, on a line of its own, as boot.sh and the manager look for it', () => {
  const [template] = carriedBy(synthesize(withFleet({ sessionServer: {} })));
  const [global = ''] = (template ?? '').split('#: runner');
  expect(global).toContain(String.raw`\n[session_server]\n`);
  expect(global).toContain(String.raw`\nadvertise_address = \"@private-address@:8093\"\n`);
});

test('a manager that is a task says at which ports it listens', () => {
  const terraform = synthesize(withFargate({ sessionServer: { allowedSecurityGroupIds: [first] } }));
  expect(containerOf(definitionOf(terraform, 'acme-dev-jobs'))).toMatchObject({
    portMappings: [
      { containerPort: 9252, protocol: 'tcp' },
      { containerPort: 8093, protocol: 'tcp' },
    ],
  });
  const rules = blocksOf(terraform, 'aws_vpc_security_group_ingress_rule');
  const ofSessions = rules.filter(({ from_port: from }) => from === 8093);
  expect(ofSessions.map((rule) => rule.security_group_id)).toEqual([groupOf(terraform, 'Managers')]);
});
