import { machinePeriod, timezone as timeZone } from '../../../src/config/time';
import { idleKeys } from '../../../src/rendering/machine-toml';
import type { RunnerMove } from './migration';
import type { Table } from './table';

/** How many machines Docker Machine keeps ready, and when. */
export interface Idle {
  /** Machines that are kept ready; the most where there is a factor. */
  readonly count: number;
  /** Seconds for which one without a job stays. */
  readonly seconds: number;
  /** Machines that are kept ready for each one with a job; 0: no matter. */
  readonly factor: number;
  /** The least where there is a factor. */
  readonly least: number;
  /** The table that says so. */
  readonly from: string;
}

/** Another number at certain times. */
export interface IdlePeriod {
  readonly periods: readonly string[];
  readonly timezone: string | undefined;
  readonly idle: Idle;
  /** The table that says so. */
  readonly from: string;
}

/** Reads how many machines are kept ready; what is missing is 0 for gitlab-runner. */
export function takeIdle(table: Table, move: RunnerMove): Idle {
  return {
    count: takeCount(table, move),
    seconds: table.takeNumber(idleKeys.idleTimeSeconds),
    factor: table.takeNumber(idleKeys.idleScaleFactor),
    least: table.takeNumber(idleKeys.idleCountMin),
    from: table.path,
  };
}

/** Never more than there can be; Docker Machine has no such number without a limit. */
function takeCount(table: Table, { type, limit, concurrent, notebook }: RunnerMove): number {
  const count = table.takeNumber(idleKeys.idleCount);
  const most = type === 'docker-machine' && limit === 0 ? count : limit || concurrent;
  if (count > most)
    notebook.add(table.at(idleKeys.idleCount), `is taken over as ${most}: more jobs never run`, count);
  return Math.min(count, most);
}

/** Reads the periods with other numbers; of several the last one that holds counts, here as there. */
export function takePeriods(table: Table, move: RunnerMove): IdlePeriod[] {
  return table.takeTables('autoscaling').flatMap((entry) => {
    const idle = takeIdle(entry, move);
    const periods = [...new Set(takePeriodTexts(entry, move))];
    const timezone = takeTimezone(entry, move);
    entry.noteRest('is not a key that gitlab-runner 19.3 has, and is left out');
    if (periods.length > 0) return [{ periods, timezone, idle, from: entry.path }];
    move.notebook.add(entry.path, 'has no period that can be taken over, and is left out');
    return [];
  });
}

const takePeriodTexts = (entry: Table, { type, notebook }: RunnerMove): string[] =>
  entry.takeTexts('Periods').flatMap(({ text, from }) => {
    // A question mark is an asterisk for gitlab-runner.
    const period = text.trim().replace(/\s+/g, ' ').replaceAll('?', '*');
    const wrong = machinePeriod.safeParse(period).error?.issues[0]?.message;
    if (wrong !== undefined) {
      notebook.add(from, `is left out: it ${wrong}`, text);
      return [];
    }
    if (type === 'docker-machine') return [period];
    const { cron, note } = fiveFieldsOf(period);
    if (note !== undefined) notebook.add(from, note, text);
    return cron === undefined ? [] : [cron];
  });

/** A period as a cron expression, which has neither seconds nor years. */
function fiveFieldsOf(period: string): { readonly cron?: string; readonly note?: string } {
  const [second, ...rest] = period.split(' ');
  const year = rest.pop();
  if (year !== '*') return { note: 'is left out: periods of a policy have no year, so it would come again' };
  const cron = rest.join(' ');
  return second === '*'
    ? { cron }
    : { cron, note: `is taken over as "${cron}": periods of a policy have no seconds` };
}

function takeTimezone(entry: Table, { notebook }: RunnerMove): string | undefined {
  const given = entry.take('Timezone');
  const path = entry.at('Timezone');
  if (given === undefined || given === 'Local') {
    notebook.add(path, 'is the time zone of the old manager: it is UTC here, unless timezone says otherwise');
    return undefined;
  }
  if (given === 'UTC') return undefined;
  const { data, error } = timeZone.safeParse(given);
  if (error !== undefined)
    notebook.add(path, `${error.issues[0]?.message ?? ''}; UTC holds without it`, given);
  return data;
}
