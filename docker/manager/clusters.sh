#!/bin/bash
# Clusters that are given: a job's task names no capacity, so its cluster must have a default one. To be sourced, after
# service.sh.
set -euo pipefail

read -ra unchecked <<<"${GIVEN_CLUSTERS-}" || true

# shellcheck disable=SC2154 # answer is of service.sh
check_cluster() {
  ask_ecs describe-clusters --clusters "$1" || return 1
  if ! jq --exit-status '.clusters[0].status == "ACTIVE"' <<<"$answer" >/dev/null 2>&1; then
    log "jobs can't start: there is no active cluster $1"
  elif ! jq --exit-status '.clusters[0].defaultCapacityProviderStrategy | length > 0' <<<"$answer" >/dev/null 2>&1; then
    log "jobs can't start: the cluster $1 has no default capacity provider strategy. Give it one:" \
      "aws ecs put-cluster-capacity-providers --cluster $1 --capacity-providers FARGATE FARGATE_SPOT" \
      '--default-capacity-provider-strategy capacityProvider=FARGATE,weight=1'
  fi
}

# Each until ECS has answered once.
check_clusters() {
  local cluster rest=()
  for cluster in "${unchecked[@]}"; do check_cluster "$cluster" || rest+=("$cluster"); done
  unchecked=("${rest[@]}")
}
