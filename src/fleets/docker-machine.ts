import { Construct } from 'constructs';
import type { DockerMachineFleet } from '../config/docker-machine-model';
import { dockerMachineStatements, keyPairNames } from '../policies/docker-machine';
import { JobMachines } from './job-machines';
import { MachineOrphans } from './machine-orphans';
import { ManagerMachine } from './manager-machine';
import type { Shared } from './shared';

/** One manager that runs gitlab-runner, and with Docker Machine starts machines for jobs. */
export class DockerMachineRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: DockerMachineFleet, shared: Shared) {
    super(scope, id);
    const ofRunners = new Construct(this, 'machines');
    const machines = Object.fromEntries(
      fleet.runners.map((runner) => [runner.key, new JobMachines(ofRunners, runner.key, { runner, shared })]),
    );
    const managed = Object.values(machines).map((one) => one.managed);
    const isOwnImage = fleet.runners.some(({ machine }) => machine.image.kind === 'packer');
    new ManagerMachine(this, 'Default', {
      fleet,
      machines,
      // Docker's, with TLS.
      ports: { ssh: 22, docker: 2376 },
      statements: dockerMachineStatements({
        place: shared.place,
        machines: managed,
        imageKmsKeyArn: isOwnImage ? shared.environment.kmsKeyArn : undefined,
      }),
      shared,
    });
    new MachineOrphans(this, 'orphans', {
      name: fleet.orphansName,
      awsName: fleet.awsName,
      managerGroupName: fleet.awsName,
      workerProfileArns: managed.map(({ instanceProfileArn }) => instanceProfileArn),
      keyPairs: keyPairNames(managed),
      ...fleet.orphans,
      shared,
    });
  }
}
