import type { Fleet } from '../config/fleet-model';
import type { Aws } from '../config/model';

/** The AWS services that fleets call, as endpoints of a VPC name them. */

/** What every fleet calls: for tokens and logs, and for keys and roles that are not ours. */
const everyFleet = ['kms', 'logs', 'secretsmanager', 'ssm', 'sts'];

/** Where images of jobs or tasks come from. */
const registry = ['ecr.api', 'ecr.dkr'];

/** What a fleet of each type calls besides; functions call `ec2` and `monitoring`. */
const ofType: Readonly<Record<Fleet['type'], readonly string[]>> = {
  'autoscaling-group': [
    ...['autoscaling', 'ec2', 'monitoring'],
    // Session Manager.
    ...['ssmmessages', 'ec2messages'],
    ...registry,
  ],
  // Of EC2 Instance Connect, which gives keys to workers, AWS has no interface endpoint.
  'docker-autoscaler': ['autoscaling', 'ec2', 'ssmmessages', 'ec2messages', ...registry],
  'docker-machine': ['autoscaling', 'ec2', 'monitoring', 'ssmmessages', 'ec2messages', ...registry],
  fargate: ['ecs', ...registry],
};

/** Regions since 2024 have no `ec2messages`: agents get all messages through `ssmmessages`. @see https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html */
const newRegions = ['ap-east-2', 'ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'mx-central-1'];

/** Services whose endpoints in China are not named as everywhere else. @see https://github.com/aws/aws-cdk/pull/16139 */
const namedForChina = ['autoscaling', 'ec2', 'ecr.api', 'ecr.dkr', 'monitoring', 'sts'];

const isIn = (region: string, service: string): boolean =>
  service !== 'ec2messages' || !newRegions.includes(region);

const nameIn = ({ partition, region }: Pick<Aws, 'partition' | 'region'>, service: string): string =>
  `${partition === 'aws-cn' && namedForChina.includes(service) ? 'cn.' : ''}com.amazonaws.${region}.${service}`;

/**
 * Names of the services that fleets call, by their short names such as `ec2`, in alphabetical order.
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export function endpointServices(
  fleets: readonly Pick<Fleet, 'type'>[],
  aws: Pick<Aws, 'partition' | 'region'>,
): Record<string, string> {
  const services = new Set(fleets.flatMap(({ type }) => [...everyFleet, ...ofType[type]]));
  return Object.fromEntries(
    [...services]
      .filter((service) => isIn(aws.region, service))
      .sort()
      .map((service) => [service, nameIn(aws, service)]),
  );
}

/** What AWS calls hosts otherwise than endpoints: those of ECR begin with an account or with `api`. */
const hostParts: Readonly<Record<string, string>> = { 'ecr.api': 'api.ecr', 'ecr.dkr': 'dkr.ecr' };

const regionalDomain = ({ partition, region }: Pick<Aws, 'partition' | 'region'>): string =>
  `${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;

/** Domains of the services that fleets call, which interface endpoints with private DNS take over. */
export const endpointDomains = (
  fleets: readonly Pick<Fleet, 'type'>[],
  aws: Pick<Aws, 'partition' | 'region'>,
): string[] =>
  Object.keys(endpointServices(fleets, aws)).map(
    (service) => `${hostParts[service] ?? service}.${regionalDomain(aws)}`,
  );

/** Domains of S3 in the region, with those of its buckets: what a gateway endpoint leads to. */
export const bucketDomains = (aws: Pick<Aws, 'partition' | 'region'>): string[] =>
  ['s3', 's3.dualstack'].map((service) => `${service}.${regionalDomain(aws)}`);
