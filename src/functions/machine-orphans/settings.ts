import { aListOfNames, aName, aNumberAboveZero, settingsBy, yesOrNo, type Rule } from '../settings';

/** Settings of the audit of a fleet's machines: what its construct writes and its handler reads. */
export interface MachineOrphanSettings {
  /** Name of the fleet in AWS. */
  readonly fleet: string;
  /** ARNs of the instance profiles of its machines; one with another is never touched. */
  readonly profiles: readonly string[];
  /** Names of its machines' key pairs, with `*` for any text; only such a one goes with its machine. */
  readonly keyPairs: readonly string[];
  /** Name of the Command document by which managers are asked. */
  readonly document: string;
  /** Name of the managers' Auto Scaling group: whom to ask for machines that no manager has tagged. */
  readonly managerGroup: string;
  /**
   * Hours after its launch from which a machine that no manager has tagged may be an orphan: not before, and only if no
   * manager knows it. The age of a tagged one is never looked at, since a job may run for days.
   */
  readonly maxAgeHours: number;
  /** Whether orphans are only told of. */
  readonly dryRun: boolean;
  /** CloudWatch namespace of what it measures; its role may write to no other. */
  readonly namespace: string;
}

const isProfileArn = (value: unknown): boolean =>
  typeof value === 'string' && /^arn:[^:]+:iam::\d{12}:instance-profile\/.+$/.test(value);

/** At least one: an EC2 filter without values would be refused at each run. */
const profileArns: Rule = {
  what: 'a list of ARNs of instance profiles',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isProfileArn),
};

/** None where machines share a key that is given. */
const namesOrNone: Rule = {
  what: 'a list of names, or an empty one',
  holds: (value) => Array.isArray(value) && (value.length === 0 || aListOfNames.holds(value)),
};

/** The settings from the variable; everything that is wrong with them in one error. */
export const parseSettings = settingsBy<MachineOrphanSettings>({
  fleet: aName,
  profiles: profileArns,
  keyPairs: namesOrNone,
  document: aName,
  managerGroup: aName,
  maxAgeHours: aNumberAboveZero,
  dryRun: yesOrNo,
  namespace: aName,
});
