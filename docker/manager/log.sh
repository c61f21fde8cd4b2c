#!/bin/bash
# How the manager's scripts speak: lines on stdout, which ECS takes to CloudWatch. To be sourced.
set -euo pipefail

declare -A said=()

# A log that nobody takes must not end what writes to it.
log() { printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$*" 2>/dev/null || true; }

# Says a thing about a subject only when it is not what was said of it last.
log_change() {
  [[ ${said[$1]-} == "$2" ]] && return
  said[$1]=$2
  log "$2"
}

die() {
  log "$*"
  exit 1
}
