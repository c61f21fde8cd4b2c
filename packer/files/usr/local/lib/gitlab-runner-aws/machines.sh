#!/bin/bash
# The machines of a manager of Docker Machine, as its store has them. --start makes the certificates for them and starts
# gitlab-runner, --list names them, for the audit of orphans, --remove takes away those that a drain has left.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

export HOME=${HOME:-/root} MACHINE_BUGSNAG_API_TOKEN=no-report # reports of crashes
STORE=${MACHINE_STORAGE_PATH:?}
REMOVE_SECONDS=${REMOVE_SECONDS:-900} # of the hour for which the group waits without a heartbeat
AT_ONCE=16

names() { find "$STORE/machines" -mindepth 1 -maxdepth 1 -type d -not -name '.*' -printf '%f\n'; }

# Machines that are the first at the same time would each make their own. Elsewhere, and moved when they are whole: what
# an interrupted boot leaves Docker Machine refuses.
certify() {
  local output new=$STORE.new
  if [[ -e $STORE/certs ]]; then log 'the certificates are there' && return; fi
  rm -rf -- "$new"
  output=$(MACHINE_STORAGE_PATH=$new docker-machine create --driver none --url localhost certificates 2>&1) ||
    { log "no certificates, docker-machine failed: ${output//$'\n'/ }" && return 1; }
  mkdir -p "$STORE/machines"
  mv -- "$new/certs" "$STORE/certs"
  rm -rf -- "$new"
  log 'made certificates'
}

# Not by force, which hides that a machine is still there, and forgets it.
remove() {
  local output
  if output=$(timeout "$CALL_SECONDS" docker-machine rm -y "$1" 2>&1); then
    log "removed $1"
  else
    log "$1 was not removed: ${output//$'\n'/ }"
  fi
}

# Ends instances that match a filter of EC2.
end_those_with() {
  local ids
  ids=$(timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text ec2 describe-instances \
    --filters "$1" Name=instance-state-name,Values=pending,running,stopping,stopped \
    --query 'Reservations[].Instances[].InstanceId' 2>&1) || { log "no answer, left to the audit: ${ids//$'\n'/ }" && return; }
  [[ -n $ids ]] || return 0
  # shellcheck disable=SC2086 # words
  if timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 ec2 terminate-instances \
    --instance-ids $ids >/dev/null 2>&1; then log "ended:" $ids; else log "not ended, left to the audit:" $ids; fi
}

# A machine that was being made when gitlab-runner ended is removed from the store as if it had never been: Docker Machine
# notes what it has started last. Its key is called like it, with five letters behind in some versions, and it has this
# manager as a tag.
end_forgotten() {
  local -a keys=("$@" "${@/%/-?????}")
  for ((; ${#keys[@]}; )); do
    end_those_with "Name=key-name,Values=$(IFS=, && echo "${keys[*]:0:200}")"
    keys=("${keys[@]:200}")
  done
  if ask instance-id && [[ -n $answer ]]; then end_those_with "Name=tag:gitlab-runner-aws:manager,Values=$answer"; fi
}

remove_all() {
  local list name
  list=$(names | sort)
  for name in $list; do
    while (($(jobs -rp | wc -l) >= AT_ONCE)); do wait -n || true; done
    ((SECONDS < REMOVE_SECONDS)) || break
    remove "$name" &
  done
  wait
  # shellcheck disable=SC2086 # words
  end_forgotten $list
  list=$(names | paste -sd ' ')
  if [[ -n $list ]]; then log "left to the audit of orphans: $list"; else log 'no machine is left'; fi
}

case ${1-} in
  --start)
    certify
    log 'starting gitlab-runner'
    systemctl start gitlab-runner.service
    ;;
  # Compressed, since an answer has at most 24,000 characters, and one that is cut off can't be read.
  --list) names | gzip | base64 -w 0 ;;
  --remove) remove_all ;;
  *) log "unknown: ${1-}; --start, --list or --remove" >&2 && exit 2 ;;
esac
