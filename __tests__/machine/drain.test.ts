import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  discardMachines,
  filesUnder,
  filesWith,
  processesOf,
  readIfThere,
  until,
  type Background,
} from '../support/machine';
import { DrainingMachine, INSTANCE, START, TOKEN } from './draining-machine';

const STOP = 'systemctl --no-block stop gitlab-runner.service';
const HEARTBEAT = 'aws autoscaling record-lifecycle-action-heartbeat --lifecycle-hook-name drain';
const UNREGISTER = 'gitlab-runner --log-format json unregister --all-runners --config COPY';
const COMPLETE =
  'aws autoscaling complete-lifecycle-action --lifecycle-hook-name drain --lifecycle-action-result CONTINUE';
const KILL = 'systemctl kill --signal=SIGKILL gitlab-runner.service';
const failure = (code: string, words = 'some words'): string =>
  `An error occurred (${code}) when calling the CompleteLifecycleAction operation: ${words}\n`;
const JOB = (id: number): string => `https://gitlab.example.com/group/project/-/jobs/${String(id)}`;

jest.setTimeout(30_000);

let box: DrainingMachine;

beforeEach(async () => {
  box = new DrainingMachine();
  await box.start();
  await until('gitlab-runner is up', () => fs.existsSync(box.file('runner.pid')));
});

afterEach(() => {
  box.end();
  expect(readIfThere(box.file('records.calls'))).not.toContain('runner TERM');
  discardMachines();
});

const ended = (service: Background): Promise<void> =>
  until('the service ends', () => service.ended !== undefined);

const lines = (service: Background): string[] =>
  service.output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} /);
      return line.slice(line.indexOf(' ') + 1);
    });

/** A service that has looked at least once. */
async function watching(extra: Record<string, string> = {}): Promise<Background> {
  const service = box.drain([], extra);
  await until('it has looked', () => box.metadata.answered > 4);
  return service;
}

/** Ends what still runs, as systemd does, and shows that nothing is left of it. */
async function stopped(service: Background): Promise<void> {
  service.kill('SIGTERM');
  await ended(service);
  expect(service.ended).toBe(0);
  fs.rmSync(box.file('jobs'), { recursive: true });
  fs.mkdirSync(box.file('jobs'));
  fs.rmSync(box.file('hangs'), { force: true });
  fs.writeFileSync(box.file('quit'), '');
  await until('nothing is left running', () => processesOf(box.machine).length === 0);
}

describe('a machine that nobody ends', () => {
  test('is looked at, and left alone', async () => {
    box.metadata.paths.set('autoscaling/target-lifecycle-state', 'InService');
    box.job(1);
    const service = await watching();
    expect(box.events()).toEqual([]);
    expect(lines(service)).toEqual(['looking for the end of this instance']);
    expect(filesUnder(box.stateDir)).toEqual([]);
    await stopped(service);
  });

  test('is looked at every five seconds, in one session of the metadata service', async () => {
    const service = await watching();
    await until('ten looks', () => box.elapsed() >= 50);
    expect(box.metadata.sessions).toBe(1);
    expect(box.elapsed() % 5).toBe(0);
    await stopped(service);
  });
});

