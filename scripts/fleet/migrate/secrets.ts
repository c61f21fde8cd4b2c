import { findTokens } from '../../../src/config/tokens';
import type { Notebook } from './notes';

/**
 * Secrets of a config.toml. They are taken out before anything else reads it, so that none can get into a fleet, a note
 * or an error: by what they are called, and by what they look like.
 */

const belongsElsewhere =
  'has what looks like a secret, and is left out: jobs get secrets from masked CI/CD variables of a project or group';
const awsKey = 'is a key of AWS and is left out: the manager, its machines and the cache use roles';

/** What to do about secrets that config.toml is known to have. */
const knownSecrets: Readonly<Record<string, string>> = {
  token: "is a secret: store it as the value of the runner's secret, which a deploy makes empty",
  DOCKER_AUTH_CONFIG:
    'has credentials of registries and is left out: they belong into secrets that registryCredentials of the fleet names',
  AccessKey: awsKey,
  SecretKey: awsKey,
  SessionToken: awsKey,
  'amazonec2-access-key': awsKey,
  'amazonec2-secret-key': awsKey,
  'amazonec2-session-token': awsKey,
  sentry_dsn: 'is a secret and is left out: logs go to CloudWatch',
};

/** Called like secrets, and none. */
const harmless = new Set([
  'token_expires_at',
  'token_obtained_at',
  'amazonec2-metadata-token',
  'amazonec2-metadata-token-response-hop-limit',
]);

const secretWord = /(^| )(tokens?|secrets?|passw(or)?d|passphrase|pwd|credentials?|dsn)( |$)/;
const secretEnding = /(^| )(key|auth|pat)$|(^| )((access|account|api|private) key|auth config)( |$)/;

/** `AccessKey`, `ACCESS_KEY` and `access-key` as `access key`. */
const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .toLowerCase();

const isSecretName = (name: string): boolean => {
  const words = wordsOf(name);
  return !harmless.has(name) && (secretWord.test(words) || secretEnding.test(words));
};

const noteOf = (name: string): string =>
  Object.hasOwn(knownSecrets, name) ? (knownSecrets[name] ?? '') : belongsElsewhere;

/** `NAME=value` anywhere, where the value is no reference to a variable. */
const assignment = /(?:^|[\s;&|'"=])([A-Za-z][\w.-]*)=["']?[^\s"'`$]/g;

/** Ways to write a password besides. */
const passwords = [
  /:\/\/[^/\s:@]*:[^/\s@$]+@/,
  /https?:\/\/[^/\s:@$]+@/,
  /\blogin\b[^\n;|&]*\s(-p|--password)[\s=]*["']?[^\s"'$-]/,
  /\bcurl\b[^\n;|&]*\s(-u|--user)[\s=]*["']?[^\s:"'$]+:[^\s"'$]/,
  /--(password|token)[\s=]["']?[^\s"'$-]/,
  /(authorization|private-token|job-token|deploy-token):\s*((basic|bearer)\s+)?[^\s"'$]/i,
  /"(auth|password|secret|token|identitytoken)\\?"\s*:\s*\\?"[^"\\$]/,
];

/** Why a text can't be shown; nothing for one that can. */
function secretNote(text: string): string | undefined {
  const names = [...text.matchAll(assignment)].map(([, name = '']) => name);
  const secret = names.find(isSecretName);
  if (secret !== undefined) return `(${secret}) ${noteOf(secret)}`;
  const isSecret = findTokens(text).length > 0 || passwords.some((expression) => expression.test(text));
  return isSecret ? belongsElsewhere : undefined;
}

/** A value without its secrets, with a note for each. Places in lists stay what they are. */
export function withoutSecrets(value: unknown, path: string, notebook: Notebook): unknown {
  if (typeof value === 'string') {
    const note = secretNote(value);
    if (note !== undefined) notebook.add(path, note);
    return note === undefined ? value : undefined;
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value))
    return value.map((element, index) => withoutSecrets(element, `${path}[${index}]`, notebook));
  if (value === null || typeof value !== 'object') return value;
  const safe = ([key, inner]: [string, unknown]): [string, unknown] => {
    const here = path === '' ? key : `${path}.${key}`;
    if (!canBeSecret(inner) || !isSecretName(key)) return [key, withoutSecrets(inner, here, notebook)];
    notebook.add(here, noteOf(key));
    return [key, undefined];
  };
  return Object.fromEntries(Object.entries(value).map(safe));
}

/** Neither a switch nor a table, whose values are looked at one by one; and not nothing. */
const canBeSecret = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === 'number' || (typeof value === 'string' && value !== '');
