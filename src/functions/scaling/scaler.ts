import type { Addresses } from './addresses';
import { askAll, askAt, type Answers, type Ask, type HasTime } from './asking';
import { refusalOf } from './calls';
import { change, type Changes } from './changes';
import { decide } from './decision';
import type { Group, GroupState } from './group';
import { scrapeLimits, type ScrapeLimits } from './scrape';
import type { ScalingSettings } from './settings';
import type { Decision, Instance, Memory, ScalingMetrics } from './tick';

/** One look at a group each minute: read, ask, decide, change, publish, and say why. */

/** What a scaler works with. */
export interface ScalerProps {
  /** Its settings. */
  readonly settings: ScalingSettings;
  /** The group. */
  readonly group: Group;
  /** Addresses of its instances. */
  readonly addresses: () => Promise<Addresses>;
  /** Sends metrics to CloudWatch. */
  readonly publish: (metrics: ScalingMetrics) => Promise<unknown>;
  /** Takes the one line of a tick. */
  readonly log: (line: object) => void;
  /** Milliseconds since any fixed point. */
  readonly nowMs: () => number;
  /** How far an instance may go with its answer. @default 5 seconds, 4 MB */
  readonly limits?: ScrapeLimits;
}

/**
 * Seconds after which a tick asks no more instances, and ends no more: the last answer, the last end and the metrics
 * have to fit into the function's 50 seconds, each with three tries.
 */
const [askingSeconds, endingSeconds] = [18, 26];

/** Unanswered instances whose reasons are logged: where none answers, it is one reason. */
const loggedFailures = 5;

const runs = ({ state }: Pick<Instance, 'state'>): boolean => state === 'in-service' || state === 'draining';

/** The instances as the decision knows them: whoever gave no answer has no load, which is not a load of no jobs. */
const instancesOf = ({ members }: GroupState, answers: Answers): Instance[] =>
  members.map(({ id, zone, state }) => {
    const answer = answers.get(id);
    return { id, zone, state, load: answer !== undefined && 'load' in answer ? answer.load : undefined };
  });

const failuresOf = (answers: Answers): string[] =>
  [...answers]
    .flatMap(([id, answer]) => ('failure' in answer ? [`${id}: ${answer.failure}`] : []))
    .slice(0, loggedFailures);

/** What a tick sees. */
interface View {
  /** Asks one of the instances again. */
  readonly ask: Ask;
  /** What they answered. */
  readonly answers: Answers;
}

async function look(
  { settings, addresses, limits = scrapeLimits }: ScalerProps,
  seen: GroupState,
  hasTime: HasTime,
): Promise<View> {
  const ask = askAt(await addresses(), settings.metricsPort, limits);
  const running = seen.members.filter(runs).map(({ id }) => id);
  return { ask, answers: await askAll(running, ask, { concurrency: 200, hasTime }) };
}

/** What a tick did; names of runners are parts of their tokens and not in it. */
const lineOf = ({ reason, metrics }: Decision, { size }: GroupState, changes: Changes, answers: Answers) => ({
  reason,
  min: size.min,
  max: size.max,
  size: size.desired,
  ...metrics,
  ...changes,
  unanswered: failuresOf(answers),
});

/** A function to be called each minute. It remembers what the next call needs; a new one begins without memory. */
export function newScaler(props: ScalerProps): () => Promise<void> {
  const { settings, group, publish, nowMs } = props;
  let memory: Memory | undefined;
  const scale = async (seen: GroupState, startMs: number): Promise<object> => {
    const until = (seconds: number) => () => nowMs() - startMs < seconds * 1000;
    const { ask, answers } = await look(props, seen, until(askingSeconds));
    const instances = instancesOf(seen, answers);
    const decision = decide({
      nowSeconds: startMs / 1000,
      group: seen.size,
      instances,
      rules: settings,
      memory,
    });
    memory = decision.memory;
    const changes = await change(decision, seen.size, { group, ask, hasTime: until(endingSeconds) });
    const unpublished = await refusalOf(publish(decision.metrics));
    return { ...lineOf(decision, seen, changes, answers), unpublished };
  };
  return async () => {
    const startMs = nowMs();
    const seen = await group.read();
    const line = seen === undefined ? { reason: 'there is no such group' } : await scale(seen, startMs);
    props.log({ group: settings.groupName, ...line });
  };
}
