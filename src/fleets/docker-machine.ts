import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import type { DockerMachineFleet } from '../config/docker-machine-model';
import { dockerMachineStatements } from '../policies/docker-machine';
import { JobMachines, machinePorts } from './job-machines';
import { MachineOrphans } from './machine-orphans';
import { ManagerMachine } from './manager-machine';
import type { Shared } from './shared';

/** One manager that runs gitlab-runner, and with Docker Machine starts machines for jobs. */
export class DockerMachineRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: DockerMachineFleet, shared: Shared) {
    super(scope, id);
    const orphans = new MachineOrphans(this, 'orphans', { fleet, shared });
    const ofRunners = new Construct(this, 'machines');
    const managerGroupId = Lazy.stringValue({ produce: () => manager.securityGroupId });
    const machines = Object.fromEntries(
      fleet.runners.map((runner) => [
        runner.key,
        new JobMachines(ofRunners, runner.key, { fleet, runner, managerGroupId, orphans, shared }),
      ]),
    );
    const manager = new ManagerMachine(this, 'Default', {
      fleet,
      machines,
      ports: machinePorts,
      statements: dockerMachineStatements({
        place: shared.place,
        awsName: fleet.awsName,
        parameterPath: fleet.parameterPath,
        machineNames: fleet.machineNames,
        machines: Object.values(machines).map(({ managed }) => managed),
        kmsKeyArn: shared.environment.kmsKeyArn,
      }),
      shared,
    });
  }
}
