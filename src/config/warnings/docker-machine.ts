import type { ParsedDockerMachine } from '../docker-machine';
import type { ParsedEnvironment } from '../environment';
import type { Warning } from '../model';
import { isDockerMachineChecked } from '../rules/machine';
import { limitOr } from '../runner';
import { spotLoss } from './jobs';
import { jobRoleWarnings, managerWarnings, sharingWarnings } from './manager';
import { ofEachRunner, warnIf } from './warn';

/** What should be known of a fleet whose manager starts machines with Docker Machine. */

type ParsedRunner = ParsedDockerMachine['runners'][string];

/** @see https://docs.gitlab.com/runner/executors/docker_machine/ */
const deprecation: Warning = {
  path: 'type',
  message:
    'is docker-machine: GitLab deprecated Docker Machine in 17.5 and removes it in 20.0, in May 2027; docker-autoscaler is its successor, and `npm run fleet -- migrate` writes such a fleet from a config.toml',
};

/** Nothing that jobs do to their machine reaches another job where each has one of its own. */
const isolationWarnings = ({ docker, machine }: ParsedRunner): Warning[] =>
  machine.maxBuilds === 1
    ? []
    : sharingWarnings(docker, {
        machine: 'machine',
        alone: 'maxBuilds 1 gives each job a machine of its own',
      });

/** What Docker Machine can't ask for, and so must be in the image. */
function imageWarnings({ machine: { image, spot } }: ParsedRunner): Warning[] {
  const isStock = 'stock' in image;
  return [
    ...warnIf(
      isStock,
      'machine.image',
      "is a stock image: Docker Machine can't encrypt volumes, so they are encrypted only where the account encrypts by default; an image of { packer } always is",
    ),
    ...warnIf(
      spot !== undefined && !('packer' in image),
      'machine.spot',
      "is set with an image that isn't ours: Docker Machine can't ask for IMDSv2 in spot requests, so the image itself must (imds-support v2.0), as one of { packer } does",
    ),
  ];
}

const spotWarnings = ({ machine }: ParsedRunner): Warning[] =>
  warnIf(machine.spot !== undefined, 'machine.spot', spotLoss);

/** Docker Machine sets the hop limit on demand only, and images that ask for IMDSv2 have 2 of their own. */
const spotRoleWarnings = (
  { machine: { spot, policyArns, metadataHopLimit } }: ParsedRunner,
  hasArtifacts: boolean,
): Warning[] =>
  warnIf(
    spot !== undefined && (policyArns.length > 0 || hasArtifacts) && metadataHopLimit === 1,
    'machine.spot',
    "is set, and the machine's role has rights: Docker Machine can't ask for a hop limit in spot requests, so job containers get the role of their machine",
  );

/** A limit of 0 is as many machines as `concurrent`. */
function growthWarnings({ limit, machine }: ParsedRunner, concurrent: number): Warning[] {
  const jobs = limitOr(limit, concurrent) || concurrent;
  return warnIf(
    machine.maxGrowthRate > jobs,
    'machine.maxGrowthRate',
    `is ${machine.maxGrowthRate}, but there are never more than ${jobs} machines`,
  );
}

const runnerWarnings = (runner: ParsedRunner, concurrent: number, hasArtifacts: boolean): Warning[] => [
  ...isolationWarnings(runner),
  ...jobRoleWarnings(runner.docker, runner.machine, 'machine'),
  ...imageWarnings(runner),
  ...spotWarnings(runner),
  ...spotRoleWarnings(runner, hasArtifacts),
  ...warnIf(
    runner.machine.idleScaleFactor > 0 && runner.machine.idleCount === 0,
    'machine.idleScaleFactor',
    'does nothing: idleCount, the most machines that it keeps ready, is 0',
  ),
  ...growthWarnings(runner, concurrent),
];

/** Every warning of a fleet whose manager starts machines with Docker Machine; paths from the fleet on. */
export const dockerMachineWarnings = (
  fleet: ParsedDockerMachine,
  { images, artifacts }: Pick<ParsedEnvironment, 'images' | 'artifacts'>,
): Warning[] => [
  deprecation,
  ...managerWarnings(fleet),
  ...warnIf(
    !isDockerMachineChecked(fleet.manager.image, images),
    'manager.image',
    'has Docker Machine without a checksum: GitLab publishes none, so check its binary once and give the SHA-256 as dockerMachineSha256 of the image',
  ),
  ...ofEachRunner(fleet.runners, (runner) =>
    runnerWarnings(runner, fleet.concurrent, artifacts !== undefined),
  ),
];
