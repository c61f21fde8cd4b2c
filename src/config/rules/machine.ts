import type { ParsedEnvironment } from '../environment';
import type { Base } from '../image';
import type { ParsedImageChoice } from '../image-choice';
import { architectureOf } from '../instance-types';
import type { ParsedJobMachine } from '../job-machine';
import type { Architecture } from '../primitives';
import type { Refusal } from '../refusal';
import type { ParsedRootVolume } from '../root-volume';
import { fileRules, type FileProblem } from './files';
import { refuseIf, under } from './refusals';

/** Rules of machines, whatever they are for: image, instance types and root volume; paths from the machine on. */

type Images = ParsedEnvironment['images'];

/** An instance type that is written down, with where it stands. */
export type GivenInstanceType = [path: PropertyKey[], type: string];

/** The one instance type of a machine, if it is written down. */
export const givenType = (type: string | undefined): GivenInstanceType[] =>
  type === undefined ? [] : [[['instanceType'], type]];

/** A size of a root volume that may be written down, with where it stands. */
export type GivenVolumeSize = [path: PropertyKey[], gib: number | undefined];

/** An image, as far as its rules go: that of a machine of Docker Machine is another one. */
type ImageChoice = ParsedImageChoice | ParsedJobMachine['image'];

/** Machines, as they are written down. */
interface Machine {
  readonly image: ImageChoice;
  /** What an image of ours must be built on. */
  readonly base?: Base;
  readonly instanceTypes: readonly GivenInstanceType[];
  readonly volumeSize: GivenVolumeSize;
}

/** Where most machines have the size of their root volume. */
export const sizeOf = ({ sizeGib }: ParsedRootVolume): GivenVolumeSize => [
  ['rootVolume', 'sizeGib'],
  sizeGib,
];

/** The image of a name; what every object has, such as `constructor`, is none. */
const imageNamed = (name: string, images: Images): Images[string] | undefined =>
  Object.hasOwn(images, name) ? images[name] : undefined;

/** The instruction set that a fleet's image has; nothing for an image that no one defines. */
export const architectureOfImage = (choice: ImageChoice, images: Images): Architecture | undefined =>
  'packer' in choice ? imageNamed(choice.packer, images)?.architecture : choice.architecture;

/** What an image is chosen by, whatever it is for. */
type ChoiceOfImage = { readonly packer: string } | { readonly stock: Base } | { readonly ami: string };

/** The distribution of an image; nothing for an AMI, which its owner knows, and for an image that no one defines. */
export function baseOfImage(choice: ChoiceOfImage, images: Images): Base | undefined {
  if ('packer' in choice) return imageNamed(choice.packer, images)?.base;
  return 'stock' in choice ? choice.stock : undefined;
}

const baseRule: Readonly<Record<Base, string>> = {
  'amazon-linux-2023':
    'must name an image on amazon-linux-2023 (ubuntu-24.04 is for machines of Docker Machine)',
  'ubuntu-24.04': 'must name an image on ubuntu-24.04 (Docker Machine cannot set up amazon-linux-2023)',
};

/** An image of ours must be on the base that machines need. */
export function baseRules(choice: ChoiceOfImage, images: Images, needed: Base): Refusal[] {
  if (!('packer' in choice)) return [];
  const base = baseOfImage(choice, images);
  const isOther = base !== undefined && base !== needed;
  return refuseIf(isOther, ['image', 'packer'], baseRule[needed], choice.packer);
}

/** Whether Docker Machine is installed by a checksum of the model; what a given AMI has already is its owner's. */
export function isDockerMachineChecked(choice: ParsedImageChoice, images: Images): boolean {
  if ('ami' in choice) return choice.provisioned;
  const contents = 'packer' in choice ? imageNamed(choice.packer, images) : choice;
  return contents?.dockerMachineSha256 !== undefined;
}

function instanceTypeRules({ image, instanceTypes }: Machine, images: Images): Refusal[] {
  const architecture = architectureOfImage(image, images);
  return instanceTypes.flatMap(([path, type]) =>
    refuseIf(
      architectureOf(type) !== architecture,
      path,
      `must be an ${architecture} instance type, as the image is`,
      type,
    ),
  );
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-limitations.html */
export const spotTypeRules = (instanceTypes: readonly GivenInstanceType[]): Refusal[] =>
  instanceTypes.flatMap(([path, type]) =>
    refuseIf(/^(mac|u-|hpc)/.test(type), path, 'must be a type that EC2 has as spot instance', type),
  );

function volumeRules({ volumeSize: [path, gib] }: Machine, smallest: number): Refusal[] {
  const isTooSmall = gib !== undefined && gib < smallest;
  return refuseIf(isTooSmall, path, `must not be below the image's rootVolumeGib (${smallest})`, gib);
}

/** Machines and the image that they name, which someone must define. */
function imageRules(machine: Machine, images: Images): Refusal[] {
  const { image } = machine;
  if (!('packer' in image)) return instanceTypeRules(machine, images);
  const named = imageNamed(image.packer, images);
  const known = Object.keys(images).join(', ') || 'there is none';
  if (named === undefined)
    return refuseIf(
      true,
      ['image', 'packer'],
      `must be the name of an image under images (${known})`,
      image.packer,
    );
  return [
    ...baseRules(image, images, machine.base ?? 'amazon-linux-2023'),
    ...instanceTypeRules(machine, images),
    ...volumeRules(machine, named.rootVolumeGib),
  ];
}

/** What the rules of machines look at besides. */
export interface MachineSurroundings {
  /** Images of the environment that are sound by themselves; nothing for one that is not. */
  readonly images: Images;
  /** Images that are defined but not sound: nothing can be said of a machine that uses one. */
  readonly unsoundImages: readonly string[];
  /** Looks for files. */
  readonly fileProblem: FileProblem;
}

/** Every rule that machines break. */
export function machineRules(
  machine: Machine,
  { images, unsoundImages, fileProblem }: MachineSurroundings,
): Refusal[] {
  const { image } = machine;
  const isImageKnown = !('packer' in image && unsoundImages.includes(image.packer));
  return [
    ...(isImageKnown ? imageRules(machine, images) : []),
    ...('files' in image ? under(['image'], fileRules(image, fileProblem)) : []),
  ];
}
