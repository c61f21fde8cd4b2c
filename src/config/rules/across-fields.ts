import type { z } from 'zod';
import type { ParsedEnvironment } from '../environment';
import type { Refusal } from '../refusal';
import { madeNames } from '../made-names';
import { fileRules, type FileProblem } from './files';
import { fleetRules } from './fleet';
import { imageRules, placeRules } from './image';
import { fleetNameRules, nameRules, tokenRules } from './names';
import { networkRules } from './network';
import { under } from './refusals';
import { mirrorRules } from './registry-mirror';

/** Rules across fields: what each field alone can't know. They hold for the parts that are sound by themselves. */

type Issues = readonly z.core.$ZodRawIssue[];

/** An unknown key of the environment, a fleet or an image does no harm to what stands beside it. */
const isHarmless = ({ code, path = [] }: Issues[number]): boolean =>
  code === 'unrecognized_keys' && path.length <= 2;

/** Whether nothing is wrong at, above or under a path. */
const isSound = (issues: Issues, path: readonly string[]): boolean =>
  issues.every(
    (issue) =>
      isHarmless(issue) ||
      path.some((part, index) => issue.path?.[index] !== undefined && issue.path[index] !== part),
  );

/** The named parts under a key that are sound, if the key has any at all. */
const soundParts = <T>(
  parts: Readonly<Record<string, T>> | undefined,
  key: string,
  issues: Issues,
): Record<string, T> =>
  Object.fromEntries(Object.entries(parts ?? {}).filter(([name]) => isSound(issues, [key, name])));

/** Every rule across fields that the sound parts of an environment break. */
export function rulesAcrossFields(
  name: string,
  parsed: ParsedEnvironment,
  issues: Issues,
  fileProblem: FileProblem,
): Refusal[] {
  const sound = (...keys: string[]) => keys.every((key) => isSound(issues, [key]));
  const images = soundParts(parsed.images, 'images', issues);
  const unsoundImages = Object.keys({ ...(parsed.images as object | undefined) }).filter(
    (image) => !Object.hasOwn(images, image),
  );
  const surroundings = {
    images,
    unsoundImages,
    tags: sound('tags') ? parsed.tags : {},
    aws: sound('aws') ? parsed.aws : undefined,
    fileProblem,
  };
  const areFleetsSound = sound('project', 'fleets');
  const network = sound('network') ? parsed.network : undefined;
  const names = areFleetsSound ? madeNames(name, { ...parsed, network }) : [];
  const fleets = soundParts(parsed.fleets, 'fleets', issues);
  const isPlaceSound = sound('aws', 'encryption', 'state');
  return [
    ...(isPlaceSound ? placeRules(parsed) : []),
    ...(network === undefined ? [] : under(['network'], networkRules(network, surroundings.aws))),
    ...Object.entries(images).flatMap(([image, content]) => {
      const place = isPlaceSound ? imageRules(content, parsed) : [];
      return under(['images', image], [...fileRules(content, fileProblem), ...place]);
    }),
    ...Object.entries(fleets).flatMap(([fleet, content]) =>
      under(['fleets', fleet], fleetRules(content, surroundings)),
    ),
    ...(sound('registryMirror', 'cache') ? mirrorRules(parsed, fleets) : []),
    ...nameRules(names),
    ...(areFleetsSound ? [...tokenRules(names, parsed, surroundings.aws), ...fleetNameRules(parsed)] : []),
  ];
}
