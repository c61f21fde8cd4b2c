import {
  ListTagsForResourceCommand,
  paginateDescribeImages,
  TagResourceCommand,
  UntagResourceCommand,
  type ECRClient,
  type ImageDetail,
  type Tag,
} from '@aws-sdk/client-ecr';
import { containerImageTag } from '../../src/rendering/container-image-tag';
import { asked } from '../aws';
import { CommandError } from '../command-error';
import { ecrClient, type PushedImage } from './ecr';
import type { SelectedImage } from './images';

/** The tags of a repository by which a stack finds the images in it. */

/** Most tags of a repository. @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html */
const mostTags = 50;

const tagOfImage = new RegExp(`^${containerImageTag('[0-9a-f]{32}')}$`);

/** What is to be done with the tags of a repository. */
export interface TagChanges {
  /** Keys of tags that are to go. */
  readonly remove: readonly string[];
  /** Tags that are to be set. */
  readonly set: readonly Tag[];
}

const newestFirst = (images: readonly ImageDetail[]): string[] =>
  [...images]
    .sort((one, other) => Number(other.imagePushedAt ?? 0) - Number(one.imagePushedAt ?? 0))
    .flatMap(({ imageTags = [] }) => imageTags.map(containerImageTag));

/** Sets what is wanted, and leaves no tag without its image, nor more tags than AWS takes: the newest pushes stay. */
export function tagChanges(tags: readonly Tag[], images: readonly ImageDetail[], wanted: Tag): TagChanges {
  const keys = tags.map(({ Key = '' }) => Key);
  const ours = keys.filter((key) => tagOfImage.test(key));
  const sound = newestFirst(images).filter((key) => key !== wanted.Key && ours.includes(key));
  const kept = [wanted.Key, ...sound].slice(0, mostTags - (keys.length - ours.length));
  const isSet = tags.some(({ Key, Value }) => Key === wanted.Key && Value === wanted.Value);
  return { remove: ours.filter((key) => !kept.includes(key)), set: isSet ? [] : [wanted] };
}

async function imagesIn(client: ECRClient, repositoryName: string): Promise<ImageDetail[]> {
  const images: ImageDetail[] = [];
  const tagged = { repositoryName, filter: { tagStatus: 'TAGGED' as const } };
  for await (const { imageDetails = [] } of paginateDescribeImages({ client }, tagged))
    images.push(...imageDetails);
  return images;
}

async function changeTags(
  { environment, image, content }: SelectedImage,
  resourceArn: string,
): Promise<void> {
  const client = ecrClient(environment.aws);
  // First the tags: one that another build sets meanwhile would be without its image in an older list of images.
  const { tags = [] } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  const images = await imagesIn(client, image.repository);
  const wanted = { Key: containerImageTag(content.hash), Value: image.architecture };
  const { remove, set } = tagChanges(tags, images, wanted);
  // First the old ones: they may take the room.
  if (remove.length > 0) await client.send(new UntagResourceCommand({ resourceArn, tagKeys: [...remove] }));
  if (set.length > 0) await client.send(new TagResourceCommand({ resourceArn, tags: [...set] }));
}

/** Tells stacks of an image that is in its repository. */
export async function tagRepository(
  image: SelectedImage,
  { uri, repositoryArn }: PushedImage,
): Promise<void> {
  try {
    await asked(changeTags(image, repositoryArn));
  } catch (error) {
    throw new CommandError(
      `${uri}:${image.content.hash} is in ECR, but its repository did not get the tag by which a stack finds it; the same command sets it. ${(error as Error).message}`,
    );
  }
}
