import { z } from 'zod';
import type { ParsedImageChoice } from './autoscaling-group';
import type { ParsedEnvironment, ParsedFleet } from './environment';
import { architectureOf } from './instance-types';
import { formatPath, type Refusal } from './issues';
import { madeNames } from './names';
import type { Architecture } from './primitives';

/** Rules across fields: what each field alone can't know. They hold for the parts that are sound by themselves. */

type Images = ParsedEnvironment['images'];

/** Why a path inside the repository is no file, if it isn't one: the loader looks, since rules read nothing. */
export type FileProblem = (path: string) => string | undefined;

/** The instruction set that a fleet's image has; nothing for an image that no one defines. */
export const architectureOfImage = (choice: ParsedImageChoice, images: Images): Architecture | undefined =>
  'packer' in choice ? images[choice.packer]?.architecture : choice.architecture;

/** The instance type that a fleet names, if it names one. */
export const givenInstanceType = (launch: ParsedFleet['launch']): string | undefined =>
  launch.type === 'configuration' ? launch.instanceType : launch.instanceTypes?.[0];

function imageRules({ image, launch, rootVolume }: ParsedFleet, images: Images): Refusal[] {
  if ('packer' in image && !(image.packer in images)) {
    const known = Object.keys(images).join(', ') || 'there is none';
    return [
      {
        path: ['image', 'packer'],
        rule: `must be the name of an image under images (${known})`,
        value: image.packer,
      },
    ];
  }
  const architecture = architectureOfImage(image, images);
  const type = givenInstanceType(launch);
  const smallest = 'packer' in image ? (images[image.packer]?.rootVolumeGib ?? 0) : 0;
  return [
    ...(type !== undefined && architectureOf(type) !== architecture
      ? [
          {
            path:
              launch.type === 'configuration' ? ['launch', 'instanceType'] : ['launch', 'instanceTypes', 0],
            rule: `must be an ${architecture} instance type, as the image is`,
            value: type,
          },
        ]
      : []),
    ...(rootVolume.sizeGib !== undefined && rootVolume.sizeGib < smallest
      ? [
          {
            path: ['rootVolume', 'sizeGib'],
            rule: `must not be below the image's rootVolumeGib (${smallest})`,
            value: rootVolume.sizeGib,
          },
        ]
      : []),
  ];
}

const limitRules = ({ runners, concurrent }: ParsedFleet): Refusal[] =>
  Object.entries(runners).flatMap(([name, { limit }]) =>
    limit > concurrent
      ? [
          {
            path: ['runners', name, 'limit'],
            rule: `must not exceed the fleet's concurrent (${concurrent})`,
            value: limit,
          },
        ]
      : [],
  );

/** The user's scripts and files must be there when a machine is provisioned with them. */
function fileRules(
  { scripts, files }: Pick<Images[string], 'scripts' | 'files'>,
  fileProblem: FileProblem,
): Refusal[] {
  const references = [
    ...scripts.map((value, index) => ({ path: ['scripts', index], value })),
    ...files.map(({ source }, index) => ({ path: ['files', index, 'source'], value: source })),
  ];
  return references.flatMap(({ path, value }) => {
    const rule = fileProblem(value);
    return rule === undefined ? [] : [{ path, rule, value }];
  });
}

/** Whether the fleet's image is one that can be looked at; one that no one defines can. */
const isImageSound = ({ image }: ParsedFleet, images: Images, sound: readonly string[]): boolean =>
  !('packer' in image) || !(image.packer in images) || sound.includes(image.packer);

/** Rules of one fleet; paths from the fleet on. */
const fleetRules = (
  fleet: ParsedFleet,
  images: Images,
  soundImages: readonly string[],
  fileProblem: FileProblem,
): Refusal[] => [
  ...limitRules(fleet),
  ...(isImageSound(fleet, images, soundImages) ? imageRules(fleet, images) : []),
  ...('stock' in fleet.image ? under(['image'], fileRules(fleet.image, fileProblem)) : []),
];

/** Rules of one image; paths from the image on. */
function buildRules(image: Images[string], environment: ParsedEnvironment): Refusal[] {
  const { build, architecture, shareWithAccountIds, copyToRegions } = image;
  const { region } = environment.aws;
  const isShared = shareWithAccountIds.length > 0;
  return [
    ...(build.instanceType !== undefined && architectureOf(build.instanceType) !== architecture
      ? [
          {
            path: ['build', 'instanceType'],
            rule: `must be an ${architecture} instance type, as the image is`,
            value: build.instanceType,
          },
        ]
      : []),
    ...(isShared && environment.encryption.kmsKeyArn === undefined
      ? [
          {
            path: ['shareWithAccountIds'],
            rule: 'needs encryption.kmsKeyArn: an image encrypted with the default key cannot be shared',
            value: shareWithAccountIds,
          },
        ]
      : []),
    ...(region in copyToRegions
      ? [
          {
            path: ['copyToRegions', region],
            rule: "must not be the environment's own region",
            value: copyToRegions[region],
          },
        ]
      : []),
    ...Object.entries(copyToRegions).flatMap(([target, { kmsKeyArn }]) =>
      copyRules(target, kmsKeyArn, isShared),
    ),
  ];
}

