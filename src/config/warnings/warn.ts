import type { Warning } from '../model';

/** One warning if there is a reason for it, else none. */
export const warnIf = (isMeant: boolean, path: string, message: string): Warning[] =>
  isMeant ? [{ path, message }] : [];

/** Warnings of a part, with their paths from further up. */
export const at = (path: string, warnings: readonly Warning[]): Warning[] =>
  warnings.map((warning) => ({ ...warning, path: `${path}.${warning.path}` }));

/** Warnings of every runner of a fleet. */
export const ofEachRunner = <R>(
  runners: Readonly<Record<string, R>>,
  of: (runner: R) => Warning[],
): Warning[] => Object.entries(runners).flatMap(([name, runner]) => at(`runners.${name}`, of(runner)));
