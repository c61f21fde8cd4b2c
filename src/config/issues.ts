import { z } from 'zod';
import { redact } from './tokens';

/** One refusal: where, which rule, what stood there. */
export interface Refusal {
  /** Keys and indices from the root of the environment. */
  readonly path: readonly PropertyKey[];
  /** The broken rule, as the rest of a sentence. */
  readonly rule: string;
  /** What stands there. */
  readonly value: unknown;
}

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

/** The refusals that a failed parse means, one for each unknown key. */
export function refusalsOf(error: z.ZodError, input: unknown): Refusal[] {
  return error.issues.flatMap((issue): Refusal[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const path = [...issue.path, key];
        return { path, rule: 'is not a known key', value: valueAt(input, path) };
      });
    const key = issue.code === 'invalid_key';
    const rule = key ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [
      {
        path: issue.path,
        rule: key ? `is a name that ${rule}` : rule,
        value: key ? issue.path.at(-1) : valueAt(input, issue.path),
      },
    ];
  });
}

/** `a.b[1].c`, with keys as they stand. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

/** `<file>: <path> <rule>, got <JSON value>`, without anything that looks like a token. */
export function formatRefusal(file: string, { path, rule, value }: Refusal): string {
  const got = JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? redact(part) : part));
  const where = path.length > 0 ? `${redact(formatPath(path))} ` : '';
  return `${file}: ${where}${rule}, got ${got}`;
}
