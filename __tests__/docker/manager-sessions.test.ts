import { discardMachines, filesUnder, readIfThere } from '../support/machine';
import { FILES, ManagerTask, TEMPLATE, carried, describeManager, linesOf } from './manager-task';

/** The address at which GitLab finds a manager's sessions: a task definition, the same for every task, can't name it. */

const SESSIONS =
  '[session_server]\nlisten_address = ":8093"\nadvertise_address = "@private-address@:8093"\n\n';
const ELSEWHERE = '  pre_build_script = "advertise_address = \\"@private-address@:1\\""\n';
const WITH_SESSIONS = TEMPLATE.replace('#: runner first', `${SESSIONS}#: runner first`) + ELSEWHERE;
const files = { ...FILES, 'config.template.toml': WITH_SESSIONS };

jest.setTimeout(90_000);

let task: ManagerTask;

beforeEach(async () => {
  task = new ManagerTask();
  await task.listen();
});

afterEach(() => {
  task.end();
  discardMachines();
});

describeManager('the address of sessions', () => {
  test('is the private one of the task, there only, and gitlab-runner finds it when it starts', async () => {
    const manager = await task.running({ MANAGER_FILES: carried(files) });
    expect(readIfThere(task.written('config.template.toml'))).toBe(
      WITH_SESSIONS.replace('"@private-address@:8093"', '"10.0.1.5:8093"'),
    );
    expect(readIfThere(task.file('found.toml'))).toContain('advertise_address = "10.0.1.5:8093"\n');
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('is not asked for where nothing needs it', async () => {
    task.container = {};
    const manager = await task.running();
    expect(readIfThere(task.written('config.template.toml'))).toBe(TEMPLATE);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test.each([
    ['none', {}],
    ['no text', { Networks: [{ IPv4Addresses: [4] }] }],
    ['something else', { Networks: [{ IPv4Addresses: ['10.0.1.5"\nx = "'] }] }],
  ])('ends the task where ECS tells %s: the next one asks again', async (_what, container) => {
    task.container = container;
    const manager = task.start({ MANAGER_FILES: carried(files) });
    expect(await task.ended(manager)).toBe(1);
    expect(linesOf(manager)).toEqual([
      'the task metadata endpoint does not tell the private address, at which GitLab finds sessions',
    ]);
    expect(filesUnder(task.machine.root)).toEqual([]);
  });
});
