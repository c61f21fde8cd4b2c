import type { ParsedEnvironment, ParsedFleet } from '../environment';
import type { Warning } from '../model';
import { at, ofEachRunner, warnIf } from './warn';

/** What keeps jobs from the bucket of artifacts, although the model has it; paths from the environment on. */

type Fleet<T extends ParsedFleet['type']> = Extract<ParsedFleet, { type: T }>;

const isOnHost = ({ docker }: { readonly docker: { readonly networkMode?: string | undefined } }): boolean =>
  docker.networkMode === 'host';

const groupWarnings = ({ metadataHopLimit, runners }: Fleet<'autoscaling-group'>): Warning[] =>
  warnIf(
    metadataHopLimit === 1 && !Object.values(runners).every(isOnHost),
    'metadataHopLimit',
    'is 1: job containers do not get the role of the instance, which may use the artifacts; 2 gives it to them, and with it the tokens, so rather run such jobs on the workers of another fleet type',
  );

const workerWarnings = (runner: Fleet<'docker-autoscaler'>['runners'][string]): Warning[] =>
  warnIf(
    runner.workers.metadataHopLimit === 1 && !isOnHost(runner),
    'workers.metadataHopLimit',
    'is 1: job containers do not get the role of their worker, which may use the artifacts; 2 gives it to them',
  );

const machineWarnings = (runner: Fleet<'docker-machine'>['runners'][string]): Warning[] =>
  warnIf(
    runner.machine.metadataHopLimit === 1 && runner.machine.spot === undefined && !isOnHost(runner),
    'machine.metadataHopLimit',
    'is 1: job containers do not get the role of their machine, which may use the artifacts; 2 gives it to them',
  );

const taskWarnings = ({ task: { taskRoleArn } }: Fleet<'fargate'>['runners'][string]): Warning[] => [
  {
    path: 'task.taskRoleArn',
    message:
      taskRoleArn === undefined
        ? 'is not set: jobs have no role, and cannot use the artifacts'
        : 'is given: it must itself allow s3:GetObject and s3:PutObject in the bucket of artifacts, and its key',
  },
];

function fleetWarnings(fleet: ParsedFleet): Warning[] {
  switch (fleet.type) {
    case 'autoscaling-group':
      return groupWarnings(fleet);
    case 'docker-autoscaler':
      return ofEachRunner(fleet.runners, workerWarnings);
    case 'docker-machine':
      return ofEachRunner(fleet.runners, machineWarnings);
    case 'fargate':
      return ofEachRunner(fleet.runners, taskWarnings);
  }
}

/** Whether a way to S3 inside the VPC is made. */
const hasEndpoint = (network: ParsedEnvironment['network']): boolean =>
  network.type === 'create' || network.routeTableIds.length > 0;

/** Every warning of the artifacts. */
export function artifactWarnings({ artifacts, network, fleets }: ParsedEnvironment): Warning[] {
  if (artifacts === undefined) return [];
  return [
    ...warnIf(
      artifacts.vpcOnly && !hasEndpoint(network),
      'artifacts.vpcOnly',
      "is on, and no endpoint of S3 is made: unless the network has one, jobs cannot use the artifacts; name the subnets' route tables in network.routeTableIds, or turn it off",
    ),
    ...Object.entries(fleets).flatMap(([name, fleet]) => at(`fleets.${name}`, fleetWarnings(fleet))),
  ];
}
