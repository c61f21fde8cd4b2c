import { quoted } from './quoted';

/**
 * A `docker` that answers which one it is, and nothing else: the registries of the emulated AWS have the addresses of
 * real ones, and a build fetches what it is based on. Not even that is asked of an engine elsewhere.
 */
export const dockerGuard = (docker: string): string => `#!/bin/sh
refuse() {
  printf 'docker %s is refused on the emulated AWS: %s.\\n' "$1" "$2" >&2
  exit 1
}
case "$1 $2" in
  '--version ' | 'buildx version') ;;
  'version '*)
    engine=$(${quoted(docker)} context inspect --format '{{.Endpoints.docker.Host}}') || exit
    case "$engine" in
      unix://* | npipe://*) ;;
      *) refuse version "its engine is not on this machine but at $engine" ;;
    esac
    ;;
  *) refuse "$1" 'its registries have the addresses of real ones. What can be checked here is checked by npm run docker:build -- <environment> --dry-run' ;;
esac
exec ${quoted(docker)} "$@"
`;
