import { z } from 'zod';

/** The smallest pieces of the model: ids, names, ARNs and texts, each with AWS's or GitLab's own bounds. */

/** Text that matches a pattern; `rule` is the whole sentence of the refusal. */
export const pattern = (expression: RegExp, rule: string) => z.string().regex(expression, rule);

/** A whole number within bounds, both included. */
export const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z.int().min(minimum).max(maximum);

/** A list without duplicates; `minimum` elements at least. */
export const list = <T extends z.ZodType>(element: T, minimum = 0) =>
  z
    .array(element)
    .min(minimum)
    .superRefine((values, context) => {
      values.forEach((value, index) => {
        const first = values.findIndex((other) => JSON.stringify(other) === JSON.stringify(value));
        if (first < index) {
          const message = `must not repeat element [${first}]`;
          context.addIssue({ code: 'custom', path: [index], message, input: value });
        }
      });
    });

/** Text for people or programs: anything but control characters (newline and tab are allowed where scripts are). */
export const line = pattern(
  /^[^\p{Cc}]+$/u,
  'must be text of at least one character, on one line and without control characters',
);

/** A shell snippet that GitLab runs: several lines are fine. */
export const script = pattern(
  /^(\P{Cc}|[\n\t])+$/u,
  'must be a script of at least one character, without control characters but newline and tab',
);

/** What things are called in the model; part of AWS names, so AWS's narrowest set of characters. */
export const name = pattern(
  /^[a-z][a-z0-9-]*$/,
  'must start with a letter and have only lower-case letters, digits and hyphens',
);

/** An AWS region. @see https://docs.aws.amazon.com/general/latest/gr/rande.html */
export const region = pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-central-1');

/** An AWS account id: 12 digits, as text (a number would lose leading zeros). */
export const accountId = pattern(/^\d{12}$/, 'must be an AWS account id of 12 digits, as text');

/** An id that EC2 gives: prefix, hyphen, 8 or 17 hexadecimal digits. */
export const ec2Id = (prefix: string) =>
  pattern(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    `must be an id such as ${prefix}-0a1b2c3d4e5f60718`,
  );

const arn = (
  service: string,
  resource: string,
  example: string,
  { hasRegion = true, account = '\\d{12}' }: { hasRegion?: boolean; account?: string } = {},
) =>
  pattern(
    new RegExp(
      `^arn:aws(-[a-z]+)*:${service}:${hasRegion ? '[a-z]{2}(-[a-z]+)+-\\d' : ''}:${account}:${resource}$`,
    ),
    `must be an ARN such as arn:aws:${service}:${hasRegion ? 'eu-central-1' : ''}:111122223333:${example}`,
  );

/** A KMS key by its ARN (an alias can be moved to another key, so it is not taken). */
export const kmsKeyArn = arn(
  'kms',
  'key/(mrk-)?[0-9a-f-]{32,36}',
  'key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
);

/** An IAM role. */
export const roleArn = arn('iam', 'role/[A-Za-z0-9+=,.@_/-]{1,512}', 'role/terraform', { hasRegion: false });

/** An IAM policy, AWS's own included. */
export const policyArn = arn('iam', 'policy/[A-Za-z0-9+=,.@_/-]{1,512}', 'policy/boundary', {
  hasRegion: false,
  account: '(\\d{12}|aws)',
});

/** An ECS cluster. */
export const ecsClusterArn = arn('ecs', 'cluster/[A-Za-z0-9_-]{1,255}', 'cluster/ci');

/** A Secrets Manager secret by its whole ARN, with the six characters that AWS adds to the name. */
export const secretArn = arn(
  'secretsmanager',
  'secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}',
  'secret:gitlab-token-a1B2c3',
);

/** A Parameter Store parameter. */
export const parameterArn = arn('ssm', 'parameter/[A-Za-z0-9._/-]{1,1011}', 'parameter/gitlab/token');

/** The name of an instance profile. */
export const instanceProfileName = pattern(
  /^[A-Za-z0-9+=,.@_-]{1,128}$/,
  'must be the name of an instance profile (letters, digits and +=,.@_-)',
);

