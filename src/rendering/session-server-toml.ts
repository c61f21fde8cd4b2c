import type { SessionServer } from '../config/session-server';

/** `[session_server]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-session_server-section */
export interface SessionServerToml {
  /** Where gitlab-runner listens. */
  readonly listen_address: string;
  /** Where GitLab finds it. */
  readonly advertise_address: string;
  /** Seconds. */
  readonly session_timeout: number;
}

/** What the machine or the manager puts its own private address in place of: nobody else knows it. */
export const addressPlaceholder = '@private-address@';

/** A fleet's session server. */
export const renderSessionServer = ({
  port,
  advertiseAddress,
  timeoutSeconds,
}: SessionServer): SessionServerToml => ({
  listen_address: `:${port}`,
  advertise_address: advertiseAddress ?? `${addressPlaceholder}:${port}`,
  session_timeout: timeoutSeconds,
});
