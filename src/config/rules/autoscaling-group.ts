import type { ParsedAutoscalingGroup } from '../autoscaling-group';
import { spotOf } from '../launch-choice';
import type { Refusal } from '../refusal';
import {
  machineRules,
  sizeOf,
  spotTypeRules,
  type GivenInstanceType,
  type MachineSurroundings,
} from './machine';
import { refuseIf } from './refusals';

/** Rules of a group of instances; paths from the fleet on. */

/** The instance types that a fleet names, with where they stand. */
const givenInstanceTypes = (launch: ParsedAutoscalingGroup['launch']): GivenInstanceType[] =>
  launch.type === 'configuration'
    ? launch.instanceType === undefined
      ? []
      : [[['launch', 'instanceType'], launch.instanceType]]
    : (launch.instanceTypes ?? []).map((type, index) => [['launch', 'instanceTypes', index], type]);

const spotRules = ({ launch }: ParsedAutoscalingGroup): Refusal[] =>
  spotOf(launch) === undefined ? [] : spotTypeRules(givenInstanceTypes(launch));

/** At zero instances nobody asks GitLab for jobs, so without headroom the group would stay there. */
function headroomRules({ scaling, capacity }: ParsedAutoscalingGroup): Refusal[] {
  if (scaling.type === 'fixed' || scaling.headroomJobs > 0) return [];
  const all = [capacity, ...Object.values(capacity.schedules)];
  // What a schedule leaves out is whatever another one has set before.
  const canBeEmpty = all.some(
    ({ min, max }) =>
      (min === undefined ? all.some((other) => other.min === 0) : min === 0) &&
      (max === undefined ? all.some((other) => (other.max ?? 0) > 0) : max > 0),
  );
  return refuseIf(
    canBeEmpty,
    ['scaling', 'headroomJobs'],
    'must be at least 1 where the group may have no instance: at zero nobody asks GitLab for jobs (a schedule with max 0 turns a group off)',
    scaling.headroomJobs,
  );
}

/** Launch configurations are older than io2. @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Ebs.html */
const volumeTypeRules = ({ launch, rootVolume: { type } }: ParsedAutoscalingGroup): Refusal[] =>
  refuseIf(
    launch.type === 'configuration' && type === 'io2',
    ['rootVolume', 'type'],
    'must be gp3, gp2 or io1 with a launch configuration',
    type,
  );

/** Every rule that a group of instances breaks. */
export const groupRules = (fleet: ParsedAutoscalingGroup, surroundings: MachineSurroundings): Refusal[] => [
  ...volumeTypeRules(fleet),
  ...spotRules(fleet),
  ...headroomRules(fleet),
  ...machineRules(
    {
      image: fleet.image,
      instanceTypes: givenInstanceTypes(fleet.launch),
      volumeSize: sizeOf(fleet.rootVolume),
    },
    surroundings,
  ),
];
