import type { Refusal } from './refusal';

/** No secret can be written in an environment file: texts that look like one are refused, and never repeated. */

const asSecret = ": store it as the value of the runner's secret";
const nowhere = ': no secret belongs in an environment file';

const secrets: readonly { readonly expression: RegExp; readonly rule: string }[] = [
  { expression: /glrtr?-[A-Za-z0-9_.-]*/gi, rule: `must not contain a GitLab token${asSecret}` },
  {
    expression: /\bgl(pat|dt|cbt|ptt|ft|imt|agent|wt|soat|ffct|oas)-[A-Za-z0-9_.-]+/g,
    rule: `must not contain a GitLab token${nowhere}`,
  },
  { expression: /GR1348941[A-Za-z0-9_-]+/g, rule: `must not contain a GitLab registration token${nowhere}` },
  { expression: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, rule: `must not contain an AWS access key${nowhere}` },
  {
    expression: /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g,
    rule: `must not contain a private key${nowhere}`,
  },
];

/** What stands for the token in config.toml, until the machine has it. */
const placeholder = '@token@';

/** What stands before the host of an address. */
const credentials = /\/\/[^/\s"]+@/g;

/** The text with `[redacted]` for everything that looks like a secret. */
export const redact = (text: string): string =>
  secrets
    .reduce((result, { expression }) => result.replace(expression, '[redacted]'), text)
    .replace(credentials, '//[redacted]@');

const ruleFor = (text: string): string | undefined =>
  secrets.find(({ expression }) => text.search(expression) >= 0)?.rule;

const refusal = (path: readonly PropertyKey[], text: string, rule = ruleFor(text)): Refusal[] =>
  rule === undefined ? [] : [{ path, rule, value: text }];

/** A key `token` that would look to the machine's token loader like the one that it fills in. */
const placeholderRule = (key: string, value: unknown): string | undefined =>
  key === 'token' && value === placeholder
    ? `must not be ${placeholder}, which stands for the token in config.toml`
    : undefined;

/** A refusal for every text, key or value, that looks like a secret; `seen` keeps cycles from being walked for ever. */
export function findTokens(
  value: unknown,
  path: readonly PropertyKey[] = [],
  seen = new Set<object>(),
): Refusal[] {
  if (typeof value === 'string') return refusal(path, value);
  if (value === null || typeof value !== 'object' || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [
      ...refusal(here, key),
      ...refusal(here, placeholder, placeholderRule(key, inner)),
      ...findTokens(inner, here, seen),
    ];
  });
}
