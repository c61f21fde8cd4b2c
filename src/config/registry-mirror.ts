import { z } from 'zod';

/** A mirror of Docker Hub, from which Docker pulls images of jobs before it asks Docker Hub itself. */

/** Docker takes no path, and asks without TLS only whom it is told to trust. */
const isMirrorUrl = (text: string): boolean =>
  /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?\/?$/.test(text) && URL.canParse(text);

const mirrorUrl = z
  .string()
  .refine(
    isMirrorUrl,
    'must be an https:// URL of a host, with its port if need be, and nothing else, such as https://mirror.acme.example',
  )
  .transform((text) => text.replace(/\/$/, ''));

/** The mirror of an environment. @see https://docs.docker.com/docker-hub/image-library/mirror/ */
export const registryMirror = z.discriminatedUnion('type', [
  z.strictObject({
    /** One on the manager of each fleet that has workers, for these alone, with the bucket of the cache behind it. */
    type: z.literal('own'),
  }),
  z.strictObject({
    /** One that exists. */
    type: z.literal('url'),
    /** Its address. */
    url: mirrorUrl,
  }),
]);

/** The mirror, checked. */
export type RegistryMirror = z.output<typeof registryMirror>;
