import type { ScalingRules } from './tick';

/** Settings of the scaling function: what its construct writes and its handler reads. */
export interface ScalingSettings extends ScalingRules {
  /** Name of the Auto Scaling group. */
  readonly groupName: string;
  /** Port of gitlab-runner's metrics. */
  readonly metricsPort: number;
  /** CloudWatch namespace of what it measures; its role may write to no other. */
  readonly namespace: string;
}

/** Environment variables of every function: its settings, as JSON. */
export interface FunctionVariables {
  /** The settings. */
  readonly SETTINGS: string;
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** What each setting must be. */
const rules: Readonly<Record<keyof ScalingSettings, readonly [string, (value: unknown) => boolean]>> = {
  groupName: ['a name', isName],
  metricsPort: ['a port', (value) => isWhole(value, 1, 65535)],
  namespace: ['a name', isName],
  headroomJobs: ['a whole number', (value) => isWhole(value, 0, Infinity)],
  idleTimeSeconds: ['a whole number', (value) => isWhole(value, 0, Infinity)],
  capacityPerInstance: ['a whole number above 0', (value) => isWhole(value, 1, Infinity)],
};

function parsedJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error(`SETTINGS must be JSON, got ${text ?? 'nothing'}`);
  }
}

/** The settings from the variable; everything that is wrong with them in one error. */
export function parseSettings(text: string | undefined): ScalingSettings {
  const settings = Object(parsedJson(text)) as Record<string, unknown>;
  const wrong = Object.entries(rules).flatMap(([name, [what, holds]]) =>
    holds(settings[name]) ? [] : [`SETTINGS.${name} must be ${what}, got ${JSON.stringify(settings[name])}`],
  );
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return settings as unknown as ScalingSettings;
}
