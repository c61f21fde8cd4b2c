import { arnOf, groupArn, regionalService, type Place } from './place';
import type { Statement } from './statement';

/** What a machine that runs gitlab-runner may do. */
export interface RunnerMachine {
  /** Where it runs. */
  readonly place: Place;
  /** Name of the Auto Scaling group that it is in. */
  readonly groupName: string;
  /** ARNs of the secrets that hold its tokens, and the keys that encrypt them. */
  readonly secrets: readonly EncryptedSource[];
  /** ARNs of the parameters that hold its tokens, and the keys that encrypt them. */
  readonly parameters: readonly EncryptedSource[];
  /** ARNs of the log groups it writes to. */
  readonly logGroupArns: readonly string[];
}

/** A secret or parameter, with its key unless that is AWS's own. */
export interface EncryptedSource {
  /** ARN of the secret or parameter. */
  readonly arn: string;
  /** ARN of the key, or nothing for the AWS managed one. */
  readonly kmsKeyArn: string | undefined;
}

/** A statement for several ARNs, or none. */
const statement = (sid: string, action: readonly string[], resource: readonly string[]): Statement[] =>
  resource.length === 0
    ? []
    : [{ Sid: sid, Effect: 'Allow', Action: action, Resource: [...new Set(resource)] }];

/** An ARN that is known only at apply is of what is made here, and so of this region. */
const regionOf = (arn: string, place: Place): string => arn.split(':')[3] ?? place.region;

/** Decrypts only through the service that holds the token, in the region of the token. */
function decrypt(
  sid: string,
  service: string,
  place: Place,
  sources: readonly EncryptedSource[],
): Statement[] {
  const encrypted = sources.flatMap(({ arn, kmsKeyArn }) =>
    kmsKeyArn === undefined ? [] : [{ kmsKeyArn, region: regionOf(arn, place) }],
  );
  const services = new Set(encrypted.map(({ region }) => regionalService({ ...place, region }, service)));
  const keys = encrypted.map(({ kmsKeyArn }) => kmsKeyArn);
  return statement(sid, ['kms:Decrypt'], keys).map((one) => ({
    ...one,
    Condition: {
      StringEquals: { 'kms:ViaService': services.size === 1 ? [...services].join() : [...services] },
    },
  }));
}

/**
 * Session Manager. The four channel actions know no resource, and the agent asks for all log groups before each
 * session; everything else is scoped. AWS's own AmazonSSMManagedInstanceCore reads every parameter besides.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
const sessionStatements = (place: Place): Statement[] => [
  {
    Sid: 'SessionManagerChannels',
    Effect: 'Allow',
    Action: [
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    Resource: ['*'],
  },
  {
    Sid: 'SessionManagerInstance',
    Effect: 'Allow',
    Action: ['ssm:UpdateInstanceInformation'],
    Resource: [arnOf(place, 'ec2', 'instance/*')],
  },
  {
    Sid: 'SessionManagerLogGroupCheck',
    Effect: 'Allow',
    Action: ['logs:DescribeLogGroups'],
    Resource: ['*'],
  },
];

/** It says when it is up, asks for time while its jobs finish, and says when it can go: to its own group only. */
const lifecycleStatement = (place: Place, groupName: string): Statement => ({
  Sid: 'LifecycleOfOwnGroup',
  Effect: 'Allow',
  Action: [
    'autoscaling:CompleteLifecycleAction',
    'autoscaling:RecordLifecycleActionHeartbeat',
    'autoscaling:TerminateInstanceInAutoScalingGroup',
  ],
  Resource: [groupArn(place, groupName)],
});

/** Statements of the role of a machine that runs gitlab-runner. */
export const runnerMachineStatements = ({
  place,
  groupName,
  secrets,
  parameters,
  logGroupArns,
}: RunnerMachine): Statement[] => [
  ...statement(
    'TokenSecrets',
    ['secretsmanager:GetSecretValue'],
    secrets.map(({ arn }) => arn),
  ),
  ...decrypt('TokenSecretKeys', 'secretsmanager', place, secrets),
  ...statement(
    'TokenParameters',
    ['ssm:GetParameter'],
    parameters.map(({ arn }) => arn),
  ),
  ...decrypt('TokenParameterKeys', 'ssm', place, parameters),
  ...statement(
    'Logs',
    ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
    logGroupArns.map((arn) => `${arn}:*`),
  ),
  lifecycleStatement(place, groupName),
  ...sessionStatements(place),
];
