import type { Fleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import { accountPlaceholder, cacheBucketName } from './cache-toml';

/** The mirror of Docker Hub that a manager runs for its workers. */

/** Settings of the registry, as JSON, which YAML contains. @see https://distribution.github.io/distribution/about/configuration/ */
interface RegistryJson {
  readonly version: '0.1';
  readonly log: {
    readonly level: 'info';
    readonly formatter: 'json';
    readonly accesslog: { readonly disabled: true };
  };
  readonly storage: {
    readonly s3: { readonly region: string; readonly bucket: string; readonly rootdirectory: string };
    readonly maintenance: { readonly uploadpurging: { readonly enabled: false } };
  };
  readonly http: { readonly addr: string };
  readonly proxy: { readonly remoteurl: string; readonly ttl: '0s' };
}

/** Whose mirror it is. */
interface Owner {
  /** Name in the model. */
  readonly name: string;
  /** `<project>-<environment>-<fleet>`. */
  readonly awsName: string;
}

/** Whether the manager of a fleet runs one: each that has workers, where the environment wants that. */
export const runsRegistry = (
  { registryMirror }: Pick<Environment, 'registryMirror'>,
  { type }: Pick<Fleet, 'type'>,
): boolean => (type === 'docker-autoscaler' || type === 'docker-machine') && registryMirror?.type === 'own';

/** The port on which managers serve it. */
export const registryPort = 5000;

/** Its name, which the VPC knows. */
export const registryHost = ({ awsName }: Pick<Owner, 'awsName'>): string => `registry.${awsName}.internal`;

/** Its folder in the bucket of the cache: no fleet's name begins so. */
export const registryFolder = ({ name }: Pick<Owner, 'name'>): string => `_registry/${name}`;

/**
 * Its settings. S3 deletes what is old, images and unfinished uploads alike, so it does not itself; without a memory of
 * its own for what is stored, it sees that. Credentials for Docker Hub would be `username` and `password` of `proxy`, put
 * here by what starts it: they don't belong into user data.
 */
export function renderRegistry({ cache, aws }: Pick<Environment, 'cache' | 'aws'>, owner: Owner): string {
  // The model refuses such a mirror without a cache.
  const bucket = cache === undefined ? '' : cacheBucketName(cache, aws.accountId ?? accountPlaceholder);
  const settings: RegistryJson = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: {
      s3: { region: aws.region, bucket, rootdirectory: `/${registryFolder(owner)}` },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `:${registryPort}` },
    proxy: { remoteurl: 'https://registry-1.docker.io', ttl: '0s' },
  };
  return `${JSON.stringify(settings)}\n`;
}
