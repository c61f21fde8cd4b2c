/** One figure, beside what it is aimed at. */
export interface Result {
  /** What is measured. */
  readonly name: string;
  /** The figure. */
  readonly value: number;
  /** How the figure is written. */
  readonly unit: 'x' | 'ms' | 'MB' | 'µs';
  /** Largest value that is fine, if there is an aim. */
  readonly aim?: number;
  /** What it was computed from. */
  readonly from?: string;
}

/** Whether the aim of a figure is missed; a figure without one never misses it. */
export const isMissed = ({ value, aim }: Result): boolean => aim !== undefined && value > aim;

/** The figure with its unit; ratios with two digits. */
export const format = (value: number, unit: Result['unit']): string =>
  unit === 'x' ? `${value.toFixed(2)} x` : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;

/** The figures as a table for people. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    format(result.value, result.unit),
    result.aim === undefined ? '' : `${format(result.aim, result.unit)} or less`,
    isMissed(result) ? 'MISSED' : result.aim === undefined ? '' : 'met',
    result.from ?? '',
  ]);
  const all = [['what', 'value', 'aim', '', 'from'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
