import { Construct } from 'constructs';
import type { DockerMachineFleet } from '../config/docker-machine-model';
import { dockerMachineStatements } from '../policies/docker-machine';
import { JobMachines } from './job-machines';
import { ManagerMachine } from './manager-machine';
import type { Shared } from './shared';

/** One manager that runs gitlab-runner, and with Docker Machine starts machines for jobs. */
export class DockerMachineRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: DockerMachineFleet, shared: Shared) {
    super(scope, id);
    const ofMachines = new Construct(this, 'machines');
    const machines = fleet.runners.map(
      (runner) => [runner.key, new JobMachines(ofMachines, runner.key, { runner, shared })] as const,
    );
    const isOwnImage = fleet.runners.some(({ machine }) => machine.image.kind === 'packer');
    new ManagerMachine(this, 'Default', {
      fleet,
      machines: Object.fromEntries(machines),
      // Docker's, with TLS.
      ports: { ssh: 22, docker: 2376 },
      statements: dockerMachineStatements({
        place: shared.place,
        machines: machines.map(([, { managed }]) => managed),
        imageKmsKeyArn: isOwnImage ? shared.environment.kmsKeyArn : undefined,
      }),
      shared,
    });
  }
}
