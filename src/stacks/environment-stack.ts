import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Annotations, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import { CommandDocument } from '../constructs/command-document';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group';
import { EnvironmentKey } from '../constructs/environment-key';
import { ExpiringBucket } from '../constructs/expiring-bucket';
import { policyDocument } from '../constructs/policy-document';
import { SessionDocument } from '../constructs/session-document';
import { AutoscalingGroupRunners } from '../fleets/autoscaling-group';
import { DockerAutoscalerRunners } from '../fleets/docker-autoscaler';
import { DockerMachineRunners } from '../fleets/docker-machine';
import { FargateRunners } from '../fleets/fargate';
import type { Shared } from '../fleets/shared';
import { vpcOnlyStatement } from '../policies/artifacts';
import { tlsOnlyStatement } from '../policies/cache';
import { keyStatements, keyUserStatements } from '../policies/environment-key';
import type { Place } from '../policies/place';
import type { Provisioning } from '../provisioning/provisioning';
import { cacheBucketName } from '../rendering/cache-toml';
import { renderDrainDocument } from '../rendering/drain-document';
import { environmentOutputs, fleetOutputs, type Outputs } from '../rendering/outputs';
import { renderSessionDocument } from '../rendering/session-document';
import { environmentTags } from '../rendering/tags';
import { addBackend } from './backend';
import { addNetwork } from './network';

/** Whether spot instances are started from images of ours by other means than a group. */
const startsSpot = (fleet: Fleet): boolean =>
  fleet.type === 'docker-machine' &&
  fleet.runners.some(({ machine: { spot, image } }) => spot !== undefined && image.kind === 'packer');

/** Everything of one environment. */
export class EnvironmentStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment, provisioning: Provisioning) {
    super(scope, environment.name);
    this.addOverride('terraform.required_version', '>= 1.10');
    addBackend(this, environment);
    this.provider(environment);
    const place = this.place(environment);
    const kmsKeyArn = this.key(environment, place);
    const cache = this.cache(environment, place, kmsKeyArn);
    const { network, dependables, outputs } = addNetwork(this, environment, kmsKeyArn);
    const artifacts = this.artifacts(environment, place, kmsKeyArn, network.vpcId);
    this.outputs(outputs);
    const { logGroupName, documentName, importExisting } = environment.sessionLogging;
    const sessionLogs = new EncryptedLogGroup(this, 'session-logs', {
      name: logGroupName,
      kmsKeyArn,
      retentionDays: environment.retentionDays,
    });
    const content = renderSessionDocument(environment.sessionLogging);
    new SessionDocument(this, 'session-document', { name: documentName, content, importExisting });
    new CommandDocument(this, 'drain-document', {
      name: environment.drainDocumentName,
      content: renderDrainDocument(),
    });
    this.fleets({
      environment,
      place,
      kmsKeyArn,
      sessionLogGroupArn: sessionLogs.arn,
      provisioning,
      network,
      cache: cache && { bucketName: cache.bucketName },
      artifacts: artifacts && { bucketName: artifacts.bucketName },
      dependables: [...dependables, ...[cache, artifacts].flatMap((bucket) => bucket?.dependables ?? [])],
    });
    for (const { path, message } of environment.warnings)
      Annotations.of(this).addWarning(`${path} ${message}`);
  }

  private provider(environment: Environment): void {
    const { region, accountId, assumeRoleArn } = environment.aws;
    new AwsProvider(this, 'aws', {
      region,
      allowedAccountIds: accountId === undefined ? undefined : [accountId],
      assumeRole:
        assumeRoleArn === undefined ? undefined : [{ roleArn: assumeRoleArn, sessionName: 'terraform' }],
      defaultTags: [{ tags: environmentTags(environment) }],
    });
  }

  private place({ aws: { partition, region, accountId } }: Environment): Place {
    return {
      partition,
      region,
      accountId: accountId ?? new DataAwsCallerIdentity(this, 'account').accountId,
    };
  }

  /** The given key, whose owner is told what its policy needs, or one that is made. */
  private key({ prefix, kmsKeyArn, fleets }: Environment, place: Place): string {
    if (kmsKeyArn === undefined)
      return new EnvironmentKey(this, 'key', { name: prefix, statements: keyStatements(place, prefix) }).arn;
    this.outputs({
      key_policy_to_add: policyDocument(
        keyUserStatements(place, prefix, { startsSpot: fleets.some(startsSpot) }),
      ),
    });
    return kmsKeyArn;
  }

  /** The bucket of the cache, if there is one. */
  private cache({ cache }: Environment, place: Place, kmsKeyArn: string) {
    if (cache === undefined) return undefined;
    const bucketName = cacheBucketName(cache, place.accountId);
    const { dependables } = new ExpiringBucket(this, 'cache', {
      name: bucketName,
      kmsKeyArn,
      expirationDays: cache.expirationDays,
      isKept: false,
      statements: [tlsOnlyStatement(place, bucketName)],
    });
    this.outputs({ cache_bucket: bucketName });
    return { bucketName, dependables };
  }

  /** The bucket of artifacts, if there is one. */
  private artifacts({ artifacts }: Environment, place: Place, kmsKeyArn: string, vpcId: string) {
    if (artifacts === undefined) return undefined;
    const bucketName = `${artifacts.name}-${place.accountId}`;
    const { dependables } = new ExpiringBucket(this, 'artifacts', {
      name: bucketName,
      kmsKeyArn,
      expirationDays: artifacts.expirationDays,
      isKept: true,
      statements: [
        tlsOnlyStatement(place, bucketName),
        ...(artifacts.vpcOnly ? [vpcOnlyStatement({ place, bucketName }, vpcId)] : []),
      ],
    });
    this.outputs({ artifacts_bucket: bucketName });
    return { bucketName, dependables };
  }

  private fleets(shared: Shared): void {
    const { environment } = shared;
    this.outputs(environmentOutputs(environment));
    for (const fleet of environment.fleets) {
      this.fleet(fleet, shared);
      this.outputs(fleetOutputs(environment, fleet));
    }
  }

  private fleet(fleet: Fleet, shared: Shared): void {
    const id = `fleet-${fleet.name}`;
    switch (fleet.type) {
      case 'autoscaling-group':
        new AutoscalingGroupRunners(this, id, fleet, shared);
        return;
      case 'docker-autoscaler':
        new DockerAutoscalerRunners(this, id, fleet, shared);
        return;
      case 'docker-machine':
        new DockerMachineRunners(this, id, fleet, shared);
        return;
      case 'fargate':
        new FargateRunners(this, id, fleet, shared);
        return;
    }
  }

  private outputs(outputs: Outputs): void {
    for (const [name, value] of Object.entries(outputs))
      new TerraformOutput(this, name, { value, staticId: true });
  }
}
