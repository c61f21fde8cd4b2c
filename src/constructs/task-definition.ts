import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition';
import type { ITerraformDependable, Precondition } from 'cdktf';
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
  /** Tags of the definition; tasks that the driver starts have none of them. */
  readonly tags: Readonly<Record<string, string>>;
  /** Old revisions stay registered: ECS can take a deployment back to one only while it is. */
  readonly keepsRevisions: boolean;
  /** What must hold at a plan. */
  readonly preconditions: readonly Precondition[];
}

/**
 * A task definition for Fargate; a change makes a new revision, and that before the old one goes: whoever starts tasks
 * by its family always finds one.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
 */
export class TaskDefinition extends Construct {
  /** ARN with the revision. */
  readonly arn: string;
  /** What must not go before those who start tasks from it. */
  readonly dependables: readonly ITerraformDependable[];

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
      tags: { ...props.tags },
      skipDestroy: props.keepsRevisions || undefined,
      lifecycle: { createBeforeDestroy: true, precondition: [...props.preconditions] },
    });
    this.arn = definition.arn;
    this.dependables = [definition];
  }
}
