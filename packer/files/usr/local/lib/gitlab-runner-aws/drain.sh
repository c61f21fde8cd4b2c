#!/bin/bash
# Lets this machine end without killing a job. As a service it waits for the Auto Scaling group or EC2 (spot) to end it.
# For operators: --keep drains and leaves the machine, --replace and --shrink have the group end it, with or without
# another one in its place.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

RUN_DIR=${RUN_DIR:-/run/gitlab-runner}
STATE_DIR=${STATE_DIR:-/var/lib/gitlab-runner-aws}
DRAIN_TIMEOUT_SECONDS=${DRAIN_TIMEOUT_SECONDS:-86400}
LOOK_SECONDS=${LOOK_SECONDS:-5}
PROGRESS_SECONDS=60
HEARTBEAT_SECONDS=600 # the hook waits 3600 s for one
RETRY_SECONDS=30
MOST_SECONDS=172500 # the group waits 48 hours, and counts from before we do
CONFIG_SECONDS=120
RECLAIM_SECONDS=15 # a line needs some seconds to CloudWatch
UNIT=gitlab-runner.service
DRAINING=$STATE_DIR/draining # since when; keeps gitlab-runner from starting
DRAINED=$STATE_DIR/drained

now=0 began=0 resumed='' terminated='' reclaim='' warned='' killed='' answer='' error='' child='' copy=''
next_progress=0 next_heartbeat=0

finish() {
  if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; fi
  rm -rf -- ${copy:+"$copy"}
}

# Sleeps so that a signal ends it at once.
pause() {
  sleep "$1" &
  child=$!
  wait "$child" || true
  child=''
  now=$(date +%s)
}

utc() { date -u -d "@$1" +%FT%TZ; }

# A question without an answer changes nothing.
look() {
  if ask autoscaling/target-lifecycle-state && see_state && ask spot/instance-action && see_notice; then
    [[ -z ${said[metadata]-} ]] || log_change metadata 'the metadata service answers again'
  else
    log_change metadata 'the metadata service does not answer'
  fi
}

see_state() {
  [[ $answer == Terminated && -z $terminated ]] || return 0
  terminated=1
  log 'the Auto Scaling group ends this instance'
}

