import type { EcsCluster, FargateFleet, FargateRunner } from '../config/fleet-model';
import { platformVersion } from './custom-toml';
import { managerPaths } from './manager-paths';
import { renderToml } from './toml';

/** Settings of GitLab's Fargate driver. @see https://docs.gitlab.com/runner/configuration/runner_autoscale_aws_fargate/ */
interface FargateToml {
  readonly LogLevel: string;
  readonly LogFormat: 'json';
  readonly Fargate: {
    readonly Cluster: string;
    readonly Region: string;
    readonly Subnet: string;
    readonly SecurityGroup: string;
    readonly TaskDefinition: string;
    readonly EnablePublicIP: boolean;
    readonly UsePublicIP: boolean;
    readonly PlatformVersion: string;
  };
  readonly TaskMetadata: { readonly Directory: string };
  readonly SSH: { readonly Username: string; readonly Port: number };
}

/** What the manager's entrypoint puts the id of the made security group in place of: it is known only at apply. */
export const securityGroupPlaceholder = '@security-group@';

/** The same for the subnet of jobs in a network that is made. */
export const subnetPlaceholder = '@subnet@';

/** A runner's cluster. */
const clusterOf = ({ cluster }: FargateFleet, { task }: FargateRunner): EcsCluster => task.cluster ?? cluster;

/** ARNs of the clusters of jobs that are given: their managers look whether jobs can start in them. */
export const givenClusters = (fleet: FargateFleet): string[] => [
  ...new Set(
    fleet.runners.flatMap((runner) => {
      const cluster = clusterOf(fleet, runner);
      return cluster.kind === 'existing' ? [cluster.arn] : [];
    }),
  ),
];

/** The driver's settings of one runner. The manager reaches its tasks inside the VPC, whatever addresses they have. */
export function renderFargateToml(fleet: FargateFleet, runner: FargateRunner, region: string): string {
  const { task } = runner;
  const cluster = clusterOf(fleet, runner);
  const settings: FargateToml = {
    LogLevel: 'info',
    LogFormat: 'json',
    Fargate: {
      Cluster: cluster.kind === 'made' ? cluster.name : cluster.arn,
      Region: region,
      Subnet: task.subnetId ?? subnetPlaceholder,
      SecurityGroup: task.securityGroupId ?? securityGroupPlaceholder,
      TaskDefinition: task.family,
      EnablePublicIP: task.assignPublicIp,
      UsePublicIP: false,
      PlatformVersion: platformVersion,
    },
    TaskMetadata: { Directory: managerPaths.metadata },
    SSH: { Username: task.sshUser, Port: 22 },
  };
  return renderToml(settings);
}
