import * as fs from 'node:fs';
import * as path from 'node:path';
import { discardMachines, stub, until, type Background } from '../support/machine';
import { DrainingMachine } from './draining-machine';

/** The drain of a manager of Docker Machine: its machines go before it does. */

const RM = (name: string): string => `docker-machine rm -y ${name}`;
const UNREGISTER = 'gitlab-runner --log-format json unregister --all-runners --config COPY';
const COMPLETE =
  'aws autoscaling complete-lifecycle-action --lifecycle-hook-name drain --lifecycle-action-result CONTINUE';

jest.setTimeout(30_000);

let box: DrainingMachine;

const store = (): string => path.join(box.stateDir, 'machine');
const left = (): string[] => fs.readdirSync(path.join(store(), 'machines'));

beforeEach(async () => {
  box = new DrainingMachine();
  await box.start();
  await until('gitlab-runner is up', () => fs.existsSync(box.file('runner.pid')));
  for (const name of ['machine-1', 'machine-2'])
    fs.mkdirSync(path.join(store(), 'machines', name), { recursive: true });
  stub(
    box.machine,
    'docker-machine',
    `[[ ! -e '${box.file('denied')}' ]] || { echo denied >&2; exit 1; }; rm -r "$MACHINE_STORAGE_PATH/machines/$3"`,
  );
});

afterEach(() => {
  box.end();
  discardMachines();
});

async function drained(settings = `MACHINE_STORAGE_PATH=${store()}\n`): Promise<Background> {
  fs.appendFileSync(box.file('environment'), settings);
  box.job(1, 30);
  box.terminate();
  const service = box.drain();
  await until('the service ends', () => service.ended !== undefined);
  expect(service.ended).toBe(0);
  return service;
}

test('machines that gitlab-runner has left go after its jobs, and before it is unregistered', async () => {
  await drained();
  const events = box.events().slice(box.events().indexOf('runner finished 1'));
  expect(events.slice(0, 2)).toEqual(['runner finished 1', 'runner ended']);
  expect(events.slice(2, 4).sort()).toEqual([RM('machine-1'), RM('machine-2')]);
  const [byKey, byTag, ...rest] = events.slice(4);
  expect(byKey).toMatch(
    /describe-instances --filters Name=key-name,Values=machine-[12],machine-[12],machine-[12]-\?{5},machine-[12]-\?{5} /,
  );
  expect(byTag).toContain('Name=tag:gitlab-runner-aws:manager,Values=i-0123456789abcdef0 ');
  expect(rest).toEqual([UNREGISTER, COMPLETE]);
  expect(left()).toEqual([]);
});

test('machines that do not go are named, and hold up nothing', async () => {
  fs.writeFileSync(box.file('denied'), '');
  const { output } = await drained();
  expect(output).toMatch(/ left to the audit of orphans: machine-[12] machine-[12]\n/);
  expect(box.events().slice(-2)).toEqual([UNREGISTER, COMPLETE]);
  expect(left()).toHaveLength(2);
});

test('a store that is not there holds up nothing, and is said', async () => {
  const { output } = await drained(`MACHINE_STORAGE_PATH=${box.file('nowhere')}\n`);
  expect(output).toMatch(/ removing machines failed, going on\n/);
  expect(box.events().slice(-2)).toEqual([UNREGISTER, COMPLETE]);
});

test('a machine that is no such manager removes none', async () => {
  await drained('');
  expect(box.events().filter((event) => event.startsWith('docker-machine'))).toEqual([]);
  expect(left()).toHaveLength(2);
});

describe('with forceDelete', () => {
  const KILL = 'systemctl kill --signal=SIGKILL gitlab-runner.service';
  const forced = `MACHINE_STORAGE_PATH=/none\nFORCE_DELETE=true\n`;
  const most = (size: string) =>
    fs.writeFileSync(box.answer('describe-auto-scaling-groups.says'), `${size}\n`);
  const settings = () => forced.replace('/none', store());

  test('a fleet that is destroyed waits for no job, and its machines go all the same', async () => {
    most('0');
    const { output } = await drained(settings());
    expect(output).toContain('the fleet is destroyed, with forceDelete: its jobs are not waited for\n');
    expect(box.elapsed()).toBeLessThan(30);
    expect(box.events()).toContain(KILL);
    expect(box.events()).not.toContain('runner finished 1');
    expect(left()).toEqual([]);
    expect(box.events().slice(-2)).toEqual([UNREGISTER, COMPLETE]);
  });

  test.each(['1', 'None'])('a manager that is only replaced waits (%s)', async (size) => {
    most(size);
    await drained(settings());
    expect(box.events()).toContain('runner finished 1');
    expect(box.events()).not.toContain(KILL);
  });

  test('no answer is no reason to kill jobs', async () => {
    fs.writeFileSync(box.answer('describe-auto-scaling-groups.error'), 'no');
    await drained(settings());
    expect(box.events()).toContain('runner finished 1');
    expect(box.events()).not.toContain(KILL);
  });
});

test('without forceDelete nobody is asked whether the fleet is destroyed', async () => {
  await drained();
  expect(box.events().join()).not.toContain('describe-auto-scaling-groups');
});
