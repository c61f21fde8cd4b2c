#!/bin/bash
# Clusters that are given: a job's task names no capacity, so its cluster must have a default one. To be sourced, after
# service.sh.
set -euo pipefail

read -ra unchecked <<<"${GIVEN_CLUSTERS-}" || true

# shellcheck disable=SC2154 # answer is of service.sh
check_cluster() {
  local default
  ask_ecs describe-clusters --clusters "$1" || return 1
  if ! jq --exit-status '.clusters[0].status == "ACTIVE"' <<<"$answer" >/dev/null 2>&1; then
    log "jobs can't start: there is no active cluster $1"
    return 0
  fi
  default=$(jq --raw-output '[.clusters[0].defaultCapacityProviderStrategy[]?.capacityProvider] | join(", ")' <<<"$answer")
  if [[ -z $default ]]; then
    say_way_out "$1" '. Give it one'
  elif [[ ! $default =~ ^FARGATE(_SPOT)?(, FARGATE(_SPOT)?)*$ ]]; then
    say_way_out "$1" ": its default is $default, which tasks of Fargate don't run on. Give it one"
  elif [[ $default == *FARGATE_SPOT* ]]; then
    log "jobs in the cluster $1 may run on spot capacity: its default capacity provider strategy has FARGATE_SPOT"
  fi
}

# The command replaces the list of providers, so it names those that the cluster has.
say_way_out() {
  local providers
  providers=$(jq --raw-output '(.clusters[0].capacityProviders // []) - ["FARGATE", "FARGATE_SPOT"]
    + ["FARGATE", "FARGATE_SPOT"] | join(" ")' <<<"$answer")
  log "jobs can't start: the cluster $1 has no default capacity provider strategy$2:" \
    "aws ecs put-cluster-capacity-providers --cluster $1 --capacity-providers $providers" \
    '--default-capacity-provider-strategy capacityProvider=FARGATE,weight=1'
}

# Each until ECS has answered once.
check_clusters() {
  local cluster rest=()
  for cluster in "${unchecked[@]}"; do check_cluster "$cluster" || rest+=("$cluster"); done
  unchecked=("${rest[@]}")
}
