import { readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';

/** A file as it is carried to a machine. */
export interface ProvisioningFile {
  /** Path inside the provisioning folder, with slashes. */
  readonly path: string;
  /** `0755` for what is run, else `0644`: the umask of whoever cloned the repository must not matter. */
  readonly mode: '0755' | '0644';
  /** Content. */
  readonly bytes: Buffer;
}

/** A file of the repository, under the path that it has on the way to the machine. */
export const readAs = (repository: string, source: string, path: string): ProvisioningFile => {
  const bytes = readFileSync(join(repository, source));
  return {
    path,
    mode: path.endsWith('.sh') || bytes.subarray(0, 2).toString() === '#!' ? '0755' : '0644',
    bytes,
  };
};

/** Every file under a folder of the repository, sorted, with its path from there; not what editors and desktops hide. */
export function listTree(repository: string, folder: string): string[] {
  const walk = (inner: string): string[] =>
    readdirSync(join(repository, folder, inner))
      .filter((name) => !name.startsWith('.'))
      .map((name) => (inner === '' ? name : `${inner}/${name}`))
      .flatMap((path) => (statSync(join(repository, folder, path)).isDirectory() ? walk(path) : [path]));
  return walk('').sort();
}