describe('a machine that the Auto Scaling group ends', () => {
  test('drains, then unregisters, then lets itself go, in this order', async () => {
    box.job(7);
    const service = await watching();
    box.terminate();
    await until('the first heartbeat', () => box.events().includes(HEARTBEAT));
    expect(box.isRunnerUp()).toBe(true);
    expect(box.events()).toEqual([STOP, 'runner QUIT', HEARTBEAT]);
    box.finish(7);
    await ended(service);
    expect(service.ended).toBe(0);
    expect(box.events().filter((event, index) => event !== HEARTBEAT || index === 2)).toEqual([
      STOP,
      'runner QUIT',
      HEARTBEAT,
      'runner ended',
      UNREGISTER,
      COMPLETE,
    ]);
    expect(processesOf(box.machine)).toEqual([]);
  });

  test('lets a job of 90 minutes finish, with a heartbeat at least every ten minutes', async () => {
    box.job(90, 90 * 60);
    box.terminate();
    const service = box.drain([], { LOOK_SECONDS: '120' });
    await until('the service ends', () => service.ended !== undefined, 40_000);
    const events = box.events();
    expect(events.slice(0, 2)).toEqual([STOP, 'runner QUIT']);
    expect(events.slice(-4)).toEqual(['runner finished 90', 'runner ended', UNREGISTER, COMPLETE]);
    expect(events.filter((event) => event === HEARTBEAT).length).toBeGreaterThanOrEqual(9);
    expect(box.elapsed()).toBeGreaterThanOrEqual(90 * 60);
    expect(box.elapsed()).toBeLessThan(95 * 60);
    const waiting = lines(service).filter((line) => line.startsWith('waiting for jobs: '));
    expect(waiting.length).toBeGreaterThan(40);
    expect(waiting[0]).toBe(`waiting for jobs: ${JOB(90)} (1m2.5s)`);
  }, 60_000);

  test('says which jobs run at most once a minute', async () => {
    box.job(1, 200);
    box.terminate();
    const service = box.drain();
    await ended(service);
    const waiting = lines(service).filter((line) => line.startsWith('waiting for jobs: '));
    expect(waiting.length).toBeGreaterThanOrEqual(3);
    expect(waiting.length).toBeLessThanOrEqual(4);
  });

  test('says each step in one line', async () => {
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(lines(service).filter((line) => !/^(waiting|heartbeat)/.test(line))).toEqual([
      'looking for the end of this instance',
      'the Auto Scaling group ends this instance',
      expect.stringMatching(
        /^draining since 2026-03-01T12:00:\d\dZ: no new jobs, at most 86400 s for those that run$/,
      ),
      'gitlab-runner.service has ended',
      'unregistered this manager from 2 of 2 runners',
      'completed: the Auto Scaling group ends this instance now',
    ]);
  });

  test.each(['InService', 'Standby', 'Detached', 'Warmed:Stopped'])(
    'is one whose target state is Terminated, not %s',
    async (state) => {
      box.metadata.paths.set('autoscaling/target-lifecycle-state', state);
      const service = await watching();
      expect(box.events()).toEqual([]);
      await stopped(service);
    },
  );

  test('asks systemd again when it was not heard, and sends no second signal when it was', async () => {
    fs.writeFileSync(box.file('deaf'), '');
    box.job(1, 60);
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(service.output).toContain('gitlab-runner.service was not stopped, trying on');
    expect(box.events().filter((event) => event === 'runner QUIT')).toHaveLength(1);
  });

  test('is not taken for idle when systemd does not answer', async () => {
    fs.writeFileSync(box.file('mute'), '');
    box.job(1, 60);
    box.terminate();
    await ended(box.drain());
    const events = box.events();
    expect(events.indexOf('runner finished 1')).toBeGreaterThan(0);
    expect(events.indexOf('runner finished 1')).toBeLessThan(events.indexOf(UNREGISTER));
  });
});

