#!/bin/bash
# Adds to Docker's settings, before Docker starts, what user data says of them. Of lists that both have, this
# environment's part comes first. May be run again: nothing is added twice.
set -euo pipefail

SETTINGS=${SETTINGS:-/etc/gitlab-runner-aws/docker.json}
DAEMON=${DAEMON:-/etc/docker/daemon.json}
# shellcheck disable=SC2016 # variables of jq
MERGE='. as [$image, $own] | $image * ($own | with_entries(
  if .value | type == "array" then .value += (($image[.key] // []) - .value) else . end))'

[[ -e $SETTINGS ]] || exit 0
new=$(mktemp "$DAEMON.XXXXXX")
trap 'rm -f "$new"' EXIT
{ if [[ -s $DAEMON ]]; then cat "$DAEMON"; else echo '{}'; fi && cat "$SETTINGS"; } | jq --slurp "$MERGE" >"$new"
chmod 0644 "$new"
mv "$new" "$DAEMON"
