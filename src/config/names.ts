import type { ParsedEnvironment } from './environment';

/** AWS names that follow from the model, and the limits that AWS sets them. */

/** A name that a deploy makes. */
export interface MadeName {
  /** Where it comes from in the model. */
  readonly path: readonly string[];
  /** What is called so. */
  readonly what: string;
  /** The name. */
  readonly name: string;
  /** Most characters that AWS takes. */
  readonly limit: number;
  /** What shares one set of names: equal names in it collide. */
  readonly space: 'secret' | 'log group' | 'fleet';
}

/** `<project>-<environment>`. */
export const prefixOf = (project: string, environment: string) => `${project}-${environment}`;

/** Name of the log group of sessions, and of the environment's own Session document. */
export const sessionName = (prefix: string) => `${prefix}-ec2-session`;

/** Name of the secret that holds a runner's token. */
export const secretNameOf = (prefix: string, fleet: string, runner: string, given: string | undefined) =>
  `${prefix}-${given ?? `${fleet}-${runner}-token`}`;

/** Every name that an environment makes, with its limit. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function madeNames(
  name: string,
  { project, fleets }: Pick<ParsedEnvironment, 'project' | 'fleets'>,
): MadeName[] {
  const prefix = prefixOf(project, name);
  return [
    {
      path: ['project'],
      what: 'session log group',
      name: sessionName(prefix),
      limit: 128,
      space: 'log group',
    },
    ...Object.entries(fleets).flatMap(([fleet, { runners }]): MadeName[] => [
      { path: ['fleets', fleet], what: 'IAM role', name: `${prefix}-${fleet}`, limit: 64, space: 'fleet' },
      {
        path: ['fleets', fleet],
        what: 'log group',
        name: `${prefix}-${fleet}`,
        limit: 512,
        space: 'log group',
      },
      ...Object.entries(runners).flatMap(([runner, { token }]): MadeName[] => {
        if (token !== undefined && !('secretName' in token)) return [];
        const given = token?.secretName;
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
            what: 'secret',
            name: secretNameOf(prefix, fleet, runner, given),
            limit: 512,
            space: 'secret',
          },
        ];
      }),
    ]),
  ];
}
