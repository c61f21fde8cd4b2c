import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  readIfThere,
  stub,
  until,
  type Background,
} from '../support/machine';
import { DrainingMachine } from './draining-machine';

/** The address at which GitLab finds a machine's sessions: user data, the same on every machine, can't name it. */

const BOOT = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/boot.sh');
const TEMPLATE = `concurrent = 4

[session_server]
listen_address = ":8093"
advertise_address = "@private-address@:8093"

#: runner default ssm a
[[runners]]
  token = "@token@"
  pre_build_script = "advertise_address = \\"@private-address@:1\\""
`;

let box: DrainingMachine;

beforeEach(async () => {
  box = new DrainingMachine();
  await box.start();
  for (const name of ['systemd-tmpfiles', 'amazon-cloudwatch-agent-ctl', 'systemctl'])
    stub(box.machine, name);
});

afterEach(() => {
  box.end();
  discardMachines();
});

const template = (): string => box.file('config.template.toml');

async function boot(text: string): Promise<Background> {
  fs.writeFileSync(template(), text, { mode: 0o600 });
  const booting = box.script(BOOT, [], { TEMPLATE: template() });
  await until('the boot ends', () => booting.ended !== undefined);
  return booting;
}

test('is put into the template before anything starts, there only, and again by no second boot', async () => {
  box.metadata.paths.set('local-ipv4', '10.0.1.5');
  const expected = TEMPLATE.replace('"@private-address@:8093"', '"10.0.1.5:8093"');
  const { ended, output } = await boot(TEMPLATE);
  expect(ended).toBe(0);
  expect(output).toContain('boot: sessions at 10.0.1.5\n');
  expect(readIfThere(template())).toBe(expected);
  expect(fs.statSync(template()).mode & 0o777).toBe(0o600);
  expect((await boot(expected)).output).not.toContain('sessions at');
  expect(readIfThere(template())).toBe(expected);
});

test('is not asked for where the model names another one, or none is needed', async () => {
  const other = TEMPLATE.replace('"@private-address@:8093"', '"terminals.example.com:443"');
  expect((await boot(other)).ended).toBe(0);
  expect(readIfThere(template())).toBe(other);
});

test('is waited for, since gitlab-runner would end without it', async () => {
  box.metadata.paths.set('local-ipv4', '<html>');
  fs.writeFileSync(template(), TEMPLATE);
  const booting = box.script(BOOT, [], { TEMPLATE: template() });
  await until('it has tried', () => box.elapsed() >= 20);
  expect(booting.output).toContain('the metadata service does not tell the private address, trying on');
  expect(calls(box.machine, 'systemctl enable')).toEqual([]);
  expect(readIfThere(template())).toBe(TEMPLATE);
  box.metadata.paths.set('local-ipv4', '10.0.1.6');
  await until('the boot ends', () => booting.ended !== undefined);
  expect(readIfThere(template())).toContain('"10.0.1.6:8093"');
});
