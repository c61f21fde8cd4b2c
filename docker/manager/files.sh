#!/bin/bash
# Writes the files that the task definition carries: MANAGER_FILES, base64 of gzip of a JSON object. To be sourced.
set -euo pipefail

FILES_DIR=${FILES_DIR:-/etc/gitlab-runner}
# A plain name can't lead out of the folder. \A and \z: `$` would let a line end pass.
FILES_RULE='length == 1 and (.[0] | type == "object" and has("config.template.toml") and all(to_entries[];
  (.key | test("\\A[A-Za-z0-9][A-Za-z0-9._-]*\\z")) and (.value | type == "string")))'

# In the driver's settings a value such as "@subnet@" stands for what is made for the jobs, known only at apply.
# shellcheck disable=SC2016 # variables of jq
PLACE='" = \"\($placeholder)\"\n" as $place | with_entries(
  if (.key | test("\\Afargate-.*\\.toml\\z") | not) or (.value | contains($place) | not) then .
  elif $id == "" then "\(.key) has \($placeholder), and \($variable) is not set" | halt_error
  else .value |= (split($place) | join(" = \"\($id)\"\n")) end)'

# Puts the id in an environment variable into `files`, in place of a placeholder.
place_id() {
  local placeholder=$1 variable=$2 prefix=$3 what=$4 id=${!2-}
  [[ -z $id || $id =~ ^$prefix-[0-9a-f]{8,17}$ ]] || die "$variable is not the id of a $what: ${id@Q}"
  files=$(jq --arg placeholder "$placeholder" --arg variable "$variable" --arg id "$id" "$PLACE" <<<"$files" 2>&1) ||
    die "$files"
}

# The same for the address at which GitLab finds this task's sessions, which only ECS knows.
place_address() {
  local address place='advertise_address = "@private-address@'
  jq --exit-status --arg place "$place" '."config.template.toml" | contains($place)' <<<"$files" >/dev/null || return 0
  address=$("${CURL[@]}" --fail "${ECS_CONTAINER_METADATA_URI_V4-}" | jq --raw-output '.Networks[0].IPv4Addresses[0]') ||
    address=''
  [[ $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] ||
    die 'the task metadata endpoint does not tell the private address, at which GitLab finds sessions'
  files=$(jq --arg place "$place" --arg address "$address" \
    '."config.template.toml" |= (split($place) | join("advertise_address = \"\($address)"))' <<<"$files")
}

# All or none.
write_files() {
  local files name
  files=$(base64 -d <<<"${MANAGER_FILES-}" 2>/dev/null | gzip -d 2>/dev/null) ||
    die 'MANAGER_FILES is not base64 of gzip'
  jq --slurp --exit-status "$FILES_RULE" <<<"$files" >/dev/null 2>&1 ||
    die 'MANAGER_FILES is not a JSON object of plain file names and texts with config.template.toml in it'
  place_id @security-group@ WORKERS_SECURITY_GROUP sg 'security group'
  place_id @subnet@ WORKERS_SUBNET subnet subnet
  place_address
  while IFS= read -r name; do
    jq --join-output --arg name "$name" '.[$name]' <<<"$files" >"$FILES_DIR/$name"
    log "wrote $FILES_DIR/$name"
  done < <(jq --raw-output 'keys[]' <<<"$files")
  unset MANAGER_FILES # it would travel to every child
}
