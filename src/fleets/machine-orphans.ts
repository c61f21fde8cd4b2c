import { Construct } from 'constructs';
import { CommandDocument } from '../constructs/command-document';
import { MachineOrphanFunction } from '../constructs/machine-orphan-function';
import { machineOrphanStatements } from '../policies/machine-orphans';
import { renderMachinesDocument } from '../rendering/machines-document';
import { metricsNamespace } from '../rendering/metrics-namespace';
import { FunctionParts } from './function-parts';
import type { Shared } from './shared';

/** Whose machines are looked after. */
export interface MachineOrphansProps {
  /** Name of the function, of its parts, and of the document by which it asks. */
  readonly name: string;
  /** Name of the fleet in AWS. */
  readonly awsName: string;
  /** Name of the managers' Auto Scaling group. */
  readonly managerGroupName: string;
  /** ARNs of the instance profiles of its machines: no other instance may have one of them. */
  readonly workerProfileArns: readonly string[];
  /** Names of its machines' key pairs, with `*` for any text; none where they share a key that is given. */
  readonly keyPairs: readonly string[];
  /** Hours after which a machine that no manager has tagged is an orphan. */
  readonly maxAgeHours: number;
  /** Whether orphans are only counted. */
  readonly dryRun: boolean;
  /** What its fleet shares with other fleets. */
  readonly shared: Shared;
}

/** What ends machines that no manager knows: a function, what it asks managers with, and all that it needs. */
export class MachineOrphans extends Construct {
  constructor(scope: Construct, id: string, props: MachineOrphansProps) {
    super(scope, id);
    const { name, shared, workerProfileArns: profileArns, keyPairs, dryRun } = props;
    const namespace = metricsNamespace;
    new CommandDocument(this, 'document', { name, content: renderMachinesDocument() });
    const { parts } = new FunctionParts(this, 'Default', {
      name,
      statements: machineOrphanStatements({
        place: shared.place,
        managerGroupName: props.managerGroupName,
        documentName: name,
        profileArns,
        keyPairs,
        dryRun,
        namespace,
      }),
      shared,
    });
    new MachineOrphanFunction(this, 'function', {
      ...parts,
      archive: shared.provisioning.functionArchive('machine-orphans'),
      settings: {
        fleet: props.awsName,
        profiles: profileArns,
        keyPairs,
        document: name,
        maxAgeHours: props.maxAgeHours,
        dryRun,
        namespace,
      },
    });
  }
}
