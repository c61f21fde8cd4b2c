import { EcsService } from '@cdktf/provider-aws/lib/ecs-service';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { deleteTimeout } from './delete-timeout';

/** Settings of a service of managers. */
export interface ManagerServiceProps {
  /** Name. */
  readonly name: string;
  /** ARN of the cluster. */
  readonly clusterArn: string;
  /** ARN of the task definition, with its revision. */
  readonly taskDefinitionArn: string;
  /** Managers at the same time. */
  readonly count: number;
  /** Subnets. */
  readonly subnetIds: readonly string[];
  /** Security groups. */
  readonly securityGroupIds: readonly string[];
  /** Public addresses. */
  readonly assignPublicIp: boolean;
  /** Share of the managers that stays during a deployment. */
  readonly minHealthyPercentage: number;
  /** Share up to which they grow meanwhile. */
  readonly maxPercentage: number;
  /** Deleting the service waits for nothing. */
  readonly forceDelete: boolean;
  /** Seconds for which managers may take to go. */
  readonly drainTimeoutSeconds: number;
  /** Tags of the service and its tasks. */
  readonly tags: Readonly<Record<string, string>>;
  /** What managers need while they live, and must not go before them. */
  readonly dependables: readonly ITerraformDependable[];
}

/** An ECS service; a deployment that fails is taken back. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html */
export class ManagerService extends Construct {
  constructor(scope: Construct, id: string, props: ManagerServiceProps) {
    super(scope, id);
    new EcsService(this, 'service', {
      name: props.name,
      cluster: props.clusterArn,
      taskDefinition: props.taskDefinitionArn,
      desiredCount: props.count,
      // By launch type, which every cluster takes, whatever capacity providers it has.
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      networkConfiguration: {
        subnets: [...props.subnetIds],
        securityGroups: [...props.securityGroupIds],
        assignPublicIp: props.assignPublicIp,
      },
      deploymentMinimumHealthyPercent: props.minHealthyPercentage,
      deploymentMaximumPercent: props.maxPercentage,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      tags: { ...props.tags },
      forceDelete: props.forceDelete || undefined,
      // Another cluster is another service: without this no manager would be there while the old ones drain.
      lifecycle: { createBeforeDestroy: true },
      timeouts: { delete: deleteTimeout(props.drainTimeoutSeconds) },
      dependsOn: [...props.dependables],
    });
  }
}
