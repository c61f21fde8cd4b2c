import fc from 'fast-check';
import { idOf } from '../../../src/functions/task-orphans/arns';
import { audit } from '../../../src/functions/task-orphans/audit';
import { managerTag } from '../../../src/functions/task-orphans/reading';
import type { Tasks } from '../../../src/functions/task-orphans/tasks';

/** An audit by its own clock, among tasks that are only played. */

const settings = {
  fleet: 'acme-prod-fargate',
  families: { 'arn:aws:ecs:eu-central-1:111122223333:cluster/acme': ['node', 'java'] },
  managerCluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/managers',
  managerService: 'acme-prod-fargate',
  maxAgeHours: 24,
  dryRun: false,
  namespace: 'GitLabRunner',
};

const arnIn = (cluster: string, number: number): string =>
  `arn:aws:ecs:eu-central-1:111122223333:task/${cluster}/${String(number).padStart(32, '0')}`;

const gone = arnIn('managers', 0);

/** An estate of orphans: workers of a manager that is gone. */
class Estate implements Tasks {
  readonly calls: string[] = [];
  readonly lines: object[] = [];
  readonly published: object[] = [];
  nowMs = 1_800_000_000_000;
  /** What happens at a call, by its number from 1 on. */
  readonly at = new Map<number, () => void>();
  /** Milliseconds that a stop takes. */
  stopMs = 0;

  constructor(private readonly workers: readonly string[]) {}

  private call<Answer>(name: string, answer: Answer): Promise<Answer> {
    this.calls.push(name);
    return Promise.resolve().then(() => {
      this.at.get(this.calls.length)?.();
      return answer;
    });
  }

  /** @inheritdoc */
  list(_: string, filter: object): Promise<string[]> {
    return this.call('list', 'serviceName' in filter ? [] : [...this.workers]);
  }

  /** @inheritdoc */
  describe(_: string, arns: readonly string[]) {
    const known = arns.filter((arn) => this.workers.includes(arn));
    const taskDefinitionArn = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/node:1';
    const tags = [{ key: managerTag, value: gone }];
    return this.call(
      'describe',
      known.map((taskArn) => ({ taskArn, taskDefinitionArn, tags })),
    );
  }

  /** @inheritdoc */
  stop(_: string, arn: string): Promise<boolean> {
    this.nowMs += this.stopMs;
    return this.call(`stop ${idOf(arn)}`, true);
  }

  /** Runs an audit. */
  audit(): Promise<void> {
    return audit({
      settings,
      tasks: this,
      publish: (metrics) => Promise.resolve(this.published.push(metrics)),
      log: (line) => this.lines.push(line),
      nowMs: () => this.nowMs,
    });
  }

  /** Whether it has stopped a worker. */
  get hasStopped(): boolean {
    return this.calls.some((call) => call.startsWith('stop'));
  }
}

const orphans = (number: number): Estate =>
  new Estate(Array.from({ length: number }, (_, index) => arnIn('acme', index + 1)));

test('reads the workers before their managers, and stops none before it has seen both', async () => {
  const estate = orphans(2);
  await estate.audit();
  const stops = [1, 2].map((number) => `stop ${String(number).padStart(32, '0')}`);
  expect(estate.calls).toEqual(['list', 'list', 'describe', 'describe', 'list', ...stops]);
});

test('stops no more when its time is up, and still says and publishes what it did', async () => {
  const estate = orphans(4);
  estate.stopMs = 9_000;
  await estate.audit();
  expect(estate.published).toEqual([{ Workers: 4, OrphanedWorkers: 4, StoppedWorkers: 2 }]);
  const outcomes = ['stopped', 'stopped', 'no time left', 'no time left'];
  expect(estate.lines).toMatchObject([{ orphans: outcomes.map((outcome) => ({ outcome })) }]);
});

test('a failure of any read keeps all workers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), async (number, call) => {
      const [sound, failing] = [orphans(number), orphans(number)];
      failing.at.set(call, () => {
        throw new Error('no answer');
      });
      await sound.audit();
      await expect(failing.audit()).rejects.toThrow('no answer');
      expect([sound.hasStopped, failing.hasStopped]).toEqual([true, false]);
      expect(failing.published).toEqual([]);
    }),
  );
});
