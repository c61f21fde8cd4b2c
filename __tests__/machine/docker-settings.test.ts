import * as fs from 'node:fs';
import * as path from 'node:path';
import { renderDockerDaemon } from '../../src/rendering/docker-daemon';
import { PACKER, discardMachines, newMachine, run, type Machine } from '../support/machine';

/** What user data adds to Docker's settings. */

const SCRIPT = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/docker-settings.sh');
const OURS = path.join(PACKER, 'files/etc/docker/daemon.json');
const MIRROR = 'https://mirror.acme.example';

let machine: Machine;
const file = (name: string): string => path.join(machine.dir, 'docker', name);
const add = () =>
  run(machine, ['bash', SCRIPT], { SETTINGS: file('docker.json'), DAEMON: file('daemon.json') });
const daemon = (): unknown => JSON.parse(fs.readFileSync(file('daemon.json'), 'utf8'));

beforeEach(() => {
  machine = newMachine();
  fs.mkdirSync(path.join(machine.dir, 'docker'));
  fs.writeFileSync(file('docker.json'), renderDockerDaemon(MIRROR));
});
afterEach(discardMachines);

test('the mirror is added to the settings of the image, which stay', () => {
  fs.copyFileSync(OURS, file('daemon.json'));
  const { status, stderr } = add();
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const image = JSON.parse(fs.readFileSync(OURS, 'utf8')) as object;
  expect(Object.keys(image)).toContain('log-driver');
  expect(daemon()).toEqual({ ...image, 'registry-mirrors': [MIRROR] });
  expect(fs.statSync(file('daemon.json')).mode & 0o777).toBe(0o644);
});

test('it stands before mirrors of the image, and once, however often Docker starts', () => {
  const settings = { 'registry-mirrors': ['https://other.example', MIRROR], dns: ['10.0.0.2'] };
  fs.writeFileSync(file('daemon.json'), JSON.stringify(settings));
  for (const time of [1, 2, 3]) {
    expect([time, add().status]).toEqual([time, 0]);
    expect(daemon()).toEqual({ dns: ['10.0.0.2'], 'registry-mirrors': [MIRROR, 'https://other.example'] });
  }
});

test('an image without settings, or with an empty file, gets the mirror', () => {
  expect(add().status).toBe(0);
  expect(daemon()).toEqual({ 'registry-mirrors': [MIRROR] });
  fs.writeFileSync(file('daemon.json'), '');
  expect(add().status).toBe(0);
  expect(daemon()).toEqual({ 'registry-mirrors': [MIRROR] });
});

test('without anything to add, the settings stay as they are', () => {
  fs.rmSync(file('docker.json'));
  fs.writeFileSync(file('daemon.json'), '{ "debug": true }');
  expect(add()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(fs.readFileSync(file('daemon.json'), 'utf8')).toBe('{ "debug": true }');
});

test('settings that are no JSON stay, Docker does not start, and no other file is left', () => {
  fs.writeFileSync(file('daemon.json'), '{ "debug": ');
  expect(add().status).not.toBe(0);
  expect(fs.readFileSync(file('daemon.json'), 'utf8')).toBe('{ "debug": ');
  expect(fs.readdirSync(path.join(machine.dir, 'docker')).sort()).toEqual(['daemon.json', 'docker.json']);
});
