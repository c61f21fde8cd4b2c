import type { FargateFleet, FargateRunner } from '../config/fleet-model';
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

/** Name or ARN of a runner's cluster. */
export const clusterOf = ({ cluster }: FargateFleet, { task }: FargateRunner): string => {
  const own = task.cluster ?? cluster;
  return own.kind === 'made' ? own.name : own.arn;
};

/** The driver's settings of one runner. The manager reaches its tasks inside the VPC, whatever addresses they have. */
export function renderFargateToml(fleet: FargateFleet, runner: FargateRunner, region: string): string {
  const { task } = runner;
  const settings: FargateToml = {
    LogLevel: 'info',
    LogFormat: 'json',
    Fargate: {
      Cluster: clusterOf(fleet, runner),
      Region: region,
      Subnet: task.subnetId,
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
