#!/bin/bash
# gitlab-runner as a process: its start, its jobs, its end. To be sourced.
set -euo pipefail

DRAIN_TIMEOUT_SECONDS=${DRAIN_TIMEOUT_SECONDS:-86400}
PROGRESS_SECONDS=${PROGRESS_SECONDS:-60}
# ECS kills 120 s after its TERM, if the task definition says so: these three come one after the other.
STOP_SECONDS=${STOP_SECONDS:-85}             # for jobs
ABORT_SECONDS=${ABORT_SECONDS:-12}           # to tell GitLab, and to stop the tasks of the jobs
UNREGISTER_SECONDS=${UNREGISTER_SECONDS:-12} # for GitLab's answers
CURL=(curl --silent --noproxy '*' --max-time 2)

runner='' jobs='' busy='' status=0

is_running() { [[ -n $1 ]] && kill -0 "$1" 2>/dev/null; }

# Starts a command of its own process group as `started`. Without job control bash has it ignore QUIT and INT.
start() {
  set -m
  "$@" &
  started=$!
  set +m
}

# Waits by itself until there are runners in its config.toml.
start_runner() {
  start gitlab-runner --log-format json run --config "$RUN_DIR/config.toml"
  runner=$started
}

# To its main process only: a signal for the group would end the driver under its jobs.
signal_runner() { kill "-$1" "$runner" 2>/dev/null || true; }

# Sets `busy`, and `jobs` to their addresses, which hold no credentials. Fails without an answer.
ask_jobs() {
  local page
  page=$("${CURL[@]}" --fail "http://127.0.0.1:$METRICS_PORT/debug/jobs/list") || return 1
  jobs=$(sed -n 's/^url=\([^ ]*\) .*duration=\(.*\)/\1 (\2)/p' <<<"$page" | paste -sd ' ')
  busy=''
  if [[ $page =~ [^[:space:]] ]]; then busy=1; fi
}

say_jobs() {
  ask_jobs || jobs='gitlab-runner does not answer'
  log "$1: ${jobs:-none}"
}

runner_status() {
  status=0
  wait "$runner" || status=$?
}

# This manager only, on a copy: gitlab-runner rewrites the file, and ends with 0 whatever GitLab says.
unregister() {
  local copy output runners removed
  [[ -e $RUN_DIR/config.toml ]] || { log 'nothing to unregister, no config.toml' && return; }
  copy=$(mktemp -d "$RUN_DIR/.unregister.XXXXXX") && cp "$RUN_DIR/config.toml" "$copy" || return
  if [[ -e $RUN_DIR/.runner_system_id ]]; then cp "$RUN_DIR/.runner_system_id" "$copy"; fi
  runners=$(grep -c '^\[\[runners\]\]' "$copy/config.toml") || true
  output=$(timeout "$UNREGISTER_SECONDS" gitlab-runner --log-format json unregister --all-runners \
    --config "$copy/config.toml" 2>&1) || true
  rm -rf -- "$copy"
  removed=$(grep -c 'from GitLab succeeded' <<<"$output") || true
  log "unregistered this manager from $removed of $runners runners"
  ((removed == runners)) || say_refusals "$output"
}

# Its lines hold parts of tokens.
say_refusals() {
  local words
  words=$(grep -oE 'GitLab (forbidden|client error|failed)' <<<"$1" | sort -u | paste -sd ',') || true
  log "not unregistered: ${words:-no answer}. GitLab removes it after a week"
}
