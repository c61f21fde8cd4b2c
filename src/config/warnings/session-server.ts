import type { ParsedFleet } from '../environment';
import type { Warning } from '../model';
import { warnIf } from './warn';

/** What GitLab says of web terminals of an executor, where it does not list it as having them. @see https://docs.gitlab.com/runner/executors/#compatibility-chart */
const ofExecutor: Readonly<Partial<Record<ParsedFleet['type'], string>>> = {
  'docker-autoscaler':
    'is set, but GitLab does not list interactive web terminals for the docker-autoscaler executor: try them before you rely on them',
  fargate:
    'is set, but jobs of this fleet have no interactive web terminals: GitLab has none for the custom executor',
};

/** Every warning of a fleet's session server; paths from the fleet on. */
export function sessionServerWarnings({ type, sessionServer }: ParsedFleet): Warning[] {
  if (sessionServer === undefined) return [];
  const limits = ofExecutor[type];
  return [
    ...warnIf(limits !== undefined, 'sessionServer', limits ?? ''),
    ...warnIf(
      sessionServer.allowedSecurityGroupIds.length === 0,
      'sessionServer.allowedSecurityGroupIds',
      "is empty: nobody reaches the session server; name the security group of GitLab's machines, or of what passes their requests on",
    ),
  ];
}
