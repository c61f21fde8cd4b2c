import { arnOf, type Place } from './place';
import { statement } from './runner-tokens';
import { metricsStatement } from './scheduled-function';
import type { Statement } from './statement';

/** What the function that ends machines without a manager may do, besides what every function may. */
export interface MachineOrphans {
  /** Where it runs. */
  readonly place: Place;
  /** ARN of the instance profiles of the machines, with `*` for any text. */
  readonly profiles: string;
  /** Names of the machines' key pairs, with `*` for any text. */
  readonly keyPairs: readonly string[];
  /** Name of the managers' Auto Scaling group. */
  readonly managerGroupName: string;
  /** Name of the Command document by which managers are asked. */
  readonly documentName: string;
  /** Whether it only counts. */
  readonly dryRun: boolean;
  /** CloudWatch namespace of its metrics. */
  readonly namespace: string;
}

/** Reading knows no resource, and neither do answers of a command. */
const readStatement: Statement = {
  Sid: 'SeeMachinesAndAnswers',
  Effect: 'Allow',
  Action: ['ec2:DescribeInstances', 'ssm:GetCommandInvocation'],
  Resource: ['*'],
};

/** This document only, on managers only: it takes no parameter, so that nothing else is run. */
const askStatements = ({ place, documentName, managerGroupName }: MachineOrphans): Statement[] => [
  {
    Sid: 'AskByDocument',
    Effect: 'Allow',
    Action: ['ssm:SendCommand'],
    Resource: [arnOf(place, 'ssm', `document/${documentName}`)],
  },
  {
    Sid: 'AskManagers',
    Effect: 'Allow',
    Action: ['ssm:SendCommand'],
    Resource: [arnOf(place, 'ec2', 'instance/*')],
    Condition: { StringEquals: { 'ssm:resourceTag/aws:autoscaling:groupName': managerGroupName } },
  },
];

/** By their profile, which they have from their launch on: Docker Machine sets tags later. */
function endStatements({ place, profiles, keyPairs }: MachineOrphans): Statement[] {
  const Resource = [arnOf(place, 'ec2', 'instance/*')];
  const ofProfile = { ArnLike: { 'ec2:InstanceProfile': profiles } };
  return [
    {
      Sid: 'EndMachines',
      Effect: 'Allow',
      Action: ['ec2:TerminateInstances'],
      Resource,
      Condition: ofProfile,
    },
    {
      Sid: 'NoteOnMachines',
      Effect: 'Allow',
      Action: ['ec2:CreateTags', 'ec2:DeleteTags'],
      Resource,
      Condition: {
        ...ofProfile,
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['gitlab-runner-aws:unclaimed-since'] },
        // A call that names no tag takes all of them away.
        Null: { 'aws:TagKeys': 'false' },
      },
    },
    ...statement(
      'DeleteKeyPairs',
      ['ec2:DeleteKeyPair'],
      keyPairs.map((name) => arnOf(place, 'ec2', `key-pair/${name}`)),
    ),
  ];
}

/**
 * Statements of the function.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export const machineOrphanStatements = (orphans: MachineOrphans): Statement[] => [
  readStatement,
  ...askStatements(orphans),
  ...(orphans.dryRun ? [] : endStatements(orphans)),
  metricsStatement(orphans.namespace),
];
