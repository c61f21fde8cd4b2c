import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { quoted } from './quoted';

/**
 * A `packer` that refuses an unmodified build. Only a build is looked at; everything else, and a build that may run,
 * is Packer itself.
 */
export const packerGuard = (packer: string): string => {
  const loader = pathToFileURL(require.resolve('tsx')).href;
  const check = [process.execPath, '--import', loader, join(__dirname, 'packer-build-check.ts')];
  return `#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    -*) ;;
    build) ${check.map(quoted).join(' ')} "$@" || exit 1; break ;;
    *) break ;;
  esac
done
exec ${quoted(packer)} "$@"
`;
};
