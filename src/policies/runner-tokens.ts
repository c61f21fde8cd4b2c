import { regionalService, type Place } from './place';
import type { Statement } from './statement';

/** The tokens that a manager of runners reads. */
export interface RunnerTokens {
  /** ARNs of the secrets that hold its tokens, and the keys that encrypt them. */
  readonly secrets: readonly EncryptedSource[];
  /** ARNs of the parameters that hold its tokens, and the keys that encrypt them. */
  readonly parameters: readonly EncryptedSource[];
}

/** A secret or parameter, with its key unless that is AWS's own. */
export interface EncryptedSource {
  /** ARN of the secret or parameter. */
  readonly arn: string;
  /** ARN of the key, or nothing for the AWS managed one. */
  readonly kmsKeyArn: string | undefined;
}

/** A statement for several ARNs, or none. */
export const statement = (
  sid: string,
  action: readonly string[],
  resource: readonly string[],
): Statement[] =>
  resource.length === 0
    ? []
    : [{ Sid: sid, Effect: 'Allow', Action: action, Resource: [...new Set(resource)] }];

/** An ARN that is known only at apply is of what is made here, and so of this region. */
const regionOf = (arn: string, place: Place): string => arn.split(':')[3] ?? place.region;

/** Decrypts only through the service that holds the token, in the region of the token. */
function decrypt(
  sid: string,
  service: string,
  place: Place,
  sources: readonly EncryptedSource[],
): Statement[] {
  const encrypted = sources.flatMap(({ arn, kmsKeyArn }) =>
    kmsKeyArn === undefined ? [] : [{ kmsKeyArn, region: regionOf(arn, place) }],
  );
  const services = new Set(encrypted.map(({ region }) => regionalService({ ...place, region }, service)));
  const keys = encrypted.map(({ kmsKeyArn }) => kmsKeyArn);
  return statement(sid, ['kms:Decrypt'], keys).map((one) => ({
    ...one,
    Condition: {
      StringEquals: { 'kms:ViaService': services.size === 1 ? [...services].join() : [...services] },
    },
  }));
}

/** Statements that let someone read secrets, and no others; what they hold is the beginning of their names. */
export const secretStatements = (
  what: string,
  place: Place,
  secrets: readonly EncryptedSource[],
): Statement[] => [
  ...statement(
    `${what}s`,
    ['secretsmanager:GetSecretValue'],
    secrets.map(({ arn }) => arn),
  ),
  ...decrypt(`${what}Keys`, 'secretsmanager', place, secrets),
];

/** Statements that let a manager read its tokens, and no others. */
export const tokenStatements = (place: Place, { secrets, parameters }: RunnerTokens): Statement[] => [
  ...secretStatements('TokenSecret', place, secrets),
  ...statement(
    'TokenParameters',
    ['ssm:GetParameter'],
    parameters.map(({ arn }) => arn),
  ),
  ...decrypt('TokenParameterKeys', 'ssm', place, parameters),
];
