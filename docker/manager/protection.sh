#!/bin/bash
# Task scale-in protection: up while jobs run, so that neither a deployment nor a smaller service ends them.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html To be sourced.
set -euo pipefail

PROTECTION_MINUTES=60                # a manager that hangs holds up a deployment no longer
RENEW_SECONDS=${RENEW_SECONDS:-1200} # so that many minutes are left for other tries
IDLE_SECONDS=${IDLE_SECONDS:-30}     # without a job: a call for every job would be throttled

wanted='' protected='' renew_at=0 idle_since=''

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
    [[ -z $protected ]] || lift_protection
  elif [[ -z $protected ]] || ((SECONDS >= renew_at)); then
    raise_protection
  fi
}

raise_protection() {
  if set_protection true "{\"ProtectionEnabled\":true,\"ExpiresInMinutes\":$PROTECTION_MINUTES}"; then
    protected=1 renew_at=$((SECONDS + RENEW_SECONDS))
    log_change protection 'this task is protected: jobs run'
  fi
}

lift_protection() {
  if set_protection false '{"ProtectionEnabled":false}'; then
    protected=''
    log_change protection 'this task is no longer protected'
  fi
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
