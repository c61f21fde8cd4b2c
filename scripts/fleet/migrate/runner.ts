import { dockerKeys } from '../../../src/rendering/docker-toml';
import { runnerKeys } from '../../../src/rendering/runner-keys';
import type { Path } from './draft';
import { takeMachine } from './machine';
import type { Migration, RunnerMove } from './migration';
import type { Table } from './table';
import type { MachineTags } from './tags';

/** `[[runners]]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runners-section */

const ofAnotherExecutor = 'is for another executor, and is left out';
const ofRegistration = 'is of the old registration: gitlab-runner finds it out again';
const goneScript = (successor: string) =>
  `is not read since gitlab-runner 17.0: ${successor} is its successor`;

/** What is not taken over, and why. */
const notes: Readonly<Record<string, string>> = {
  id: ofRegistration,
  token: "must be stored as the value of the runner's secret, which a deploy makes empty",
  token_obtained_at: ofRegistration,
  token_expires_at: `${ofRegistration}; a token that expires must be replaced by hand, since a rotated one cuts off other managers`,
  'tls-ca-file': 'names certificates: put them into gitlab.caCertificatePem of the environment',
  cache:
    "is the environment's: cache makes a bucket with a folder for each runner, and the manager's role signs; what was cached stays in the old place",
  autoscaler: ofAnotherExecutor,
  custom: ofAnotherExecutor,
  instance: ofAnotherExecutor,
  kubernetes: ofAnotherExecutor,
  parallels: ofAnotherExecutor,
  ssh: ofAnotherExecutor,
  virtualbox: ofAnotherExecutor,
  pre_clone_script: goneScript('pre_get_sources_script'),
  post_clone_script: goneScript('post_get_sources_script'),
};

/** What a runner is called in the model: its name, made of letters that AWS names may have. */
export function keyOf(name: unknown, taken: ReadonlySet<string>): string {
  const stem =
    (typeof name === 'string' ? name : '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 24)
      .replace(/-+$/, '') || 'runner';
  for (let count = 1; ; count += 1) {
    const key = count === 1 ? stem : `${stem}-${count}`;
    if (!taken.has(key)) return key;
  }
}

/** Most jobs of a runner. Without a limit gitlab-runner has none, and our default is another one. */
function takeLimit(table: Table, concurrent: number, { notebook }: Migration): number {
  const limit = table.takeNumber('limit');
  if (limit <= concurrent) return limit;
  notebook.add(
    table.at('limit'),
    `is taken over as ${concurrent}: more than concurrent jobs never run at the same time`,
    limit,
  );
  return concurrent;
}

function takeEnvironment(table: Table, path: Path, { draft, notebook }: Migration): void {
  for (const { text, from } of table.takeTexts('environment')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) notebook.add(from, 'must be NAME=value, and is left out', text);
    else draft.set([...path, 'environment', name], value, from);
  }
}

/** Always on here, since a rotated token cuts off all other managers. */
const rotationFlag = 'FF_DISABLE_AUTOMATIC_TOKEN_ROTATION';

function takeFeatureFlags(table: Table, path: Path, { draft }: Migration): void {
  const flags = table.takeTable('feature_flags');
  if (flags === undefined) return;
  flags.note(rotationFlag, 'is always on, and needs no field');
  for (const flag of flags.unreadKeys())
    draft.set([...path, 'featureFlags', flag], flags.takeAnything(flag), flags.at(flag));
}

/** The manager reaches the Docker of a worker by itself. */
const ownDockerKeys = ['host', 'tls_cert_path', 'tls_verify'];

function takeDocker(table: Table, path: Path, { draft, type }: Migration): void {
  const docker = table.takeTable('docker');
  if (docker === undefined) return;
  if (type === 'docker-autoscaler')
    for (const key of ownDockerKeys)
      docker.note(key, 'is left out: gitlab-runner reaches Docker on a worker through SSH');
  draft.takeKeys([...path, 'docker'], dockerKeys, docker);
  docker.noteRest(
    'is not a key that gitlab-runner 19.3 has: where a newer one has it, it goes into extraConfig.docker',
  );
}

/** The default of `gitlab.url`. */
const gitlabCom = 'https://gitlab.com';

function noteUrl(table: Table, { notebook }: Migration): void {
  const url = table.take('url');
  if (url === undefined || (typeof url === 'string' && url.replace(/\/+$/, '') === gitlabCom)) return;
  const note = 'belongs into gitlab.url of the environment, which all of its fleets use, and must be https';
  notebook.add(table.at('url'), note, url);
}

/** Takes a runner over under a name; tags that its machines had are the result. */
export function takeRunner(table: Table, key: string, concurrent: number, migration: Migration): MachineTags {
  const path = ['runners', key];
  migration.draft.set(path, {}, table.path);
  const limit = takeLimit(table, concurrent, migration);
  migration.draft.set([...path, 'limit'], limit, table.at('limit'));
  takeEnvironment(table, path, migration);
  takeFeatureFlags(table, path, migration);
  // What was read is not there any more.
  migration.draft.takeKeys(path, runnerKeys, table);
  takeDocker(table, path, migration);
  const move: RunnerMove = { ...migration, path, limit, concurrent };
  const tags = takeMachine(table.takeTable('machine') ?? table.emptyTable('machine'), move);
  noteUrl(table, migration);
  for (const [name, note] of Object.entries(notes)) table.note(name, note);
  table.noteRest(
    'is not a key that gitlab-runner 19.3 has: where a newer one has it, it goes into extraConfig',
  );
  return tags;
}