function copyRules(target: string, kmsKeyArn: string | undefined, isShared: boolean): Refusal[] {
  const path = ['copyToRegions', target, 'kmsKeyArn'];
  if (kmsKeyArn === undefined)
    return isShared ? [{ path, rule: 'is required for an image that is shared', value: undefined }] : [];
  return regionRules(kmsKeyArn, path, target);
}

const regionRules = (arn: string, path: readonly string[], region: string): Refusal[] =>
  arn.split(':')[3] === region ? [] : [{ path, rule: `must be a key of region ${region}`, value: arn }];

/** Keys that are used where the environment is must be of its region. */
function keyRules({ aws, encryption, state }: ParsedEnvironment): Refusal[] {
  return [
    ...(encryption.kmsKeyArn === undefined
      ? []
      : regionRules(encryption.kmsKeyArn, ['encryption', 'kmsKeyArn'], aws.region)),
    ...(state?.kmsKeyArn === undefined
      ? []
      : regionRules(state.kmsKeyArn, ['state', 'kmsKeyArn'], state.region)),
    ...(aws.accountId !== undefined &&
    aws.assumeRoleArn !== undefined &&
    aws.assumeRoleArn.split(':')[4] !== aws.accountId
      ? [
          {
            path: ['aws', 'assumeRoleArn'],
            rule: `must be a role of aws.accountId (${aws.accountId})`,
            value: aws.assumeRoleArn,
          },
        ]
      : []),
  ];
}

/** Names that AWS takes once they are prefixed, each made once. */
function nameRules(environment: string, parsed: ParsedEnvironment): Refusal[] {
  const names = madeNames(environment, parsed);
  return names.flatMap(({ path, what, name, limit, space }, index): Refusal[] => {
    const value = path.at(-1) === 'secretName' ? name : path[0] === 'project' ? parsed.project : path.at(-1);
    if (name.length > limit)
      return [
        {
          path,
          rule: `makes the ${what} name ${name} of ${name.length} characters, and AWS takes ${limit}`,
          value,
        },
      ];
    const first = names.findIndex((other) => other.space === space && other.name === name);
    if (first === index) return [];
    const other = formatPath(names[first]?.path ?? []);
    return [{ path, rule: `makes the ${what} name ${name}, which ${other} makes already`, value }];
  });
}

const givenTokenArn = (
  token: ParsedFleet['runners'][string]['token'],
): readonly [string, string] | undefined => {
  if (token === undefined || 'secretName' in token) return undefined;
  return 'secretArn' in token ? ['secretArn', token.secretArn] : ['parameterArn', token.parameterArn];
};

/** One token, one runner: two runners with one secret would report as one. */
function tokenRules({ fleets }: ParsedEnvironment): Refusal[] {
  const seen = new Map<string, readonly PropertyKey[]>();
  return Object.entries(fleets).flatMap(([fleet, { runners }]) =>
    Object.entries(runners).flatMap(([runner, { token }]): Refusal[] => {
      const given = givenTokenArn(token);
      if (given === undefined) return [];
      const [key, value] = given;
      const path = ['fleets', fleet, 'runners', runner, 'token', key];
      const first = seen.get(value);
      if (first === undefined) seen.set(value, path);
      return first === undefined
        ? []
        : [{ path, rule: `must not be the secret of another runner (${formatPath(first)})`, value }];
    }),
  );
}

/** Whether nothing is wrong at or under a path (unknown keys beside it do no harm). */
const isSound = (issues: readonly z.core.$ZodRawIssue[], path: readonly string[]): boolean =>
  !issues.some(
    (issue) =>
      issue.code !== 'unrecognized_keys' &&
      path.every((part, index) => issue.path?.[index] === undefined || issue.path[index] === part),
  );

const under = (path: readonly PropertyKey[], refusals: readonly Refusal[]): Refusal[] =>
  refusals.map((refusal) => ({ ...refusal, path: [...path, ...refusal.path] }));

/** Every rule across fields that the sound parts of an environment break. */
export function rulesAcrossFields(
  name: string,
  parsed: ParsedEnvironment,
  issues: readonly z.core.$ZodRawIssue[],
  fileProblem: FileProblem,
): Refusal[] {
  const sound = (...path: string[]) => isSound(issues, path);
  const { images, fleets } = parsed;
  const keysAreSound = sound('aws') && sound('encryption');
  const soundImages = Object.keys(images ?? {}).filter((image) => sound('images', image));
  const soundFleets = Object.keys(fleets ?? {}).filter((fleet) => sound('fleets', fleet));
  return [
    ...(keysAreSound && sound('state') ? keyRules(parsed) : []),
    ...soundImages.flatMap((image) =>
      under(
        ['images', image],
        [
          ...fileRules(images[image] as Images[string], fileProblem),
          ...(keysAreSound ? buildRules(images[image] as Images[string], parsed) : []),
        ],
      ),
    ),
    ...soundFleets.flatMap((fleet) =>
      under(
        ['fleets', fleet],
        fleetRules(fleets[fleet] as ParsedFleet, images ?? {}, soundImages, fileProblem),
      ),
    ),
    ...(sound('project') && sound('fleets') ? [...nameRules(name, parsed), ...tokenRules(parsed)] : []),
  ];
}
