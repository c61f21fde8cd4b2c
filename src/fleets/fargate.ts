import { Annotations, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { FargateFleet, FargateRunner } from '../config/fleet-model';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import { ManagerService } from '../constructs/manager-service';
import { PrivateSubnetCheck } from '../constructs/private-subnet-check';
import { ServiceRole } from '../constructs/service-role';
import { TaskDefinition, type TaskDefinitionProps } from '../constructs/task-definition';
import { fargateManagerStatements } from '../policies/fargate-manager';
import { registrySecretStatements } from '../policies/registries';
import { taskExecutionStatements } from '../policies/task-execution';
import { managerContainer, taskDefinitionLimit, workerContainer } from '../rendering/container-definitions';
import { givenClusters } from '../rendering/fargate-toml';
import { fleetTags } from '../rendering/tags';
import { cacheStatementsOf } from './cache';
import { RunnerTokens } from './runner-tokens';
import type { Shared } from './shared';
import { TaskClusters } from './task-clusters';
import { TaskImages } from './task-images';
import { TaskNetwork } from './task-network';
import { TaskOrphans } from './task-orphans';

/** What the tasks of a fleet have in common. */
interface Common {
  readonly fleet: FargateFleet;
  readonly shared: Shared;
  readonly images: TaskImages;
  readonly clusters: TaskClusters;
  readonly executionRoleArn: string;
}

/** An ECS service of runner managers, and a Fargate task for each job. */
export class FargateRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: FargateFleet, shared: Shared) {
    super(scope, id);
    const tokens = new RunnerTokens(this, 'tokens', fleet.runners, shared);
    const clusters = new TaskClusters(this, 'clusters', fleet, shared);
    const images = new TaskImages(this, 'images', fleet, shared);
    const network = new TaskNetwork(this, 'network', fleet, shared);
    const logs = this.logs('logs', fleet.awsName, shared);
    const workerLogs = this.logs('worker-logs', fleet.names.workers, shared);
    const execution = this.executionRole(fleet, shared, images, [logs.arn, workerLogs.arn]);
    const common = { fleet, shared, images, clusters, executionRoleArn: execution.arn };
    const workers = fleet.runners.map((runner) => this.worker(runner, common, workerLogs.name));
    const role = this.managerRole(common, tokens);
    const { workersGroupId, workersSubnetId } = network;
    const manager = this.manager(common, role.arn, {
      logGroupName: logs.name,
      workersGroupId,
      workersSubnetId,
    });
    const parts = [tokens, clusters, network, logs, workerLogs, execution, role, ...workers];
    this.service(common, network, manager, [
      ...parts.flatMap(({ dependables }) => dependables),
      ...shared.dependables,
    ]);
    this.orphans(common);
    this.checkWaysOut(fleet);
  }

  private logs(id: string, name: string, { kmsKeyArn, environment }: Shared): EncryptedLogGroup {
    const { retentionDays } = environment;
    return new EncryptedLogGroup(this, id, { name, kmsKeyArn, retentionDays });
  }

  private executionRole(
    fleet: FargateFleet,
    { environment, place }: Shared,
    { repositoryArns, secrets }: TaskImages,
    logGroupArns: readonly string[],
  ): ServiceRole {
    return new ServiceRole(this, 'execution-role', {
      name: fleet.names.execution,
      service: 'ecs-tasks.amazonaws.com',
      statements: [
        ...taskExecutionStatements({ repositoryArns, logGroupArns }),
        ...registrySecretStatements(place, secrets),
      ],
      permissionsBoundaryArn: environment.aws.permissionsBoundaryArn,
    });
  }

  private managerRole(common: Common, { sources }: RunnerTokens): ServiceRole {
    const { fleet, shared, clusters, executionRoleArn } = common;
    const tasks = fleet.runners.map(({ task }) => task);
    return new ServiceRole(this, 'role', {
      name: fleet.awsName,
      service: 'ecs-tasks.amazonaws.com',
      statements: [
        ...fargateManagerStatements({
          place: shared.place,
          ...sources,
          awsName: fleet.awsName,
          clusterArn: clusters.managerCluster,
          givenClusterArns: givenClusters(fleet),
          families: tasks.map(({ family }) => family),
          passedRoleArns: [executionRoleArn, ...tasks.flatMap(({ taskRoleArn }) => taskRoleArn ?? [])],
          hasPublicAddresses: tasks.some(({ assignPublicIp }) => assignPublicIp),
        }),
        ...cacheStatementsOf(shared, fleet.name),
      ],
      permissionsBoundaryArn: shared.environment.aws.permissionsBoundaryArn,
    });
  }

  /** The definition of a runner's jobs. */
  private worker(runner: FargateRunner, common: Common, logGroupName: string): TaskDefinition {
    const { task } = runner;
    const { shared, images } = common;
    const { name: image, preconditions } = images.imageOf(task.image);
    return this.definition(`worker-${runner.key}`, common, {
      ...task,
      containers: [workerContainer(runner, shared.environment, { image, logGroupName })],
      taskRoleArn: task.taskRoleArn,
      keepsRevisions: false,
      preconditions,
    });
  }

  /** The definition of the managers. */
  private manager(
    common: Common,
    roleArn: string,
    surroundings: { logGroupName: string; workersGroupId: string; workersSubnetId: string },
  ): TaskDefinition {
    const { fleet, shared, images, clusters } = common;
    const { name: image, preconditions } = images.imageOf(fleet.managers.image);
    const ofContainer = { ...surroundings, image, cluster: clusters.managerCluster };
    return this.definition('manager', common, {
      ...fleet.managers,
      family: fleet.awsName,
      containers: [managerContainer(fleet, shared.environment, ofContainer)],
      ephemeralStorageGib: 20,
      architecture: 'x86_64',
      taskRoleArn: roleArn,
      keepsRevisions: true,
      preconditions,
    });
  }

  /** Only here is it known how large it gets. */
  private definition(
    id: string,
    { fleet, shared, executionRoleArn }: Common,
    { containers, ...props }: DefinitionProps,
  ): TaskDefinition {
    const text = JSON.stringify(containers);
    const rule = `must not make a task definition larger than ${taskDefinitionLimit} bytes (have fewer runners, or carry less in their scripts and certificates)`;
    if (text.length > taskDefinitionLimit)
      Annotations.of(this).addError(`fleets.${fleet.name} ${rule}, got ${text.length}`);
    return new TaskDefinition(this, id, {
      ...props,
      containers: text,
      executionRoleArn,
      tags: fleetTags(shared.environment, fleet),
    });
  }

  private service(
    { fleet, shared, clusters }: Common,
    network: TaskNetwork,
    manager: TaskDefinition,
    dependables: readonly ITerraformDependable[],
  ): void {
    const { managers, awsName: name, forceDelete, drainTimeoutSeconds } = fleet;
    new ManagerService(this, 'service', {
      ...managers,
      subnetIds: managers.subnetIds ?? shared.network.subnetIds,
      name,
      clusterArn: clusters.managerCluster,
      taskDefinitionArn: manager.arn,
      securityGroupIds: [network.managersGroupId, ...fleet.securityGroupIds],
      forceDelete,
      drainTimeoutSeconds,
      tags: fleetTags(shared.environment, fleet),
      dependables,
    });
  }

  private orphans({ fleet, shared, clusters }: Common): void {
    const { managerCluster, ofRunners } = clusters;
    new TaskOrphans(this, 'orphans', {
      fleet,
      managerCluster,
      clustersOfRunners: ofRunners,
      shared,
    });
  }

  /** Tasks without a public address, in given subnets where that is the way out, reach nothing. */
  private checkWaysOut({ awsName, managers, runners }: FargateFleet): void {
    const tasks = runners.map(({ task: { subnetId, assignPublicIp } }) => ({
      subnetIds: subnetId === undefined ? [] : [subnetId],
      assignPublicIp,
    }));
    const subnetIds = [managers, ...tasks].flatMap((one) =>
      one.assignPublicIp ? [] : (one.subnetIds ?? []),
    );
    const what = `A task of ${awsName} without assignPublicIp`;
    new PrivateSubnetCheck(this, 'subnets', { subnetIds: [...new Set(subnetIds)], what });
  }
}

type DefinitionProps = Omit<TaskDefinitionProps, 'containers' | 'executionRoleArn' | 'tags'> & {
  readonly containers: readonly object[];
};
