import { z } from 'zod';
import { addressRange, list } from './primitives';

/** A company's proxy: the way to whatever is outside the network. */

/** A port must stand there: without one, programs take different ones. */
const isProxyUrl = (text: string): boolean =>
  /^https?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):\d{1,5}\/?$/.test(text) &&
  URL.canParse(text);

const urlRule =
  'must be an http:// or https:// URL of a host and a port and nothing else, such as http://proxy.acme.example:3128';

const credentialsRule =
  'must not have a user or a password, which would stand in user data and in the Terraform state: have the proxy know machines by their addresses, or name a relay in the network that has the password, such as cntlm';

/** What stands before an @ is never repeated. */
const withoutCredentials = (text: string): string => text.replace(/^([a-z]+:\/\/)?.*@/i, '$1[redacted]@');

/** A proxy's address, without a slash at its end. */
const proxyUrl = z
  .string()
  .superRefine((text, context) => {
    const value = withoutCredentials(text);
    if (text.includes('@')) context.addIssue({ code: 'custom', message: credentialsRule, params: { value } });
    else if (!isProxyUrl(text)) context.addIssue({ code: 'custom', message: urlRule, params: { value } });
  })
  .transform((text) => text.replace(/\/$/, ''));

/** A name whose last part is no number: else it would be meant as an address. */
const hostName = /^\.?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

const isAddress = (text: string): boolean =>
  z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;

const direct = z
  .string()
  .refine(
    (text) => hostName.test(text) || isAddress(text) || addressRange.safeParse(text).success,
    'must be a host name, a domain such as .acme.example, an address or a range of addresses such as 10.0.0.0/8, without a port and without *',
  );

/** The proxy of an environment. @see https://docs.gitlab.com/runner/configuration/proxy/ */
export const proxy = z
  .strictObject({
    /** Proxy for http addresses. @default none */
    http: proxyUrl.optional(),
    /** Proxy for https addresses. @default that for http */
    https: proxyUrl.optional(),
    /**
     * Hosts, domains, addresses and ranges that are reached directly, besides the machine itself, the metadata
     * services, the network's endpoints and its addresses. @default none
     */
    noProxy: list(direct).default([]),
  })
  .refine(
    ({ http, https }) => http !== undefined || https !== undefined,
    'must have http, https or both: the addresses of the proxy',
  );

/** The proxy, checked and with defaults. */
export type ParsedProxy = z.output<typeof proxy>;
