import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import type { DockerAutoscalerFleet } from '../config/docker-autoscaler-model';
import { workerGroupStatements } from '../policies/worker-groups';
import { ManagerMachine } from './manager-machine';
import { RunnerWorkers, workerPorts } from './runner-workers';
import type { Shared } from './shared';

/** One manager that runs gitlab-runner, and for each runner a group of workers that it starts for jobs. */
export class DockerAutoscalerRunners extends Construct {
  constructor(scope: Construct, id: string, fleet: DockerAutoscalerFleet, shared: Shared) {
    super(scope, id);
    const workers = new Construct(this, 'workers');
    const managerGroupId = Lazy.stringValue({ produce: () => manager.securityGroupId });
    const manager = new ManagerMachine(this, 'Default', {
      fleet,
      machines: Object.fromEntries(
        fleet.runners.map((runner) => [
          runner.key,
          new RunnerWorkers(workers, runner.key, { fleet, runner, managerGroupId, shared }),
        ]),
      ),
      ports: workerPorts,
      statements: managerStatements(fleet, shared),
      shared,
    });
  }
}

function managerStatements({ runners }: DockerAutoscalerFleet, { place }: Shared) {
  const workers = runners.map((runner) => runner.workers);
  const groupNames = workers.map(({ groupName }) => groupName);
  const sshUsers = workers.map(({ sshUser }) => sshUser);
  return workerGroupStatements({ place, groupNames, sshUsers });
}
