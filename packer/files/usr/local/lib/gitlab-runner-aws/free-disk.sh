#!/bin/bash
# Makes room where Docker keeps its files, of what no container uses. Never by force: what is in use Docker refuses.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

FULL_PERCENT=${FULL_PERCENT:-80} # of bytes or inodes
ENOUGH_PERCENT=${ENOUGH_PERCENT:-70}
YOUNG_MINUTES=60 # what is new or was used since a job may be about to start
SEEN_DIR=${SEEN_DIR:-/run/gitlab-runner-aws}

full=0

measure() {
  local bytes inodes
  read -r bytes inodes < <(df --output=pcent,ipcent "$root" | tail -n 1 | tr -d '%-')
  full=$((bytes > ${inodes:-0} ? bytes : ${inodes:-0}))
}

enough() { measure && ((full <= ENOUGH_PERCENT)); }

# Docker doesn't know when a thing was last used or pulled. So each run notes what is new or in use, as times of empty
# files in memory.
note() {
  local folder=$SEEN_DIR/$1 all=$2 used=$3 name
  mkdir -p "$folder"
  for name in $all; do [[ -e $folder/$name ]] || : >"$folder/$name"; done
  for name in $used; do [[ ! -e $folder/$name ]] || touch "$folder/$name"; done
  for name in "$folder"/*; do [[ $'\n'$all$'\n' == *$'\n'"${name##*/}"$'\n'* ]] || rm -f "$name"; done
}

# Oldest use first.
unused() { find "$SEEN_DIR/$1" -type f -mmin "+$YOUNG_MINUTES" -printf '%T@ %f\n' | sort -n | cut -d ' ' -f 2; }

ids() { sed 's/^sha256://' | sort -u; }

# Images of containers, and those that jobs pulled. Some may be gone meanwhile.
used_images() {
  {
    docker container ls --all --quiet | xargs -r docker container inspect --format '{{.Image}}'
    docker events --since "${YOUNG_MINUTES}m" --until "$(date +%s)" --filter type=image --filter event=pull \
      --format '{{.Actor.ID}}' | sort -u | xargs -r docker image inspect --format '{{.Id}}'
  } 2>/dev/null | ids || true
}

remove_each() {
  local name said
  while ! enough && IFS= read -r name; do
    if said=$("$@" "$name" 2>/dev/null); then log "at $full %, removed ${said%%$'\n'*}"; fi
  done
}

# By all its names: by its id that takes force.
remove_image() {
  local names
  names=$(docker image inspect --format '{{range .RepoTags}}{{.}} {{else}}{{range .RepoDigests}}{{.}} {{end}}{{end}}' \
    "$1") || return
  # shellcheck disable=SC2086 # names of images have no spaces
  docker image rm ${names:-$1}
}

# Not those that were loaded or built here: nobody could get them again.
pullable() {
  local image
  while IFS= read -r image; do
    [[ $(docker image inspect --format '{{len .RepoDigests}}' "$image" 2>/dev/null) == 0 ]] || printf '%s\n' "$image"
  done
}

nameless() {
  local names
  names=$(docker image ls --no-trunc --digests --filter dangling=true --format '{{.Digest}} {{.ID}}' |
    sed -n 's/^<none> sha256://p')
  unused images | grep -Fx "${names:-none}" || true
}

prune_cache() { docker builder prune --filter "until=${YOUNG_MINUTES}m" <<<y 2>&1 | tail -n 1 || true; }

free() {
  log "$root at $full %, more than $FULL_PERCENT %"
  remove_each remove_image < <(nameless)
  if ! enough; then log "at $full %, build cache: $(prune_cache)"; fi
  remove_each remove_image < <(unused images | pullable)
  remove_each docker volume rm < <(unused volumes)
  measure
  log "at $full %, done"
}

root=$(docker info --format '{{.DockerRootDir}}')
note images "$(docker image ls --quiet --no-trunc | ids)" "$(used_images)"
note volumes "$(docker volume ls --quiet)" "$(docker volume ls --quiet --filter dangling=false)"
measure
if ((full > FULL_PERCENT)); then free; fi