describe('the metadata service', () => {
  test('may be away for a while: nothing changes, and it is said once', async () => {
    const service = await watching();
    box.metadata.up = false;
    const before = box.elapsed();
    await until('it has looked in vain', () => box.elapsed() > before + 60);
    expect(box.events()).toEqual([]);
    box.terminate();
    box.metadata.up = true;
    await ended(service);
    expect(lines(service).filter((line) => line.includes('metadata'))).toEqual([
      'the metadata service does not answer',
      'the metadata service answers again',
    ]);
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('may be away during a drain', async () => {
    box.job(1, 60);
    box.terminate();
    const service = box.drain();
    await until('the drain has begun', () => box.events().includes(HEARTBEAT));
    box.metadata.up = false;
    await until('the manager is unregistered', () => box.events().includes(UNREGISTER));
    await ended(service);
    expect(box.events().slice(-3)).toEqual(['runner ended', UNREGISTER, COMPLETE]);
  });

  test('may end a session: there is a new one', async () => {
    const service = await watching();
    box.metadata.expire();
    box.terminate();
    await ended(service);
    expect(box.metadata.sessions).toBe(2);
    expect(service.output).not.toContain('metadata');
    expect(box.events().at(-1)).toBe(COMPLETE);
  });
});

describe('Auto Scaling', () => {
  test.each(['Throttling', 'ExpiredTokenException', 'AccessDenied'])(
    'may refuse heartbeats (%s): they are tried again, said once, and the job goes on',
    async (code) => {
      fs.writeFileSync(box.answer('record-lifecycle-action-heartbeat.errors'), failure(code).repeat(2));
      box.job(1, 80);
      box.terminate();
      const service = box.drain();
      await ended(service);
      expect(lines(service).filter((line) => line.includes('heartbeat'))).toEqual([
        expect.stringContaining(`no heartbeat, trying on: An error occurred (${code})`),
        'heartbeat: the Auto Scaling group waits',
      ]);
      expect(box.events().filter((event) => event === HEARTBEAT)).toHaveLength(3);
      expect(box.events()).toContain('runner finished 1');
    },
  );

  test.each([
    ['is throttled', failure('Throttling')],
    ['cannot be reached', 'Could not connect to the endpoint URL: "https://autoscaling.example/"\n'],
    ['has no permission', failure('AccessDenied')],
    [
      'is asked before the instance is in the hook',
      failure('ValidationError', 'No active Lifecycle Action found'),
    ],
  ])('is told of the end until it takes it: it %s', async (_what, error) => {
    fs.writeFileSync(box.answer('complete-lifecycle-action.errors'), error.repeat(3));
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(box.events().filter((event) => event === COMPLETE)).toHaveLength(4);
    expect(box.events().filter((event) => event === UNREGISTER)).toHaveLength(1);
    const said = lines(service).filter((line) => line.startsWith('the termination is not completed'));
    expect(said).toEqual([`the termination is not completed, trying on: ${error.trim()}`]);
  });
});

describe('a spot instance that EC2 takes', () => {
  test('takes no more jobs at once, names those that run, and those that cannot finish just before the end', async () => {
    box.job(1, 60);
    box.job(2);
    box.reclaim(120);
    const service = box.drain();
    await until('the end is near', () => service.output.includes('EC2 takes this instance now'));
    expect(box.elapsed()).toBeGreaterThanOrEqual(105);
    expect(box.elapsed()).toBeLessThan(115);
    expect(lines(service)).toEqual([
      'looking for the end of this instance',
      'EC2 takes this spot instance at 2026-03-01T12:02:00Z',
      expect.stringMatching(/^draining since /),
      `waiting for jobs: ${JOB(1)} (1m2.5s) ${JOB(2)} (1m2.5s)`,
      `waiting for jobs: ${JOB(2)} (1m2.5s)`,
      `EC2 takes this instance now, with jobs: ${JOB(2)} (1m2.5s)`,
    ]);
    expect(box.events()).toEqual([STOP, 'runner QUIT', 'runner finished 1']);
    await stopped(service);
  });

  test('is unregistered when its jobs are done, and completes nothing that nobody waits for', async () => {
    box.job(1, 30);
    box.reclaim(120);
    const service = box.drain();
    await until('it is drained', () => service.output.includes('drained, '));
    expect(box.events()).toEqual([STOP, 'runner QUIT', 'runner finished 1', 'runner ended', UNREGISTER]);
    expect(service.ended).toBeUndefined();
    expect(filesUnder(box.machine.runDir).map((file) => path.basename(file))).toEqual([
      '.runner_system_id',
      'config.toml',
    ]);
    await stopped(service);
  });

  test('completes the action when the group says so as well, before or after', async () => {
    box.job(1, 60);
    box.reclaim(120);
    const service = box.drain();
    await until('the drain has begun', () => box.events().includes('runner QUIT'));
    box.terminate();
    await ended(service);
    expect(box.events()).toEqual([
      STOP,
      'runner QUIT',
      'runner finished 1',
      'runner ended',
      UNREGISTER,
      COMPLETE,
    ]);
  });

  test('gets a second notice: the first one holds', async () => {
    box.job(1, 60);
    box.reclaim(120);
    const service = box.drain();
    await until('the drain has begun', () => box.events().includes('runner QUIT'));
    box.reclaim(600);
    await until('it is drained', () => service.output.includes('drained, '));
    expect(service.output.match(/EC2 takes this spot instance/g)).toHaveLength(1);
    expect(box.events().filter((event) => event === STOP).length).toBeLessThanOrEqual(2);
    await stopped(service);
  });

  test('drains on a notice that cannot be read', async () => {
    box.metadata.paths.set('spot/instance-action', 'soon');
    const service = box.drain();
    await until('it is drained', () => service.output.includes('drained, '));
    expect(service.output).toContain('EC2 takes this spot instance at 2026-03-01T12:02:0');
    await stopped(service);
  });
});

describe('a drain that is interrupted', () => {
  test('goes on when systemd starts the service again', async () => {
    box.job(1);
    box.terminate();
    const first = box.drain();
    await until('the first heartbeat', () => box.events().includes(HEARTBEAT));
    first.kill('SIGKILL');
    await ended(first);
    const second = box.drain();
    await until('a heartbeat of the second', () => second.output.includes('heartbeat: '));
    expect(box.isRunnerUp()).toBe(true);
    box.finish(1);
    await ended(second);
    expect(box.events().filter((event) => event === 'runner QUIT')).toHaveLength(1);
    expect(box.events().slice(-3)).toEqual(['runner ended', UNREGISTER, COMPLETE]);
  });

  test('leaves no process behind when systemd stops the service', async () => {
    box.job(1);
    box.terminate();
    const service = box.drain();
    await until('the first heartbeat', () => box.events().includes(HEARTBEAT));
    await stopped(service);
  });

  test('goes on after a reboot, once the token loader has written config.toml anew', async () => {
    fs.writeFileSync(box.state('draining'), String(START - 3600));
    fs.writeFileSync(box.file('quit'), '');
    await until('gitlab-runner is not up', () => !box.isRunnerUp());
    const config = path.join(box.machine.runDir, 'config.toml');
    fs.renameSync(config, `${config}.later`);
    fs.rmSync(path.join(box.machine.runDir, '.runner_system_id'));
    box.terminate();
    const service = box.drain();
    await until('it waits for the file', () => box.elapsed() > 30);
    expect(box.events().filter((event) => event.startsWith('gitlab-runner'))).toEqual([]);
    fs.renameSync(`${config}.later`, config);
    await ended(service);
    expect(service.output).toContain('draining since 2026-03-01T11:00:00Z');
    expect(box.events().slice(-2)).toEqual([UNREGISTER, COMPLETE]);
  });

  test('waits for config.toml with a bound', async () => {
    fs.writeFileSync(box.state('draining'), String(START));
    fs.rmSync(path.join(box.machine.runDir, 'config.toml'));
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(service.output).toContain('nothing to unregister');
    expect(box.elapsed()).toBeLessThan(200);
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('does not unregister twice', async () => {
    fs.writeFileSync(box.state('draining'), String(START));
    fs.writeFileSync(box.state('drained'), '');
    box.terminate();
    await ended(box.drain());
    expect(box.events()).not.toContain(UNREGISTER);
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('goes on with a mark that a crash left empty', async () => {
    fs.writeFileSync(box.state('draining'), '');
    box.job(1, 60);
    box.terminate();
    await ended(box.drain());
    expect(box.events()).toContain('runner finished 1');
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('goes on where nothing can be written', async () => {
    fs.rmSync(box.stateDir, { recursive: true });
    box.job(1, 60);
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(service.output).toContain('a reboot would end the drain');
    expect(box.events().slice(-4)).toEqual(['runner finished 1', 'runner ended', UNREGISTER, COMPLETE]);
  });
});

describe('a gitlab-runner that hangs', () => {
  const limit = (seconds: number): void => {
    const settings = readIfThere(box.file('environment'));
    fs.writeFileSync(box.file('environment'), settings.replace('=86400', `=${String(seconds)}`));
  };

  beforeEach(() => {
    fs.writeFileSync(box.file('hangs'), '');
    box.job(5);
    box.terminate();
  });

  test('is killed at the limit, its jobs are named, and the drain goes on', async () => {
    limit(120);
    const service = box.drain();
    await ended(service);
    expect(box.elapsed()).toBeGreaterThanOrEqual(120);
    expect(box.elapsed()).toBeLessThan(160);
    expect(lines(service)).toContain(
      `120 s are over, gitlab-runner.service is killed, with jobs: ${JOB(5)} (1m2.5s)`,
    );
    const steps = box.events().filter((event) => event !== HEARTBEAT);
    expect(steps.slice(-3)).toEqual([KILL, UNREGISTER, COMPLETE]);
  });

  test('is killed a little before two days, which AWS counts from before', async () => {
    limit(172800);
    fs.writeFileSync(box.state('draining'), String(START - 172490));
    await ended(box.drain());
    expect(box.elapsed()).toBeLessThan(60);
    expect(box.events()).toContain(KILL);
  });

  test('is killed at the limit since the drain began, also when the service is another one', async () => {
    limit(120);
    fs.writeFileSync(box.state('draining'), String(START - 60));
    await ended(box.drain());
    expect(box.elapsed()).toBeLessThan(100);
    expect(box.events()).toContain(KILL);
  });

  test('holds up nothing when it cannot be killed', async () => {
    limit(30);
    fs.writeFileSync(box.file('immortal'), '');
    const service = box.drain();
    await ended(service);
    expect(service.output).toContain("can't be killed, going on");
    expect(service.output.match(/30 s are over/g)).toHaveLength(1);
    expect(box.elapsed()).toBeLessThan(90);
    expect(box.events().at(-1)).toBe(COMPLETE);
  });
});

describe('unregistering', () => {
  const config = (): string => path.join(box.machine.runDir, 'config.toml');

  test('works on a private copy in memory with the identity of this manager, which is removed', async () => {
    const before = readIfThere(config());
    box.terminate();
    await ended(box.drain());
    expect(before).toContain(TOKEN);
    expect(readIfThere(config())).toBe(before);
    expect(readIfThere(box.answer('copy/config.toml'))).toBe(before);
    expect(readIfThere(box.answer('copy/.runner_system_id'))).toBe('s_0123456789ab');
    expect(readIfThere(box.answer('mode')).trim()).toBe('700');
    expect(readIfThere(box.answer('kind')).trim()).toBe('tmpfs');
    expect(filesUnder(box.machine.runDir)).toEqual([
      path.join(box.machine.runDir, '.runner_system_id'),
      config(),
    ]);
  });

  test('shows no token: not in arguments, not in an environment, not in a log, not on the disk', async () => {
    const refused = `{"level":"error","msg":"Unregistering runner manager from GitLab forbidden","runner":"${TOKEN}"}\n`;
    fs.writeFileSync(box.answer('unregister.says'), refused);
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(box.events()).toContain(UNREGISTER);
    expect(service.output).not.toContain(TOKEN);
    expect(filesWith(box.machine.dir, TOKEN)).toEqual([]);
  });

  test.each(['forbidden', 'client error', 'failed'])(
    'that GitLab answers with "%s" is said, and holds up nothing',
    async (word) => {
      fs.writeFileSync(
        box.answer('unregister.says'),
        `{"level":"error","msg":"Unregistering runner manager from GitLab ${word}","status":"…"}\n`,
      );
      box.terminate();
      const service = box.drain();
      await ended(service);
      expect(lines(service)).toContain('unregistered this manager from 0 of 2 runners');
      expect(service.output).toContain(`not unregistered: 2 GitLab ${word}. GitLab removes it after a week`);
      expect(box.events().at(-1)).toBe(COMPLETE);
    },
  );

  test('that never ends is given up', async () => {
    fs.writeFileSync(box.answer('unregister.hang'), '');
    box.terminate();
    const service = box.drain([], { CALL_SECONDS: '0.3' });
    await ended(service);
    expect(service.output).toContain('not unregistered: no answer. GitLab removes it after a week');
    expect(box.events().at(-1)).toBe(COMPLETE);
    expect(processesOf(box.machine)).toEqual([]);
  });

  test('is not tried where there was never a token', async () => {
    fs.rmSync(config());
    box.terminate();
    const service = box.drain();
    await ended(service);
    expect(service.output).toContain('nothing to unregister');
    expect(box.events().at(-1)).toBe(COMPLETE);
    expect(box.elapsed()).toBeLessThan(60);
  });
});

describe('an operator', () => {
  test('drains a machine and keeps it: it is marked, nobody ends it, a later end is still completed', async () => {
    box.job(1, 120);
    const service = await watching();
    const command = box.drain(['--keep']);
    await ended(command);
    expect(command.ended).toBe(0);
    expect(command.output).toContain('drained, ');
    expect(box.events()).toEqual([
      'systemctl start gitlab-runner-drain.service',
      STOP,
      'runner QUIT',
      'runner finished 1',
      'runner ended',
      UNREGISTER,
    ]);
    expect(fs.existsSync(box.state('draining'))).toBe(true);
    expect(service.ended).toBeUndefined();
    box.terminate();
    await ended(service);
    expect(box.events().at(-1)).toBe(COMPLETE);
  });

  test('keeps a machine twice: the second command finds it done, and the drain does not begin anew', async () => {
    fs.writeFileSync(box.state('draining'), String(START - 60));
    fs.writeFileSync(box.state('drained'), '');
    const command = box.drain(['--keep']);
    await ended(command);
    expect(command.ended).toBe(0);
    expect(readIfThere(box.state('draining'))).toBe(String(START - 60));
  });

  test.each([
    ['--replace', '--no-should-decrement-desired-capacity'],
    ['--shrink', '--should-decrement-desired-capacity'],
  ])('ends a machine through its group: %s', async (mode, flag) => {
    const command = box.drain([mode]);
    await ended(command);
    expect(command.ended).toBe(0);
    expect(box.events()).toEqual([
      `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${INSTANCE} ${flag}`,
    ]);
    expect(command.output).toContain('ends this instance after its jobs');
  });

  test('is told why the group refuses', async () => {
    const refusal = failure('ValidationError', 'would be below the minimum');
    fs.writeFileSync(box.answer('terminate-instance-in-auto-scaling-group.error'), refusal);
    const command = box.drain(['--shrink']);
    await ended(command);
    expect(command.ended).toBe(1);
    expect(command.output).toContain(`the group doesn't end it: ${refusal.trim()}`);
  });

  test('is told of an unknown mode, and nothing happens', async () => {
    const command = box.drain(['--now']);
    await ended(command);
    expect(command.ended).toBe(2);
    expect(box.events()).toEqual([]);
  });
});