/** An EC2 instance type. */
export const instanceType = pattern(
  /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/,
  'must be an EC2 instance type such as m6i.large',
);

/** The instruction set of a machine, in EC2's words. */
export const architecture = z.enum(['x86_64', 'arm64']);

/** One of the two instruction sets. */
export type Architecture = z.output<typeof architecture>;

/** An absolute path on a machine: what shell and cloud-init take without quoting. */
export const machinePath = pattern(
  /^(\/(?!\.\.?(\/|$))[A-Za-z0-9._@+-]+)+$/,
  'must be an absolute path of letters, digits and ._@+- without . or .. parts',
);

/** A path inside the repository. */
export const repositoryPath = pattern(
  /^(?!\.\.?(\/|$))[A-Za-z0-9._@+-]+(\/(?!\.\.?(\/|$))[A-Za-z0-9._@+-]+)*$/,
  'must be a relative path inside the repository, of letters, digits and ._@+- without . or .. parts',
);

/** A Go duration such as `1h30m`, as gitlab-runner takes it. */
export const duration = pattern(/^(\d+(\.\d+)?(h|m|s|ms))+$/, 'must be a duration such as 90s, 10m or 1h30m');

/** Text without an address that has a password in it; `//user@host` alone is none. */
export const withoutPassword = <T extends z.ZodType<string, string>>(text: T) =>
  text.refine(
    (value) => !/\/\/[^/\s"]*:[^/\s"]*@/.test(value),
    'must not have an address with user and password: no secret belongs in an environment file',
  );

/** An address that starts with https:// and carries no credentials, query or fragment. */
export const httpsUrl = z
  .string()
  .refine(isPlainHttpsUrl, 'must be an https:// URL without user, password, query or fragment');

function isPlainHttpsUrl(text: string): boolean {
  if (!/^https:\/\/[A-Za-z0-9]/.test(text) || /[\s"'`\\<>{}|^$?#]/.test(text) || !URL.canParse(text))
    return false;
  const url = new URL(text);
  return url.username === '' && url.password === '';
}

/** One PEM certificate or several, one after the other. */
export const certificates = z
  .string()
  .refine(isCertificates, 'must be one or more PEM certificates (-----BEGIN CERTIFICATE-----…)');

function isCertificates(text: string): boolean {
  const parts = text.trim().split(/-----END CERTIFICATE-----\s*/);
  const isOne = (part: string) => /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+$/.test(part);
  return parts.length > 1 && parts.at(-1) === '' && parts.slice(0, -1).every(isOne);
}

/** A range of addresses, IPv4 or IPv6; AWS takes none with bits behind the network. */
export const addressRange = z.string().refine(isNetwork, 'must be a range of addresses such as 10.0.0.0/8');

function isNetwork(text: string): boolean {
  const isV4 = z.cidrv4().safeParse(text).success;
  if (!isV4 && !z.cidrv6().safeParse(text).success) return false;
  const [address = '', length] = text.split('/');
  const width = isV4 ? 32n : 128n;
  const behind = (1n << (width - BigInt(length ?? 0))) - 1n;
  return ((isV4 ? bitsOfV4(address) : bitsOfV6(address)) & behind) === 0n;
}

const bitsOfV4 = (address: string): bigint =>
  address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);

function bitsOfV6(address: string): bigint {
  const [head = '', tail = ''] = address.split('::').map((half) =>
    half
      .split(':')
      .filter((part) => part !== '')
      .join(':'),
  );
  const groups = (half: string) => (half === '' ? [] : half.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)];
  return all.reduce((bits, part) => (bits << 16n) | BigInt(`0x${part}`), 0n);
}

/** AWS tags, at most 40 of them: the project adds its own, and AWS takes 50. @see https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
export const tags = z
  .record(
    pattern(
      /^(?!aws:|gitlab-runner-aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu,
      'must be a tag name of 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws: or gitlab-runner-aws:',
    ),
    pattern(
      /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u,
      'must be a tag value of at most 256 letters, digits, spaces and _.:/=+-@',
    ),
  )
  .refine((value) => Object.keys(value).length <= 40, 'must have at most 40 tags');
