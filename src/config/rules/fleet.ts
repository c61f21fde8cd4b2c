import type { ParsedImageChoice } from '../autoscaling-group';
import type { ParsedEnvironment, ParsedFleet } from '../environment';
import { architectureOf } from '../instance-types';
import type { Refusal } from '../refusal';
import type { Architecture } from '../primitives';
import { fileRules, type FileProblem } from './files';
import { keyOfRegion, refuseIf, under } from './refusals';

/** Rules of one fleet; paths from the fleet on. */

type Images = ParsedEnvironment['images'];

/** The image of a name; what every object has, such as `constructor`, is none. */
const imageNamed = (name: string, images: Images): Images[string] | undefined =>
  Object.hasOwn(images, name) ? images[name] : undefined;

/** The instruction set that a fleet's image has; nothing for an image that no one defines. */
export const architectureOfImage = (choice: ParsedImageChoice, images: Images): Architecture | undefined =>
  'packer' in choice ? imageNamed(choice.packer, images)?.architecture : choice.architecture;

/** The instance type that a fleet names, if it names one. */
export const givenInstanceType = (launch: ParsedFleet['launch']): string | undefined =>
  launch.type === 'configuration' ? launch.instanceType : launch.instanceTypes?.[0];

const limitRules = ({ runners, concurrent }: ParsedFleet): Refusal[] =>
  Object.entries(runners).flatMap(([name, { limit }]) =>
    refuseIf(
      limit !== undefined && limit > concurrent,
      ['runners', name, 'limit'],
      `must not exceed the fleet's concurrent (${concurrent})`,
      limit,
    ),
  );

function instanceTypeRules({ image, launch }: ParsedFleet, images: Images): Refusal[] {
  const architecture = architectureOfImage(image, images);
  const type = givenInstanceType(launch);
  const path = launch.type === 'configuration' ? ['launch', 'instanceType'] : ['launch', 'instanceTypes', 0];
  const isOther = type !== undefined && architectureOf(type) !== architecture;
  return refuseIf(isOther, path, `must be an ${architecture} instance type, as the image is`, type);
}

function volumeRules({ rootVolume: { sizeGib } }: ParsedFleet, smallest: number): Refusal[] {
  const isTooSmall = sizeGib !== undefined && sizeGib < smallest;
  return refuseIf(
    isTooSmall,
    ['rootVolume', 'sizeGib'],
    `must not be below the image's rootVolumeGib (${smallest})`,
    sizeGib,
  );
}

/** Launch configurations are older than io2. @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Ebs.html */
const volumeTypeRules = ({ launch, rootVolume: { type } }: ParsedFleet): Refusal[] =>
  refuseIf(
    launch.type === 'configuration' && type === 'io2',
    ['rootVolume', 'type'],
    'must be gp3, gp2 or io1 with a launch configuration',
    type,
  );

const tokenKeyRules = ({ runners }: ParsedFleet): Refusal[] =>
  Object.entries(runners).flatMap(([name, { token }]) => {
    if (token === undefined || 'secretName' in token) return [];
    const arn = 'secretArn' in token ? token.secretArn : token.parameterArn;
    return keyOfRegion(token.kmsKeyArn, ['runners', name, 'token', 'kmsKeyArn'], arn.split(':')[3] ?? '');
  });

/** A fleet and the image that it names, which someone must define. */
function imageRules(fleet: ParsedFleet, images: Images): Refusal[] {
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

/** What AWS takes is 50, and we add five of our own. */
const mostTags = 45;

const tagRules = (fleet: ParsedFleet, tags: ParsedEnvironment['tags']): Refusal[] => {
  const count = Object.keys({ ...tags, ...fleet.tags }).length;
  return refuseIf(
    count > mostTags,
    ['tags'],
    `must not make more than ${mostTags} tags with those of the environment`,
    fleet.tags,
  );
};

/** What a fleet's rules look at besides the fleet. */
export interface FleetSurroundings {
  /** Images of the environment that are sound by themselves; nothing for one that is not. */
  readonly images: Images;
  /** Images that are defined but not sound: nothing can be said of a fleet that uses one. */
  readonly unsoundImages: readonly string[];
  /** Tags of the environment. */
  readonly tags: ParsedEnvironment['tags'];
  /** Looks for files. */
  readonly fileProblem: FileProblem;
}

/** Every rule that a fleet breaks. */
export function fleetRules(
  fleet: ParsedFleet,
  { images, unsoundImages, tags, fileProblem }: FleetSurroundings,
): Refusal[] {
  const { image } = fleet;
  const isImageKnown = !('packer' in image && unsoundImages.includes(image.packer));
  return [
    ...limitRules(fleet),
    ...tagRules(fleet, tags),
    ...volumeTypeRules(fleet),
    ...tokenKeyRules(fleet),
    ...(isImageKnown ? imageRules(fleet, images) : []),
    ...('stock' in image ? under(['image'], fileRules(image, fileProblem)) : []),
  ];
}