see_notice() {
  [[ -n $answer && -z $reclaim ]] || return 0
  reclaim=$((now + 120))
  if [[ $answer =~ \"time\":\ *\"([0-9TZ:-]+)\" ]]; then reclaim=$(date -d "${BASH_REMATCH[1]}" +%s || echo "$reclaim"); fi
  log "EC2 takes this spot instance at $(utc "$reclaim")"
}

mark() {
  [[ -e $DRAINING ]] && return
  rm -f "$DRAINED"
  date +%s >"$DRAINING"
}

begin() {
  mark || log "$DRAINING can't be written: a reboot would end the drain"
  began=$(cat "$DRAINING") || true
  [[ $began =~ ^[0-9]+$ ]] || began=$now
  log "draining since $(utc "$began"): no new jobs, at most $DRAIN_TIMEOUT_SECONDS s for those that run"
}

# Addresses of jobs hold no credentials.
say_jobs() {
  local list
  list=$("${CURL[@]}" --fail "http://127.0.0.1:${METRICS_PORT:-9252}/debug/jobs/list" |
    sed -n 's/^url=\([^ ]*\) .*duration=\(.*\)/\1 (\2)/p' | paste -sd ' ') || list='gitlab-runner does not answer'
  log "$1: ${list:-none}"
}

progress() {
  ((now >= next_progress)) || return 0
  next_progress=$((now + PROGRESS_SECONDS))
  say_jobs 'waiting for jobs'
}

warn_of_reclaim() {
  [[ -n $reclaim && -z $warned ]] && ((now >= reclaim - RECLAIM_SECONDS)) || return 0
  warned=1
  say_jobs 'EC2 takes this instance now, with jobs'
}

# A spot instance is gone before it would matter.
heartbeat() {
  [[ -n $terminated ]] && ((now >= next_heartbeat && now >= ${reclaim:-0})) || return 0
  if lifecycle record-lifecycle-action-heartbeat "${TERMINATION_HOOK-}"; then
    next_heartbeat=$((now + HEARTBEAT_SECONDS))
    log_change heartbeat 'heartbeat: the Auto Scaling group waits'
  else
    next_heartbeat=$((now + RETRY_SECONDS))
    log_change heartbeat "no heartbeat, trying on: $error"
  fi
}

# With QUIT, see the unit, and once, however often it is asked.
stop_taking_jobs() {
  systemctl --no-block stop "$UNIT" || log_change stop "$UNIT was not stopped, trying on"
}

kill_runner() {
  [[ -n $killed ]] || say_jobs "$DRAIN_TIMEOUT_SECONDS s are over, $UNIT is killed, with jobs"
  killed=1
  systemctl kill --signal=SIGKILL "$UNIT" || true
}

# Where destroying waits for no jobs, but machines must go before their manager. A group that is destroyed has room for
# none; no answer means that it isn't.
is_destroyed() {
  [[ -n ${FORCE_DELETE-} ]] || return 1
  local most
  most=$(timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text autoscaling \
    describe-auto-scaling-groups --auto-scaling-group-names "${AUTO_SCALING_GROUP-}" \
    --query 'AutoScalingGroups[].MaxSize' 2>/dev/null) && [[ $most == 0 ]]
}

# No answer of systemctl is no end.
wait_for_jobs() {
  local state='' limit=$((began + (DRAIN_TIMEOUT_SECONDS < MOST_SECONDS ? DRAIN_TIMEOUT_SECONDS : MOST_SECONDS)))
  while true; do
    [[ $state == deactivating ]] || stop_taking_jobs
    state=$(systemctl is-active "$UNIT") || true
    [[ $state != inactive && $state != failed ]] || { log "$UNIT has ended" && return; }
    if ((now < limit)) && is_destroyed; then
      DRAIN_TIMEOUT_SECONDS=0 limit=$now
      log 'the fleet is destroyed, with forceDelete: its jobs are not waited for'
    fi
    ((now < limit)) || kill_runner
    ((now < limit + RETRY_SECONDS)) || { log "$UNIT can't be killed, going on" && return; }
    progress
    warn_of_reclaim
    heartbeat
    pause "$LOOK_SECONDS"
    look
  done
}

# Those that gitlab-runner has left; they end before their manager does, and with it what is known of them.
remove_machines() {
  [[ -n ${MACHINE_STORAGE_PATH-} ]] || return 0
  "$(dirname "${BASH_SOURCE[0]}")/machines.sh" --remove || log 'removing machines failed, going on'
}

# Written anew after a reboot.
wait_for_config() {
  local limit=$((now + CONFIG_SECONDS))
  while [[ -n $resumed && ! -e $RUN_DIR/config.toml ]] && ((now < limit)); do
    pause "$LOOK_SECONDS"
    look
  done
}

# This manager only. gitlab-runner rewrites the file, and ends with 0 whatever GitLab says.
unregister() {
  local output runners removed
  [[ -e $RUN_DIR/config.toml ]] || { log "nothing to unregister, no config.toml" && return; }
  rm -rf -- "$RUN_DIR"/.unregister.*
  copy=$(mktemp -d "$RUN_DIR/.unregister.XXXXXX") && cp "$RUN_DIR/config.toml" "$copy" || return
  # After a reboot gitlab-runner makes the same one anew.
  if [[ -e $RUN_DIR/.runner_system_id ]]; then cp "$RUN_DIR/.runner_system_id" "$copy"; fi
  runners=$(grep -c '^\[\[runners\]\]' "$copy/config.toml") || true
  output=$(timeout "$CALL_SECONDS" gitlab-runner --log-format json unregister --all-runners \
    --config "$copy/config.toml" 2>&1) || true
  rm -rf -- "$copy"
  removed=$(grep -c 'from GitLab succeeded' <<<"$output") || true
  log "unregistered this manager from $removed of $runners runners"
  ((removed == runners)) || say_refusals "$output"
}

# Its lines hold parts of tokens.
say_refusals() {
  local words
  words=$(grep -oE 'GitLab (forbidden|client error|failed)' <<<"$1" | sort | uniq -c | xargs) || true
  log "not unregistered: ${words:-no answer}. GitLab removes it after a week"
}

drain() {
  begin
  wait_for_jobs
  if [[ ! -e $DRAINED ]]; then
    remove_machines
    wait_for_config
    unregister || log 'unregistering failed, going on'
    : >"$DRAINED" || true
  fi
}

# The instance may not be in the hook yet.
complete_termination() {
  until complete_action "${TERMINATION_HOOK-}"; do
    log_change complete "the termination is not completed, trying on: $error"
    pause "$RETRY_SECONDS"
  done
  log 'completed: the Auto Scaling group ends this instance now'
}

serve() {
  log 'looking for the end of this instance'
  [[ ! -e $DRAINING ]] || resumed=1
  look
  # By a mark of an operator, or from before a reboot.
  until [[ -n $terminated || -n $reclaim || -e $DRAINING ]]; do
    pause "$LOOK_SECONDS"
    look
  done
  drain
  until [[ -n $terminated ]]; do
    log_change idle 'drained, until somebody ends this machine'
    pause "$LOOK_SECONDS"
    look
  done
  complete_termination
}

keep() {
  mark
  systemctl start gitlab-runner-drain.service
  until [[ -e $DRAINED ]]; do
    progress
    pause "$LOOK_SECONDS"
  done
  log 'drained, also after a reboot'
}

terminate() {
  autoscaling terminate-instance-in-auto-scaling-group "$1" || { log "the group doesn't end it: $error" >&2 && exit 1; }
  log 'the Auto Scaling group ends this instance after its jobs'
}

trap finish EXIT
trap 'exit 0' TERM INT
now=$(date +%s)
case ${1-} in
  '') serve ;;
  --keep) keep ;;
  --replace) terminate --no-should-decrement-desired-capacity ;;
  --shrink) terminate --should-decrement-desired-capacity ;;
  *) log "unknown: $1; --keep, --replace or --shrink" >&2 && exit 2 ;;
esac
