import type { ParsedEnvironment } from '../environment';
import type { Warning } from '../model';
import { warnIf } from './warn';

/** Every warning of a mirror of Docker Hub; paths from the environment on. */
export const mirrorWarnings = ({ registryMirror, fleets }: ParsedEnvironment): Warning[] =>
  registryMirror === undefined
    ? []
    : Object.entries(fleets).flatMap(([name, { type }]) =>
        warnIf(
          type === 'fargate',
          `fleets.${name}.type`,
          'is fargate, whose images AWS pulls: registryMirror does nothing for them',
        ),
      );
