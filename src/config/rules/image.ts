import type { ParsedEnvironment } from '../environment';
import { architectureOf } from '../instance-types';
import type { Refusal } from '../refusal';
import { keyOfRegion, refuseIf, under } from './refusals';

/** Rules of one image against its environment, and of the environment's keys; paths from the image on. */

type ParsedImage = ParsedEnvironment['images'][string];

function buildRules({ build, architecture }: ParsedImage): Refusal[] {
  const isOther = build.instanceType !== undefined && architectureOf(build.instanceType) !== architecture;
  const rule = `must be an ${architecture} instance type, as the image is`;
  return refuseIf(isOther, ['build', 'instanceType'], rule, build.instanceType);
}

/** Images for machines of Docker Machine have none: it runs on their manager. */
const dockerMachineRules = ({ base, dockerMachineSha256 }: ParsedImage): Refusal[] =>
  refuseIf(
    base === 'ubuntu-24.04' && dockerMachineSha256 !== undefined,
    ['dockerMachineSha256'],
    'must not be given on ubuntu-24.04: Docker Machine is on images on amazon-linux-2023 only',
    dockerMachineSha256,
  );

const sharingRules = ({ shareWithAccountIds }: ParsedImage, { encryption }: ParsedEnvironment): Refusal[] =>
  refuseIf(
    shareWithAccountIds.length > 0 && encryption.kmsKeyArn === undefined,
    ['shareWithAccountIds'],
    'needs encryption.kmsKeyArn: an image encrypted with the default key cannot be shared',
    shareWithAccountIds,
  );

const copyRules = (
  { shareWithAccountIds, copyToRegions }: ParsedImage,
  { aws }: ParsedEnvironment,
): Refusal[] =>
  Object.entries(copyToRegions).flatMap(([region, copy]) => {
    const { kmsKeyArn } = copy;
    const isMissing = shareWithAccountIds.length > 0 && kmsKeyArn === undefined;
    return under(
      ['copyToRegions', region],
      [
        ...refuseIf(region === aws.region, [], "must not be the environment's own region", copy),
        ...refuseIf(isMissing, ['kmsKeyArn'], 'is required for an image that is shared', kmsKeyArn),
        ...keyOfRegion(kmsKeyArn, ['kmsKeyArn'], region),
      ],
    );
  });

/** Every rule that an image breaks. */
export const imageRules = (image: ParsedImage, environment: ParsedEnvironment): Refusal[] => [
  ...buildRules(image),
  ...dockerMachineRules(image),
  ...sharingRules(image, environment),
  ...copyRules(image, environment),
];

/** Keys, roles and policies that are used where the environment is must be from there; paths from the root. */
export function placeRules({ aws, encryption, state }: ParsedEnvironment): Refusal[] {
  const ofAccount = (
    arn: string | undefined,
    field: 'assumeRoleArn' | 'permissionsBoundaryArn',
    what: string,
  ) => {
    const account = arn?.split(':')[4];
    const isOther =
      account !== undefined && account !== 'aws' && aws.accountId !== undefined && account !== aws.accountId;
    return refuseIf(isOther, ['aws', field], `must be a ${what} of aws.accountId (${aws.accountId})`, arn);
  };
  return [
    ...keyOfRegion(encryption.kmsKeyArn, ['encryption', 'kmsKeyArn'], aws.region),
    ...(state === undefined ? [] : keyOfRegion(state.kmsKeyArn, ['state', 'kmsKeyArn'], state.region)),
    ...ofAccount(aws.assumeRoleArn, 'assumeRoleArn', 'role'),
    ...ofAccount(aws.permissionsBoundaryArn, 'permissionsBoundaryArn', 'policy'),
  ];
}
