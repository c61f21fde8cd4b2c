import { idleKeys, lifeKeys } from '../../../src/rendering/machine-toml';
import type { Path } from './draft';
import { takeIdle, takePeriods, type Idle } from './idle';
import type { RunnerMove } from './migration';
import type { Notebook } from './notes';
import { takeOptions } from './options';
import type { Table } from './table';
import type { MachineTags } from './tags';

/** `[runners.machine]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersmachine-section */

const offPeak = 'has no successor: gitlab-runner has not read it since 14.0';

/** What no fleet takes over, and why. */
const notes: Readonly<Record<string, string>> = {
  OffPeakPeriods: `${offPeak}; periods with other numbers are [[runners.machine.autoscaling]]`,
  OffPeakTimezone: offPeak,
  OffPeakIdleCount: offPeak,
  OffPeakIdleTime: offPeak,
  MachineName: 'has no field: machines are called after their runner',
};

/** What only `docker-machine` takes over. */
const withoutSuccessor: Readonly<Record<string, string>> = {
  MaxGrowthRate:
    'has no successor: it bounds machines that start at the same time, and workers.scaleThrottle those that start each second',
  MaxRemovalAttempts: 'has no successor: a worker that does not end is tried again without end',
  MachineOptionsWithName: 'has no successor: there is no Docker Machine any more',
};

/** Takes a runner's machines over; their tags are the result. */
export function takeMachine(table: Table, move: RunnerMove): MachineTags {
  const { notebook, type } = move;
  const path = [...move.path, type === 'docker-machine' ? 'machine' : 'workers'];
  const tags = hasOurDriver(table, notebook) ? takeOptions(table, path, move) : [];
  if (type === 'docker-machine') takeJobMachine(table, path, move);
  else takeWorkers(table, path, move);
  for (const [key, note] of Object.entries(notes)) table.note(key, note);
  table.noteRest('is not a key that gitlab-runner 19.3 has, and is left out');
  return tags;
}

/** Options of other drivers mean nothing here. */
function hasOurDriver(table: Table, notebook: Notebook): boolean {
  const driver = table.take('MachineDriver') ?? 'amazonec2';
  if (driver === 'amazonec2') return true;
  const note = 'is not amazonec2: only the scaling is taken over, and the machines are to be chosen';
  notebook.add(table.at('MachineDriver'), note, driver);
  for (const key of ['MachineOptions', 'MachineOptionsWithName'])
    table.note(key, 'is for another driver, and is left out');
  return false;
}

function takeJobMachine(table: Table, path: Path, move: RunnerMove): void {
  const { draft } = move;
  setIdle(path, takeIdle(table, move), move);
  draft.takeKeys(path, lifeKeys, table);
  takePeriods(table, move).forEach(({ periods, timezone, idle, from }, index) => {
    const place = [...path, 'autoscaling', index];
    draft.set([...place, 'periods'], periods, `${from}.Periods`);
    draft.set([...place, 'timezone'], timezone, `${from}.Timezone`);
    setIdle(place, idle, move);
  });
  table.takeTexts('MachineOptionsWithName').forEach(({ text, from }, index) => {
    draft.set([...path, 'optionsWithName', index], text, from);
  });
}

function setIdle(path: Path, { count, seconds, factor, least, from }: Idle, { draft }: RunnerMove): void {
  const values = {
    idleCount: count,
    idleTimeSeconds: seconds,
    idleScaleFactor: factor,
    // gitlab-runner takes none for its default, and the model has no 0.
    idleCountMin: least || undefined,
  };
  for (const [field, key] of Object.entries(idleKeys))
    draft.set([...path, field], values[field as keyof typeof values], `${from}.${key}`);
}

/** The first policy holds always, so that it counts where no period does. */
function takeWorkers(table: Table, path: Path, move: RunnerMove): void {
  const { draft } = move;
  draft.takeKeys(path, { maxUseCount: lifeKeys.maxBuilds }, table);
  setPolicy([...path, 'policies', 0], takeIdle(table, move), move);
  takePeriods(table, move).forEach(({ periods, timezone, idle, from }, index) => {
    const place = [...path, 'policies', index + 1];
    draft.set([...place, 'periods'], periods, `${from}.Periods`);
    draft.set([...place, 'timezone'], timezone, `${from}.Timezone`);
    setPolicy(place, idle, move);
  });
  for (const [key, note] of Object.entries(withoutSuccessor)) table.note(key, note);
}

/**
 * Docker Machine keeps as many machines as the factor says, between a least and a most number; a policy keeps its
 * `idleCount` and besides what the factor says.
 */
function setPolicy(path: Path, idle: Idle, { draft, notebook }: RunnerMove): void {
  const { count, seconds, factor, least, from } = idle;
  const isScaled = factor > 0 && count > 0;
  const kept = isScaled ? Math.min(Math.max(1, least), count) : count;
  const source = `${from}.IdleCount`;
  draft.set([...path, 'idleCount'], kept, source);
  draft.set([...path, 'idleTimeSeconds'], seconds, `${from}.IdleTime`);
  if (isScaled && kept < count) {
    draft.set([...path, 'scaleFactor'], factor, `${from}.IdleScaleFactor`);
    draft.set([...path, 'scaleFactorLimit'], count - kept, source);
    const note = `counts besides idleCount in a policy: idleCount is the least number (${kept}), and scaleFactorLimit keeps both together at IdleCount (${count})`;
    notebook.add(`${from}.IdleScaleFactor`, note, factor);
  } else if (factor > 0) {
    notebook.add(`${from}.IdleScaleFactor`, 'changes nothing beside this IdleCount, and is left out', factor);
  }
  if (least > 0 && !isScaled)
    notebook.add(`${from}.IdleCountMin`, 'means nothing without IdleScaleFactor, and is left out', least);
}
