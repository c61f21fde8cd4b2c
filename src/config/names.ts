import type { ParsedEnvironment, ParsedFleet } from './environment';

/** AWS names that follow from the model, and the limits that AWS sets them. */

/** A name that a deploy makes. */
export interface MadeName {
  /** Where it comes from in the model. */
  readonly path: readonly string[];
  /** What stands there, or is made of it. */
  readonly value: unknown;
  /** What is called so; equal names of one kind collide. */
  readonly space: 'secret' | 'log group' | 'IAM role' | 'key alias' | 'default session document';
  /** The name. */
  readonly name: string;
  /** Most characters that AWS takes. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  readonly limit: number;
  /** Within what the name must be the only one. */
  readonly scope: 'account' | 'region';
}

/** `<project>-<environment>`. */
export const prefixOf = (project: string, environment: string) => `${project}-${environment}`;

/** Name of the log group of sessions, and of the environment's own Session document. */
export const sessionName = (prefix: string) => `${prefix}-ec2-session`;

/** Name of the Command document that drains an instance. */
export const drainName = (prefix: string) => `${prefix}-drain`;

/** Name of the function that scales a fleet, and of all that belongs to it. */
export const scalingName = (awsName: string) => `${awsName}-scaling`;

/** Session Manager's own name for the preferences of an account. */
export const defaultSessionDocument = 'SSM-SessionManagerRunShell';

/** Name of the secret that holds a runner's token. */
export const secretNameOf = (prefix: string, fleet: string, runner: string, given: string | undefined) =>
  `${prefix}-${given ?? `${fleet}-${runner}-token`}`;

function secretNames(prefix: string, fleet: string, { runners }: ParsedFleet): MadeName[] {
  return Object.entries(runners).flatMap(([runner, { token }]): MadeName[] => {
    if (token !== undefined && !('secretName' in token)) return [];
    const given = token?.secretName;
    const name = secretNameOf(prefix, fleet, runner, given);
    const path = [
      'fleets',
      fleet,
      'runners',
      runner,
      ...(given === undefined ? [] : ['token', 'secretName']),
    ];
    return [
      {
        path,
        value: given ?? runner,
        space: 'secret',
        name,
        limit: 512,
        scope: 'region',
      },
    ];
  });
}

function fleetNames(prefix: string, fleet: string, content: ParsedFleet): MadeName[] {
  const made = { path: ['fleets', fleet], value: fleet, name: `${prefix}-${fleet}` };
  return [...roleAndLogs(made), ...scalingMadeNames(made, content), ...secretNames(prefix, fleet, content)];
}

type Made = Pick<MadeName, 'path' | 'value' | 'name'>;

const scalingMadeNames = (made: Made, { scaling }: ParsedFleet): MadeName[] =>
  scaling.type === 'jobs' ? roleAndLogs({ ...made, name: scalingName(made.name) }) : [];

/** A role and a log group of one name. */
const roleAndLogs = (made: Made): MadeName[] => [
  { ...made, space: 'IAM role', limit: 64, scope: 'account' },
  { ...made, space: 'log group', limit: 512, scope: 'region' },
];

/** Every name that an environment makes. */
export function madeNames(
  environment: string,
  { project, fleets }: Pick<ParsedEnvironment, 'project' | 'fleets'>,
): MadeName[] {
  const prefix = prefixOf(project, environment);
  const made = { path: ['project'], value: project, scope: 'region' } as const;
  return [
    { ...made, space: 'log group', name: sessionName(prefix), limit: 128 },
    { ...made, space: 'key alias', name: `alias/${prefix}`, limit: 256 },
    ...Object.entries(fleets).flatMap(([fleet, content]) => fleetNames(prefix, fleet, content)),
  ];
}

/** The account's one Session document, where an environment claims it: no name of its own, but a clash all the same. */
export const claimedNames = ({ sessionLogging: { document } }: ParsedEnvironment): MadeName[] =>
  document === 'own'
    ? []
    : [
        {
          path: ['sessionLogging', 'document'],
          value: document,
          space: 'default session document',
          name: defaultSessionDocument,
          limit: 128,
          scope: 'region',
        },
      ];
