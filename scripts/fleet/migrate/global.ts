import type { Migration } from './migration';
import type { Table } from './table';

/** Keys before the first `[[runners]]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-global-section */

/** What is not taken over, and why. */
const notes: Readonly<Record<string, string>> = {
  connection_max_age: "has no field: gitlab-runner's default holds",
  shutdown_timeout: 'has no field: drainTimeoutSeconds says how long a manager that goes waits for its jobs',
  sentry_dsn: 'has no field: logs go to CloudWatch',
  user: 'has no field: gitlab-runner runs as root here',
  labels: 'has no field: give labels to each runner (labels of [[runners]])',
  experimental: 'has no field: it is for GitLab.com itself',
  machine:
    'has no field: a docker-machine fleet always removes its machines on the way out, and other fleets have none',
};

/** gitlab-runner's own port of metrics. */
const metricsPort = 9252;

/** The port of its session server. */
const sessionPort = 8093;

/** `host:port` as a port. */
const portOf = (address: unknown, otherwise: number): unknown => {
  if (typeof address !== 'string') return address;
  const [, port] = /:(\d+)$/.exec(address) ?? [];
  return port === undefined ? otherwise : Number(port);
};

function takeMetrics(table: Table, { draft, notebook }: Migration): void {
  const address = table.take('listen_address');
  if (address === undefined) return;
  const path = table.at('listen_address');
  draft.set(['metrics', 'port'], portOf(address, metricsPort), path);
  notebook.add(path, 'is open for nobody until metrics.allowedSecurityGroupIds names who may read', address);
}

/** Off without an address to listen on, whatever else stands there. */
function takeSessionServer(table: Table, { draft, notebook }: Migration): void {
  const session = table.takeTable('session_server');
  const address = session?.take('listen_address');
  if (session === undefined || address === undefined) return;
  const path = session.at('listen_address');
  draft.set(['sessionServer', 'port'], portOf(address, sessionPort), path);
  const further = { advertiseAddress: 'advertise_address', timeoutSeconds: 'session_timeout' };
  draft.takeKeys(['sessionServer'], further, session);
  const note = 'is open for nobody until sessionServer.allowedSecurityGroupIds names who may come in';
  notebook.add(path, note, address);
  session.noteRest('is not a key that gitlab-runner 19.3 has, and is left out');
}

/** Takes the global keys over; jobs at the same time are the result. */
export function takeGlobal(table: Table, migration: Migration): number {
  const { draft, notebook } = migration;
  // Without the key gitlab-runner runs one job.
  const concurrent = table.takeNumber('concurrent') || 1;
  draft.set(['concurrent'], concurrent, 'concurrent');
  draft.takeKeys([], { checkIntervalSeconds: 'check_interval', logLevel: 'log_level' }, table);
  takeMetrics(table, migration);
  takeSessionServer(table, migration);
  const format = table.take('log_format');
  if (format !== undefined && format !== 'json')
    notebook.add('log_format', 'has no field: logs are JSON, for CloudWatch', format);
  for (const [key, note] of Object.entries(notes)) table.note(key, note);
  table.noteRest('is not a key that gitlab-runner 19.3 has, and is left out');
  return concurrent;
}
