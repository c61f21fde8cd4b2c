/** One figure, beside what it is aimed at. */
export interface Result {
  /** What is measured. */
  readonly name: string;
  /** The figure. */
  readonly value: number;
  /** How the figure is written. */
  readonly unit: 'x' | 's' | 'ms' | 'MB' | 'µs' | 'jobs';
  /** Largest value that is fine, if there is an aim. */
  readonly aim?: number;
  /** What it was computed from. */
  readonly from?: string;
}

/** Whether the aim of a figure is missed; a figure without one never misses it. */
export const isMissed = ({ value, aim }: Result): boolean => aim !== undefined && value > aim;

const whole: readonly Result['unit'][] = ['s', 'jobs'];

/** The figure with its unit; ratios with two digits. */
export function format(value: number, unit: Result['unit']): string {
  if (unit === 'x') return `${value.toFixed(2)} x`;
  return `${value.toFixed(value < 10 && !whole.includes(unit) ? 1 : 0)} ${unit}`;
}

/** Rows with columns of equal width; the first row names them. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The figures as a table for people. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    format(result.value, result.unit),
    result.aim === undefined ? '' : `${format(result.aim, result.unit)} or less`,
    isMissed(result) ? 'MISSED' : result.aim === undefined ? '' : 'met',
    result.from ?? '',
  ]);
  return columns([['what', 'value', 'aim', '', 'from'], ...rows]);
}

/** How many aims are missed, in words. */
export function verdict(results: readonly Result[]): string {
  const missed = results.filter(isMissed).length;
  return missed === 0 ? 'Every aim is met.' : `Aims missed: ${missed}`;
}
