#!/bin/bash
# What ECS has to be asked: whether another deployment takes the place of this task's, and to tag the tasks of the
# jobs. In a process of its own, since an AWS that doesn't answer must not hold up the protection. To be sourced.
set -euo pipefail

METADATA_DIR=$RUN_DIR/metadata # the driver's: a file for each job that runs, with the private key of its task
REPLACED=$RUN_DIR/replaced     # there once this manager has to go
LOOK_SECONDS=${LOOK_SECONDS:-30}
STEADY_LOOKS=${STEADY_LOOKS:-10} # five minutes: the health check needs four to end a manager that looks after nothing
CALL_SECONDS=${CALL_SECONDS:-45}
TAG_SECONDS=${TAG_SECONDS:-30} # of a look
MANAGER_TAG=gitlab-runner-aws:manager
MOST_IN_TAG=256 # characters, a limit of ECS

# Answers `now` when the service wants no manager, or when another deployment is done. While the tasks of another one
# run, or can't start since this one is here, it answers with what must not change until this manager goes. Else it
# answers nothing: the managers stay when a deployment fails, and ECS takes it back.
# shellcheck disable=SC2016 # variables of jq
REPLACED_RULE='.services[0] as $service
  | ($service.deployments | map(select(.status == "PRIMARY"))[0]) as $primary
  | ($service.deployments | map(.runningCount + .pendingCount) | add) as $tasks
  | ($service.desiredCount * ($service.deploymentConfiguration.maximumPercent // 200) / 100 | floor) as $room
  | if $service.desiredCount == 0 then "now"
    elif $primary == null or $primary.id == $own then empty
    elif $primary.rolloutState == "COMPLETED" then "now"
    elif $primary.runningCount >= ([$service.desiredCount, $primary.desiredCount] | max)
      or ($primary.pendingCount == 0 and $tasks >= $room)
    then "\($primary.id) \($primary.runningCount) \($primary.failedTasks)" else empty end'

declare -A tagged=()
task='' deployment='' answer='' sign='' looks=0

# Sets `answer`. Without one everything stays as it is. In this group of processes, to end with it.
ask_ecs() {
  local errors=$RUN_DIR/.ecs-errors reason
  if answer=$(timeout --foreground "$CALL_SECONDS" aws --cli-connect-timeout 5 --cli-read-timeout 20 \
    --output json ecs "$@" 2>"$errors"); then
    log_change "$1" "ecs $1: answered"
    return
  fi
  reason=$(grep -m 1 . "$errors") || reason='no answer'
  log_change "$1" "ecs $1: $reason"
  return 1
}

# Sets `task` to the ARN of this one.
know_task() {
  [[ -z $task ]] || return 0
  task=$("${CURL[@]}" --fail "${ECS_CONTAINER_METADATA_URI_V4-}/task" | jq --exit-status --raw-output .TaskARN) ||
    { task='' && log_change task 'the task metadata endpoint does not answer' && return 1; }
}

# Sets `deployment` to the id of the one that started this task.
know_deployment() {
  [[ -z $deployment ]] || return 0
  ask_ecs describe-tasks --cluster "$ECS_CLUSTER" --tasks "$task" || return 1
  deployment=$(jq --exit-status --raw-output '.tasks[0].startedBy' <<<"$answer" 2>/dev/null) ||
    { deployment='' && log_change task 'ECS does not say which deployment started this task' && return 1; }
  log "this is $task of deployment $deployment"
}

# Tasks that start and end again look like ones that run, so one look is not enough.
is_replaced() {
  local before=$sign
  ask_ecs describe-services --cluster "$ECS_CLUSTER" --services "$ECS_SERVICE" || return 1
  sign=$(jq --raw-output --arg own "$deployment" "$REPLACED_RULE" <<<"$answer" 2>/dev/null) || sign=''
  if [[ $sign != "$before" ]]; then looks=0; fi
  [[ $sign == now ]] || { [[ -n $sign ]] && ((++looks >= STEADY_LOOKS)); }
}

# The driver sets no tags; by this one an orphan is known when its manager is gone. A file may be half written.
tag_workers() {
  local file worker limit=$((SECONDS + TAG_SECONDS))
  local -A present=()
  if ((${#task} > MOST_IN_TAG)); then say_too_long && return; fi
  for file in "$METADATA_DIR"/*.json; do
    worker=$(jq --exit-status --raw-output '.TaskARN | select(startswith("arn:"))' "$file" 2>/dev/null) || continue
    [[ -n ${tagged[$worker]-} ]] || tag_worker "$worker" || continue
    present[$worker]=1
  done
  tagged=()
  for worker in "${!present[@]}"; do tagged[$worker]=1; done
}

say_too_long() {
  log_change tag "the tasks of jobs are not tagged: the ARN of this task has ${#task} characters, a tag holds" \
    "$MOST_IN_TAG. The fleet's function ends them at the age of orphans.maxAgeHours: use a cluster with a shorter name"
}

# What there was no time for, the next look tags: many new jobs must not hold up the look at the service.
tag_worker() {
  ((SECONDS < limit)) || return 1
  ask_ecs tag-resource --resource-arn "$1" --tags "key=$MANAGER_TAG,value=$task" || return 1
  log "tagged $1, the task of a job"
}

look_at_service() {
  if know_task; then
    if [[ ! -e $REPLACED ]] && know_deployment && is_replaced; then : >"$REPLACED"; fi
    tag_workers
  fi
  check_clusters
}

watch_service() {
  while true; do
    look_at_service
    sleep "$LOOK_SECONDS"
  done
}
