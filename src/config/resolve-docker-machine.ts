import type { ParsedDockerMachine } from './docker-machine';
import type { DockerMachineFleet, JobMachine, MachineRunner } from './docker-machine-model';
import { defaultInstanceType } from './instance-types';
import {
  deploymentPath,
  jobMachineName,
  machineNamePatterns,
  machineNameStem,
  machineOrphansName,
} from './names';
import type { Architecture } from './primitives';
import { resolveFleetImage, stockRootVolumeGib } from './resolve-machine';
import { resolveManager, type Images } from './resolve-manager';
import { resolveRegistries } from './resolve-registries';
import { runnerIdentity } from './resolve-runners';
import { architectureOfImage } from './rules/machine';

/** Fleets whose manager starts machines with Docker Machine. */

type ParsedRunner = ParsedDockerMachine['runners'][string];

/** The user of Ubuntu's images. */
const ubuntuUser = 'ubuntu';

function resolveJobMachine(
  { machine }: ParsedRunner,
  awsName: string,
  key: string,
  images: Images,
): JobMachine {
  const image = resolveFleetImage(machine.image, images.resolved);
  const architecture = architectureOfImage(machine.image, images.parsed) as Architecture;
  const ownSize = image.kind === 'packer' ? image.image.rootVolumeGib : stockRootVolumeGib;
  return {
    ...machine,
    awsName: jobMachineName(awsName, key),
    nameStem: machineNameStem(awsName, key),
    parameterName: `${deploymentPath(awsName)}/${key}`,
    architecture,
    image,
    sshUser: 'ami' in machine.image ? machine.image.sshUser : ubuntuUser,
    instanceType: machine.instanceType ?? defaultInstanceType[architecture],
    rootVolumeGib: machine.rootVolumeGib ?? ownSize,
  };
}

/** The model of such a fleet. */
export function resolveDockerMachine(
  name: string,
  fleet: ParsedDockerMachine,
  prefix: string,
  images: Images,
): DockerMachineFleet {
  const awsName = `${prefix}-${name}`;
  const resolveRunner = ([key, runner]: [string, ParsedRunner]): MachineRunner => ({
    ...runner,
    ...runnerIdentity(prefix, name, key, runner, fleet.concurrent),
    machine: resolveJobMachine(runner, awsName, key, images),
  });
  return {
    ...fleet,
    name,
    awsName,
    parameterPath: deploymentPath(awsName),
    machineNames: machineNamePatterns(awsName),
    orphansName: machineOrphansName(awsName),
    manager: resolveManager(fleet, images),
    registries: resolveRegistries(fleet),
    runners: Object.entries(fleet.runners).map(resolveRunner),
  };
}
