import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { DockerMachineFleet } from '../config/docker-machine-model';
import { CommandDocument } from '../constructs/command-document';
import { MachineOrphanFunction } from '../constructs/machine-orphan-function';
import { machineProfiles } from '../policies/docker-machine';
import { machineOrphanStatements } from '../policies/machine-orphans';
import { renderMachinesDocument } from '../rendering/machines-document';
import { metricsNamespace } from '../rendering/metrics-namespace';
import { FunctionParts } from './function-parts';
import type { Shared } from './shared';

/** Whose machines are looked after. */
export interface MachineOrphansProps {
  /** The fleet. */
  readonly fleet: DockerMachineFleet;
  /** What it shares with other fleets. */
  readonly shared: Shared;
}

/**
 * What ends machines that no manager knows: a function, what it asks managers with, and all that it needs. It knows the
 * machines of a fleet by the path of their profiles, so that it also ends those of a runner that was taken out.
 */
export class MachineOrphans extends Construct {
  /** What must not go before the machines have. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { fleet, shared }: MachineOrphansProps) {
    super(scope, id);
    const { awsName, orphansName: name, orphans, machineNames: keyPairs } = fleet;
    const { maxAgeHours, dryRun } = orphans;
    const { place } = shared;
    const namespace = metricsNamespace;
    const profiles = machineProfiles(place, awsName);
    const document = new CommandDocument(this, 'document', { name, content: renderMachinesDocument() });
    const { parts } = new FunctionParts(this, 'Default', {
      name,
      statements: machineOrphanStatements({
        place,
        managerGroupName: awsName,
        documentName: name,
        profiles,
        keyPairs,
        dryRun,
        namespace,
      }),
      shared,
    });
    const { dependables } = new MachineOrphanFunction(this, 'function', {
      ...parts,
      archive: shared.provisioning.functionArchive('machine-orphans'),
      settings: {
        fleet: awsName,
        profiles: [profiles],
        keyPairs,
        document: name,
        managerGroup: awsName,
        maxAgeHours,
        dryRun,
        namespace,
      },
    });
    this.dependables = [...document.dependables, ...dependables];
  }
}
