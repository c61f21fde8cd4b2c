import type { Docker } from '../docker';
import type { ParsedManagerFields } from '../manager';
import type { Warning } from '../model';
import { revealingVolumes } from './jobs';
import { warnIf } from './warn';

/** What should be known of a fleet whose one manager starts machines for jobs, however it does. */

/** Warnings of the manager; paths from the fleet on. */
export const managerWarnings = ({ refresh, metadataHopLimit }: ParsedManagerFields): Warning[] => [
  ...warnIf(
    refresh.minHealthyPercentage < 100,
    'refresh.minHealthyPercentage',
    'is below 100: AWS ends the old manager before it starts a new one, and no job starts meanwhile',
  ),
  ...warnIf(
    metadataHopLimit > 1,
    'metadataHopLimit',
    'is above 1: containers on the manager get its role, which may read the tokens',
  ),
];

/** What the machines of jobs are called, and how each job gets one of its own. */
interface Words {
  /** One of them. */
  readonly machine: 'machine' | 'worker';
  /** Settings with which no two jobs share one. */
  readonly alone: string;
}

/** Where jobs share a machine, one after the other or side by side: one that takes it over has the others. */
export function sharingWarnings(docker: Docker, { machine, alone }: Words): Warning[] {
  const others = `a job can take over its ${machine}`;
  const takeOver = `is on: ${others}, and with it the jobs beside and after it (${alone})`;
  return [
    ...warnIf(docker.privileged, 'docker.privileged', takeOver),
    ...warnIf(docker.servicesPrivileged === true, 'docker.servicesPrivileged', takeOver),
    ...warnIf(
      docker.pidMode === 'host',
      'docker.pidMode',
      `is host: jobs see every process of their ${machine}`,
    ),
    ...revealingVolumes(
      docker.volumes ?? [],
      `${others} through it, and with it the jobs beside and after it`,
    ),
  ];
}

/** What gives jobs the role of their machine; `path` is that of its settings. */
export const jobRoleWarnings = (
  docker: Docker,
  { metadataHopLimit }: { readonly metadataHopLimit: number },
  path: 'machine' | 'workers',
): Warning[] => {
  const machine = path === 'workers' ? 'worker' : path;
  return [
    ...warnIf(
      docker.networkMode === 'host',
      'docker.networkMode',
      `is host: jobs reach the metadata service and with it the role of their ${machine}`,
    ),
    ...warnIf(
      metadataHopLimit > 1,
      `${path}.metadataHopLimit`,
      `is above 1: job containers get the role of their ${machine}`,
    ),
  ];
};
