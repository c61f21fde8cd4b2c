import { z } from 'zod';
import { ec2Id, list, wholeNumber } from './primitives';

/** Without a port gitlab-runner would end. */
function isHostAndPort(text: string): boolean {
  const [, port] = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:(\d{1,5})$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65535;
}

/**
 * `[session_server]`: gitlab-runner's end of interactive web terminals.
 * @see https://docs.gitlab.com/ci/interactive_web_terminal/ and https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-session_server-section
 */
export const sessionServer = z.strictObject({
  /** Port on which gitlab-runner listens. @default 8093 */
  port: wholeNumber(1, 65535)
    .refine((port) => port !== 22, 'must not be 22, where the machine has SSH')
    .default(8093),
  /** Host and port at which GitLab reaches it. @default the private address of each machine or manager, and `port` */
  advertiseAddress: z
    .string()
    .refine(isHostAndPort, 'must be a host and a port such as terminals.example.com:8093, without https://')
    .optional(),
  /** Seconds for which a terminal stays open after its job. @default 1800 */
  timeoutSeconds: wholeNumber(1).default(1800),
  /** Security groups that may come in: GitLab's. @default none */
  allowedSecurityGroupIds: list(ec2Id('sg')).max(50).default([]),
});

/** A session server, as parsed. */
export type SessionServer = z.output<typeof sessionServer>;
