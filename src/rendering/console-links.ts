import type { Aws } from '../config/model';

/** Links to pages of the AWS console. */

const hosts: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

const page = ({ region, partition }: Aws, path: string): string =>
  `https://${region}.${hosts[partition] ?? 'console.aws.amazon.com'}/${path}`;

/** Page of an Auto Scaling group. */
export const groupLink = (aws: Aws, name: string): string =>
  page(aws, `ec2/home?region=${aws.region}#AutoScalingGroupDetails:id=${name};view=details`);

/** Page of an ECS service. */
export const serviceLink = (aws: Aws, cluster: string, name: string): string =>
  page(aws, `ecs/v2/clusters/${cluster}/services/${name}/health?region=${aws.region}`);

/** Page of a log group. */
export const logGroupLink = (aws: Aws, name: string): string =>
  page(aws, `cloudwatch/home?region=${aws.region}#logsV2:log-groups/log-group/${name}`);

/** Page of a secret. */
export const secretLink = (aws: Aws, name: string): string =>
  page(aws, `secretsmanager/secret?name=${encodeURIComponent(name)}&region=${aws.region}`);
