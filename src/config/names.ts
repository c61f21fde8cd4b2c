import { createHash } from 'crypto';

/** AWS names that follow from the model. */

/** `<project>-<environment>`. */
export const prefixOf = (project: string, environment: string) => `${project}-${environment}`;

/** Name of the log group of sessions, and of the environment's own Session document. */
export const sessionName = (prefix: string) => `${prefix}-ec2-session`;

/** What the name of the cache's bucket begins with. Names of buckets are the world's, so the account's id follows. */
export const cacheName = (prefix: string) => `${prefix}-cache`;

/** What the name of the artifacts' bucket begins with. */
export const artifactsName = (prefix: string) => `${prefix}-artifacts`;

/** Name of the Command document that drains an instance. */
export const drainName = (prefix: string) => `${prefix}-drain`;

/** Name of the log group of a network's flow logs, and of the role that writes them. */
export const flowLogsName = (prefix: string) => `${prefix}-flow-logs`;

/** Name of the function that scales a fleet, and of all that belongs to it. */
export const scalingName = (awsName: string) => `${awsName}-scaling`;

/** Name of the function that ends machines whose manager is gone, and of all that belongs to it. */
export const machineOrphansName = (awsName: string) => `${awsName}-orphans`;

/** Name of the role of the machines of a runner, and what that of their security group begins with. */
export const jobMachineName = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** Characters that gitlab-runner and Docker Machine leave of a host name of 63 to what the machine is called after. */
const longestStem = 26;

const shortHash = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 6);

/** What machines are called after: fleet and runner, by their hashes where a host name would get too long. */
export function machineNameStem(awsName: string, runner: string): string {
  const name = jobMachineName(awsName, runner);
  if (name.length <= longestStem) return name;
  const hashes = `${shortHash(awsName)}-${shortHash(runner)}`;
  return `${name.slice(0, longestStem - hashes.length - 1).replace(/-+$/, '')}-${hashes}`;
}

/** Names of all machines of a fleet, of whatever runner, with `*` for any text. */
export const machineNamePatterns = (awsName: string): string[] => [
  `runner-*-${awsName}-*`,
  `runner-*-${shortHash(awsName)}-*`,
];

/** Path of the parameters with what is known of a fleet's machines only once it is deployed. */
export const deploymentPath = (awsName: string) => `/${awsName}/deployment`;

/** Names of what belongs to a fleet of Fargate tasks besides its cluster, service, role and log group. */
export const fargateNames = (awsName: string) => ({
  workers: `${awsName}-workers`,
  execution: `${awsName}-execution`,
  orphans: `${awsName}-orphans`,
});

/** Name of the task definition of a runner's jobs, and of the cluster that is made for them on spot capacity. */
export const taskFamily = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** Name of the group of a runner's workers, and of their role and log group. */
export const workerGroupName = (awsName: string, runner: string) => `${awsName}-${runner}`;

/** The container images of Fargate fleets, each a folder of `docker/`. */
export type ContainerImageKind = 'manager' | 'worker';

/** Name of the ECR repository of a container image. */
export const ecrRepositoryName = (prefix: string, kind: ContainerImageKind) => `${prefix}-${kind}`;

/** Session Manager's own name for the preferences of an account. */
export const defaultSessionDocument = 'SSM-SessionManagerRunShell';

/** Name of the secret that holds a runner's token. */
export const secretNameOf = (prefix: string, fleet: string, runner: string, given: string | undefined) =>
  `${prefix}-${given ?? `${fleet}-${runner}-token`}`;
