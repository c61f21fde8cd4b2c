import type { ParsedAutoscalingGroup, ParsedImageChoice } from '../autoscaling-group';
import type { ParsedEnvironment } from '../environment';
import { architectureOf } from '../instance-types';
import { spotOf } from '../launch-choice';
import type { Refusal } from '../refusal';
import type { Architecture } from '../primitives';
import { fileRules, type FileProblem } from './files';
import { refuseIf, under } from './refusals';

/** Rules of a group of instances; paths from the fleet on. */

type Images = ParsedEnvironment['images'];

/** The image of a name; what every object has, such as `constructor`, is none. */
const imageNamed = (name: string, images: Images): Images[string] | undefined =>
  Object.hasOwn(images, name) ? images[name] : undefined;

/** The instruction set that a fleet's image has; nothing for an image that no one defines. */
export const architectureOfImage = (choice: ParsedImageChoice, images: Images): Architecture | undefined =>
  'packer' in choice ? imageNamed(choice.packer, images)?.architecture : choice.architecture;

/** The instance types that a fleet names, with where they stand. */
const givenInstanceTypes = (
  launch: ParsedAutoscalingGroup['launch'],
): [path: PropertyKey[], type: string][] =>
  launch.type === 'configuration'
    ? launch.instanceType === undefined
      ? []
      : [[['launch', 'instanceType'], launch.instanceType]]
    : (launch.instanceTypes ?? []).map((type, index) => [['launch', 'instanceTypes', index], type]);

function instanceTypeRules({ image, launch }: ParsedAutoscalingGroup, images: Images): Refusal[] {
  const architecture = architectureOfImage(image, images);
  return givenInstanceTypes(launch).flatMap(([path, type]) =>
    refuseIf(
      architectureOf(type) !== architecture,
      path,
      `must be an ${architecture} instance type, as the image is`,
      type,
    ),
  );
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-limitations.html */
const spotRules = ({ launch }: ParsedAutoscalingGroup): Refusal[] =>
  spotOf(launch) === undefined
    ? []
    : givenInstanceTypes(launch).flatMap(([path, type]) =>
        refuseIf(/^(mac|u-|hpc)/.test(type), path, 'must be a type that EC2 has as spot instance', type),
      );

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

function volumeRules({ rootVolume: { sizeGib } }: ParsedAutoscalingGroup, smallest: number): Refusal[] {
  const isTooSmall = sizeGib !== undefined && sizeGib < smallest;
  return refuseIf(
    isTooSmall,
    ['rootVolume', 'sizeGib'],
    `must not be below the image's rootVolumeGib (${smallest})`,
    sizeGib,
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

/** A fleet and the image that it names, which someone must define. */
function imageRules(fleet: ParsedAutoscalingGroup, images: Images): Refusal[] {
  const { image } = fleet;
  if (!('packer' in image)) return instanceTypeRules(fleet, images);
  const named = imageNamed(image.packer, images);
  const known = Object.keys(images).join(', ') || 'there is none';
  if (named === undefined)
    return refuseIf(
      true,
      ['image', 'packer'],
      `must be the name of an image under images (${known})`,
      image.packer,
    );
  return [...instanceTypeRules(fleet, images), ...volumeRules(fleet, named.rootVolumeGib)];
}

/** What a group's rules look at besides the group. */
export interface GroupSurroundings {
  /** Images of the environment that are sound by themselves; nothing for one that is not. */
  readonly images: Images;
  /** Images that are defined but not sound: nothing can be said of a fleet that uses one. */
  readonly unsoundImages: readonly string[];
  /** Looks for files. */
  readonly fileProblem: FileProblem;
}

/** Every rule that a group of instances breaks. */
export function groupRules(
  fleet: ParsedAutoscalingGroup,
  { images, unsoundImages, fileProblem }: GroupSurroundings,
): Refusal[] {
  const { image } = fleet;
  const isImageKnown = !('packer' in image && unsoundImages.includes(image.packer));
  return [
    ...volumeTypeRules(fleet),
    ...spotRules(fleet),
    ...headroomRules(fleet),
    ...(isImageKnown ? imageRules(fleet, images) : []),
    ...('stock' in image ? under(['image'], fileRules(image, fileProblem)) : []),
  ];
}
