import type { ParsedEnvironment, ParsedFleet } from './environment';
import type { Fleet } from './fleet-model';
import type { Image } from './image-model';
import { defaultBuildInstanceType } from './instance-types';
import { claimedNames, madeNames } from './made-names';
import type { Environment, Proxy, SessionLogging } from './model';
import { artifactsName, cacheName, defaultSessionDocument, drainName, prefixOf, sessionName } from './names';
import { partitionOf } from './partition';
import { resolveAutoscalingGroup } from './resolve-autoscaling-group';
import { resolveDockerAutoscaler } from './resolve-docker-autoscaler';
import { resolveDockerMachine } from './resolve-docker-machine';
import { resolveFargate } from './resolve-fargate';
import { knownSubnetIds, resolveNetwork } from './resolve-network';
import { warningsOf } from './warnings';

/** From what people wrote to the model: defaults that depend on other fields, references, AWS names. */

function resolveImages({ images, network }: ParsedEnvironment): Image[] {
  return Object.entries(images).map(([name, image]) => ({
    ...image,
    name,
    dockerMachineSha256: image.dockerMachineSha256,
    copyToRegions: Object.entries(image.copyToRegions).map(([region, { kmsKeyArn }]) => ({
      region,
      kmsKeyArn,
    })),
    build: {
      instanceType: image.build.instanceType ?? defaultBuildInstanceType[image.architecture],
      subnetId: image.build.subnetId ?? knownSubnetIds(network)?.[0],
      iamInstanceProfile: image.build.iamInstanceProfile,
      sshInterface: image.build.sshInterface,
    },
  }));
}

function resolveSessionLogging(
  prefix: string,
  { document, ...rest }: ParsedEnvironment['sessionLogging'],
): SessionLogging {
  const isAccountDefault = document === 'account-default';
  return {
    documentName: isAccountDefault ? defaultSessionDocument : sessionName(prefix),
    isAccountDefault,
    logGroupName: sessionName(prefix),
    ...rest,
  };
}

/** One of both addresses is there. */
const resolveProxy = ({ http, https, noProxy }: NonNullable<ParsedEnvironment['proxy']>): Proxy => ({
  http,
  https: (https ?? http) as string,
  noProxy,
});

function resolveFleet(
  name: string,
  fleet: ParsedFleet,
  prefix: string,
  parsed: ParsedEnvironment,
  images: readonly Image[],
): Fleet {
  switch (fleet.type) {
    case 'autoscaling-group':
      return resolveAutoscalingGroup(name, fleet, prefix, parsed, images);
    case 'docker-autoscaler':
      return resolveDockerAutoscaler(name, fleet, prefix, { parsed: parsed.images, resolved: images });
    case 'docker-machine':
      return resolveDockerMachine(name, fleet, prefix, { parsed: parsed.images, resolved: images });
    case 'fargate':
      return resolveFargate(name, fleet, prefix, parsed);
  }
}

/** The model of a parsed environment. */
export function resolve(name: string, parsed: ParsedEnvironment): Environment {
  const prefix = prefixOf(parsed.project, name);
  const images = resolveImages(parsed);
  const { region, accountId, assumeRoleArn, permissionsBoundaryArn } = parsed.aws;
  return {
    name,
    prefix,
    names: [...madeNames(name, parsed), ...claimedNames(parsed)],
    project: parsed.project,
    aws: { region, partition: partitionOf(region), accountId, assumeRoleArn, permissionsBoundaryArn },
    gitlab: { url: parsed.gitlab.url.replace(/\/+$/, ''), caCertificatePem: parsed.gitlab.caCertificatePem },
    state: parsed.state,
    network: resolveNetwork(prefix, parsed.network),
    kmsKeyArn: parsed.encryption.kmsKeyArn,
    retentionDays: parsed.logs.retentionDays,
    cache: parsed.cache === false ? undefined : { name: cacheName(prefix), ...parsed.cache },
    artifacts: parsed.artifacts && { name: artifactsName(prefix), ...parsed.artifacts },
    registryMirror: parsed.registryMirror,
    proxy: parsed.proxy && resolveProxy(parsed.proxy),
    sessionLogging: resolveSessionLogging(prefix, parsed.sessionLogging),
    drainDocumentName: drainName(prefix),
    secretRecoveryDays: parsed.secretRecoveryDays,
    tags: parsed.tags,
    images,
    fleets: Object.entries(parsed.fleets).map(([fleet, content]) =>
      resolveFleet(fleet, content, prefix, parsed, images),
    ),
    warnings: warningsOf(parsed),
  };
}
