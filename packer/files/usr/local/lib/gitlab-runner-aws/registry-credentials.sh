#!/bin/bash
# Writes the credentials of registries to memory, for gitlab-runner: /root/.docker/config.json is a link to that file.
# To be sourced by the token loader, whose promises hold for them too: jq gets them by a pipe.
set -euo pipefail
unset -v entry entries # what came with the environment would be passed on to children

entry='' entries='' value=''

DOCKER_FILE=$RUN_DIR/docker.json
# shellcheck disable=SC2016 # variables of jq
CREDENTIALS='select(type == "object") | select([.username, .password] | all(type == "string" and . != ""))
  | select(.username | contains(":") | not) | {auths: {($registry): {auth: ("\(.username):\(.password)" | @base64)}}}'
# shellcheck disable=SC2016 # variables of jq
PRESENT='{auths: {($registry): (.auths[$registry] // empty)}}'

# Sets `entry` to what Docker's file has of one registry. Fails unless its secret is good.
load_registry() {
  local registry=$1 service=$2 id=$3 status=0 code outcome
  fetch "$service" "$id" || status=$?
  entry=''
  if ((status)); then
    error_code "$status"
    outcome="could not be read from $id ($code)"
    [[ $code == none ]] && outcome="no value yet in $id"
  else
    entry=$(printf '%s' "$value" | jq --compact-output --arg registry "$registry" "$CREDENTIALS" 2>/dev/null) || entry=''
    outcome="value of $id refused: not a JSON object with texts for username and password"
  fi
  if [[ -n $entry ]]; then
    log_change "registry $registry" "registry $registry: ok, credentials read from $id"
    return 0
  fi
  entry=$(jq --compact-output --arg registry "$registry" "$PRESENT" "$DOCKER_FILE" 2>/dev/null) || entry=''
  if [[ -n $entry ]]; then outcome+='; the present credentials stay'; else outcome+=': jobs pull without credentials'; fi
  log_change "registry $registry" "registry $registry: $outcome"
  return 1
}

# One look at all registries. Fails unless every one of their secrets is good. Jobs that need none run all the same.
look_at_registries() {
  local line registry service id good=0
  local -a sources
  entries=''
  mapfile -t sources <"$REGISTRIES"
  for line in "${sources[@]}"; do
    read -r registry service id <<<"$line"
    if [[ $service == ecr-login ]]; then
      entry="{\"credHelpers\":{\"$registry\":\"$service\"}}"
    else
      load_registry "$registry" "$service" "$id" || good=1
    fi
    entries+=$entry$'\n'
  done
  # shellcheck disable=SC2034 # the loader's `replace` writes it
  content=$(printf '%s' "$entries" | jq --slurp 'reduce .[] as $one ({}; . * $one)') || return 1
  if replace "$DOCKER_FILE"; then log "wrote $DOCKER_FILE: ${#sources[@]} registries"; fi
  return "$good"
}
