#!/bin/bash
# The manager of a Fargate fleet. Starts gitlab-runner and the token loader, and looks after them until the service
# replaces this task, ECS stops it, or gitlab-runner ends.
set -euo pipefail
umask 077
ulimit -c 0 # no token in a core dump

HERE=$(dirname "${BASH_SOURCE[0]}")
RUN_DIR=${RUN_DIR:-/dev/shm/gitlab-runner} # in memory: what holds tokens and keys
JOBS_SECONDS=${JOBS_SECONDS:-1}            # a job is without protection no longer than that
RESTART_SECONDS=${RESTART_SECONDS:-30}
METRICS_PORT=${METRICS_PORT:-9252}
: "${ECS_CLUSTER:?}" "${ECS_SERVICE:?}"
# shellcheck source=docker/manager/log.sh
. "$HERE/log.sh"
# shellcheck source=docker/manager/files.sh
. "$HERE/files.sh"
# shellcheck source=docker/manager/runner.sh
. "$HERE/runner.sh"
# shellcheck source=docker/manager/protection.sh
. "$HERE/protection.sh"
# shellcheck source=docker/manager/service.sh
. "$HERE/service.sh"
# shellcheck source=docker/manager/clusters.sh
. "$HERE/clusters.sh"

stopping='' draining='' child='' loader='' watcher='' started='' next_start=0 next_progress=0

# Sleeps so that a signal ends it at once.
pause() {
  sleep "$1" &
  child=$!
  wait "$child" || true
  child=''
}

load_tokens() {
  RUN_DIR=$RUN_DIR TEMPLATE=$FILES_DIR/config.template.toml RETRY_SECONDS=${TOKEN_RETRY_SECONDS:-30} \
    REFRESH_SECONDS=${TOKEN_REFRESH_SECONDS:-45} exec bash "$HERE/load-tokens.sh" "$@"
}

# What ended is started again, as systemd does on a machine.
keep_up() {
  ((SECONDS >= next_start)) || return 0
  next_start=$((SECONDS + RESTART_SECONDS))
  if ! is_running "$loader"; then start load_tokens && loader=$started; fi
  if ! is_running "$watcher"; then start watch_service && watcher=$started; fi
}

tick() {
  [[ -n $draining ]] || look_at_jobs
  protect
  keep_up
  : >"$RUN_DIR/.looked" || true # for the health check
  pause "$JOBS_SECONDS"
}

progress() {
  ((SECONDS >= next_progress)) || return 0
  next_progress=$((SECONDS + PROGRESS_SECONDS))
  say_jobs 'waiting for jobs'
}

# Protected also when idle: a job may have come since the last look.
drain() {
  local limit=$((SECONDS + DRAIN_TIMEOUT_SECONDS))
  log "another deployment replaces this manager: no new jobs, at most $DRAIN_TIMEOUT_SECONDS s for those that run"
  draining=1 wanted=1 refused=''
  protect
  signal_runner QUIT
  while is_running "$runner" && [[ -z $stopping ]] && ((SECONDS < limit)); do
    progress
    tick
  done
  if [[ -n $stopping ]]; then stop; else abort; fi
}

# Waits for gitlab-runner, but not for longer.
wait_for_runner() {
  local limit=$((SECONDS + $1))
  while is_running "$runner" && ((SECONDS < limit)); do pause "$JOBS_SECONDS"; done
}

# ECS has sent TERM.
stop() {
  is_running "$runner" || return 0
  say_jobs "ECS stops this task, $STOP_SECONDS s for the jobs that run"
  signal_runner QUIT
  wait_for_runner "$STOP_SECONDS"
  abort
}

# With TERM, GitLab is told that the jobs failed, and the driver stops their tasks.
abort() {
  is_running "$runner" || return 0
  say_jobs 'not finished in time, these jobs fail'
  signal_runner TERM
  wait_for_runner "$ABORT_SECONDS"
}

end_group() { if is_running "$1"; then kill -- "-$1" 2>/dev/null || true; fi; }

finish() {
  end_group "$watcher"
  end_group "$loader"
  if is_running "$runner"; then signal_runner KILL; fi
  if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; fi
}

serve() {
  while is_running "$runner" && [[ -z $stopping && ! -e $REPLACED ]]; do tick; done
  if ! is_running "$runner"; then
    runner_status
    log "gitlab-runner ended by itself with status $status"
  elif [[ -n $stopping ]]; then
    stop
  else
    drain
  fi
}

main() {
  trap finish EXIT
  trap 'stopping=1' TERM INT
  write_files
  mkdir -p "$METADATA_DIR"
  rm -f "$REPLACED"
  # gitlab-runner opens its ports by the file that it finds when it starts.
  (load_tokens --first)
  start_runner
  serve
  unregister || log 'unregistering failed, going on'
  # Not when ECS stops the task: it asks for no protection then, and there is no time to lose.
  if [[ -n $protected && -z $stopping ]]; then lift_protection || true; fi
  return "$status"
}

main
