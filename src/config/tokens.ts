import type { Refusal } from './issues';

/** No secret can be written in an environment file: texts that look like one are refused, and never repeated. */

const secrets: readonly { readonly expression: RegExp; readonly what: string }[] = [
  { expression: /glrtr?-[A-Za-z0-9_.-]*/g, what: 'a GitLab token' },
  {
    expression: /\bgl(pat|dt|cbt|ptt|ft|imt|agent|wt|soat|ffct|oas)-[A-Za-z0-9_.-]+/g,
    what: 'a GitLab token',
  },
  { expression: /GR1348941[A-Za-z0-9_-]+/g, what: 'a GitLab registration token' },
  { expression: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, what: 'an AWS access key' },
  { expression: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g, what: 'a private key' },
];

/** The text with `[redacted]` for everything that looks like a secret. */
export const redact = (text: string): string =>
  secrets.reduce((result, { expression }) => result.replace(expression, '[redacted]'), text);

const rule = (text: string): string | undefined => {
  const found = secrets.find(({ expression }) => text.search(expression) >= 0);
  return found && `must not contain ${found.what}: store it as the value of the runner's secret`;
};

/** A refusal for every text, key or value, that looks like a secret. */
export function findTokens(value: unknown, path: readonly PropertyKey[] = []): Refusal[] {
  if (typeof value === 'string') {
    const broken = rule(value);
    return broken === undefined ? [] : [{ path, rule: broken, value }];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const broken = rule(key);
    return [
      ...(broken === undefined ? [] : [{ path: here, rule: broken, value: key }]),
      ...findTokens(inner, here),
    ];
  });
}
