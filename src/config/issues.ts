import { z } from 'zod';
import type { Refusal } from './refusal';
import { redact } from './tokens';

const oneOf = (values: readonly unknown[]) =>
  `must be ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;

const counted: Record<string, string> = { string: 'character', array: 'element' };

function bound(word: string, limit: number | bigint, origin: string): string {
  const noun = counted[origin];
  if (noun === undefined) return `must be ${word} ${limit}`;
  if (origin === 'array' && word === 'at least' && limit === 1) return 'must not be an empty list';
  return `must have ${word} ${limit} ${noun}${limit === 1 ? '' : 's'}`;
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** The rule that a zod issue breaks, in this project's words. */
function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : oneOf(issue.values);
    case 'invalid_union':
      return issue.input === undefined ? 'is required' : unionRule(issue);
    default:
      return undefined;
  }
}

function unionRule(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const options = (issue as { options?: readonly unknown[] }).options;
  return options === undefined ? 'has a value of the wrong kind' : oneOf(options);
}

z.config({ customError: ruleOf });

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );

/** A rule across fields says itself what it is about: a name that was made, a default. */
const aboutOr = (params: Readonly<Record<string, unknown>> | undefined, value: unknown): unknown =>
  params !== undefined && 'value' in params ? params.value : value;

/** What people look for in a runner, and GitLab has beside its token. @see https://docs.gitlab.com/ci/runners/configure_runners/ */
const keysOfGitlab = new Set([
  'accessLevel',
  'description',
  'locked',
  'maintenanceNote',
  'maximumTimeout',
  'paused',
  'runUntagged',
  'tagList',
  'tags',
]);

/** Why a key is refused that the object at this path does not have. */
function unknownKeyRule([root, , ofFleet, , ofRunner, ...rest]: readonly PropertyKey[], key: string): string {
  const rule = 'is not a known key';
  if (root !== 'fleets' || ofFleet !== 'runners' || rest.length > 0) return rule;
  if (ofRunner === undefined && keysOfGitlab.has(key))
    return `${rule}: tags, description and the like belong to the runner in GitLab, where its token is made`;
  if (ofRunner === 'machine' && /^offPeak/i.test(key))
    return `${rule}: gitlab-runner has not read it since 14.0; periods of autoscaling are its successor`;
  return rule;
}

/** The refusals that a zod issue means: one for each unknown key, else one. */
function refusalsOfIssue(issue: z.core.$ZodIssue, input: unknown): Refusal[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        rule: unknownKeyRule(path, key),
        isUnknown: true,
        value: valueAt(input, [...path, key]),
      }));
    case 'invalid_key':
      return [
        { path, rule: `is a name that ${issue.issues[0]?.message ?? issue.message}`, value: path.at(-1) },
      ];
    case 'custom':
      return [{ path, rule: issue.message, value: aboutOr(issue.params, valueAt(input, path)) }];
    default:
      return [{ path, rule: issue.message, value: valueAt(input, path) }];
  }
}

/** The refusals that a failed parse means. */
export const refusalsOf = (error: z.ZodError, input: unknown): Refusal[] =>
  error.issues.flatMap((issue) => refusalsOfIssue(issue, input));

/** `a.b[1].c`, with keys as they stand. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

/** JSON of anything, also of what JSON has no form for. */
function asJson(value: unknown): string {
  if (value === undefined) return 'undefined';
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
  } catch {
    return 'a value that is no data';
  }
}

/** What people call a secret that has no place here. */
const secretName = /pass|secret|token|credential|auth/i;

/** Whether a value may be a secret, whatever it looks like: where it stands says so. */
function maybeSecret({ path, value, isUnknown = false }: Refusal): boolean {
  const [last = '', ...above] = path.map(String).reverse();
  const isIn = (name: string): boolean => above.includes(name);
  if (last === 'token') return typeof value === 'string';
  // A login in place of the ARN of one.
  if (isIn('registryCredentials') && typeof value === 'string' && /[{@]/.test(value)) return true;
  return isUnknown && (secretName.test(last) || isIn('token') || isIn('registryCredentials'));
}

/** `<file>: <path> <rule>, got <JSON value>`, without anything that may be a secret. */
export function formatRefusal(file: string, refusal: Refusal): string {
  const { path, rule, value } = refusal;
  const where = path.length > 0 ? `${formatPath(path)} ` : '';
  return `${file}: ${redact(`${where}${rule}${maybeSecret(refusal) ? '' : `, got ${asJson(value)}`}`)}`;
}
