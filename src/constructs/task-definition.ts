import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition';
import type { Precondition } from 'cdktf';
import { Construct } from 'constructs';

/** Settings of a task definition for Fargate. */
export interface TaskDefinitionProps {
  /** Family. */
  readonly family: string;
  /** Its containers, as JSON. */
  readonly containers: string;
  /** CPU units. */
  readonly cpu: number;
  /** Memory. */
  readonly memoryMib: number;
  /** Disk; 20 is Fargate's own, and not to be asked for. */
  readonly ephemeralStorageGib: number;
  /** Instruction set. */
  readonly architecture: 'x86_64' | 'arm64';
  /** ARN of the role with which ECS starts it. */
  readonly executionRoleArn: string;
  /** ARN of the role that its containers have, if any. */
  readonly taskRoleArn: string | undefined;
  /** What must hold at a plan. */
  readonly preconditions: readonly Precondition[];
}

/** A task definition for Fargate; a change makes a new revision. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html */
export class TaskDefinition extends Construct {
  /** ARN with the revision. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TaskDefinitionProps) {
    super(scope, id);
    const { ephemeralStorageGib: disk } = props;
    const definition = new EcsTaskDefinition(this, 'definition', {
      family: props.family,
      containerDefinitions: props.containers,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(props.cpu),
      memory: String(props.memoryMib),
      ephemeralStorage: disk === 20 ? undefined : { sizeInGib: disk },
      runtimePlatform: {
        cpuArchitecture: props.architecture === 'arm64' ? 'ARM64' : 'X86_64',
        operatingSystemFamily: 'LINUX',
      },
      executionRoleArn: props.executionRoleArn,
      taskRoleArn: props.taskRoleArn,
      lifecycle: { precondition: [...props.preconditions] },
    });
    this.arn = definition.arn;
  }
}
