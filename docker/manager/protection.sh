#!/bin/bash
# Task scale-in protection: up while jobs run, so that neither a deployment nor a smaller service ends them.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html To be sourced.
set -euo pipefail

PROTECTION_MINUTES=60                # a manager that hangs holds up a deployment no longer
RENEW_SECONDS=${RENEW_SECONDS:-1200} # so that many minutes are left for other tries
IDLE_SECONDS=${IDLE_SECONDS:-30}     # without a job: a call for every job would be throttled

# At least, and three times that at most: all tasks of a service share the limit of such calls.
PROTECTION_RETRY_SECONDS=${PROTECTION_RETRY_SECONDS:-10}

wanted='' protected='' renew_at=0 idle_since='' refused='' retry_at=0

# No answer changes nothing.
look_at_jobs() {
  if ! ask_jobs; then
    log_change runner 'gitlab-runner does not answer: it starts, or waits for a token'
    return
  fi
  log_change runner 'gitlab-runner answers'
  if [[ -n $busy ]]; then
    wanted=1 idle_since=''
  else
    idle_since=${idle_since:-$SECONDS}
    ((SECONDS - idle_since < IDLE_SECONDS)) || wanted=''
  fi
}

protect() {
  if [[ -z $wanted ]]; then
    [[ -z $protected ]] || try_on lift_protection
  elif [[ -z $protected ]] || ((SECONDS >= renew_at)); then
    try_on raise_protection
  fi
}

# At once, and what was refused again after a while.
try_on() {
  if [[ $1 == "$refused" ]] && ((SECONDS < retry_at)); then return; fi
  if "$1"; then
    refused=''
  else
    refused=$1 retry_at=$((SECONDS + PROTECTION_RETRY_SECONDS + RANDOM % (2 * PROTECTION_RETRY_SECONDS + 1)))
  fi
}

raise_protection() {
  set_protection true "{\"ProtectionEnabled\":true,\"ExpiresInMinutes\":$PROTECTION_MINUTES}" || return 1
  protected=1 renew_at=$((SECONDS + RENEW_SECONDS))
  log_change protection 'this task is protected: jobs run'
}

lift_protection() {
  renew_at=0 # a call without an answer may have lifted it
  set_protection false '{"ProtectionEnabled":false}' || return 1
  protected=''
  log_change protection 'this task is no longer protected'
}

# A refusal comes with status 200 too.
set_protection() {
  local answer reason
  [[ -n ${ECS_AGENT_URI-} ]] || { log_change protection 'no protection: ECS_AGENT_URI is not set' && return 1; }
  answer=$("${CURL[@]}" --max-time 10 -X PUT -H 'Content-Type: application/json' --data "$2" \
    "$ECS_AGENT_URI/task-protection/v1/state") || answer=''
  jq --exit-status ".protection.ProtectionEnabled == $1" <<<"$answer" >/dev/null 2>&1 && return
  reason=$(jq --raw-output '.error.Code // .failure.Reason // empty' <<<"$answer" 2>/dev/null) || reason=''
  log_change protection "the protection of this task was not set to $1, trying on: ${reason:-no answer}"
  return 1
}
