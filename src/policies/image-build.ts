import type { Image } from '../config/image-model';
import type { Environment } from '../config/model';
import { arnOf, type Place } from './place';
import type { Statement } from './statement';

/** What the statements for a build of an image are made from. */

/** Statements are made for one build: an image of an environment, built in one region. */
export interface Build {
  /** The image. */
  readonly image: Image;
  /** Its environment. */
  readonly environment: Environment;
  /** Where it is built. */
  readonly place: Place;
  /** Name of the tag that tells what a build has made. */
  readonly buildTag: string;
  /** Account, or AWS's alias of it, that owns the image to build on. */
  readonly sourceOwner: string;
}

/** A statement that allows. */
export const allow = (
  Sid: string,
  Action: string[],
  Resource: string[],
  Condition?: Statement['Condition'],
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

/** All of some kinds in EC2. */
export const ec2 = (place: Place, ...kinds: string[]): string[] =>
  kinds.map((kind) => arnOf(place, 'ec2', `${kind}/*`));

/** Images have no account in their ARN, and neither have snapshots. */
export const images = ({ partition, region }: Place): string =>
  arnOf({ partition, region, accountId: '' }, 'ec2', 'image/*');

/** Both in a few characters: a managed policy has at most 6,144. */
export const imagesAndSnapshots = ({ partition, region }: Place): string =>
  arnOf({ partition, region, accountId: '' }, 'ec2', '*');

/** What is asked to be made has the build's tag. */
export const requested = ({ buildTag, image }: Build) => ({
  StringEquals: { [`aws:RequestTag/${buildTag}`]: image.name },
});

/** What is there already has it. */
export const tagged = ({ buildTag, image }: Build) => ({
  StringEquals: { [`aws:ResourceTag/${buildTag}`]: image.name },
});

/** Regions that get the image. */
export const regionsOf = ({ place, image }: Build): Place[] => [
  place,
  ...image.copyToRegions.map(({ region }) => ({ ...place, region })),
];
