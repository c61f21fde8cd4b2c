#!/bin/bash
# Starts gitlab-runner once no other instance of this group is left. A manager's state is on its disk: another one
# beside it would end workers that run its jobs. Nothing but the other one's end ends this wait.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

STATE_DIR=${STATE_DIR:-/var/lib/gitlab-runner-aws}
LOOK_SECONDS=${LOOK_SECONDS:-10}
ALONE=$STATE_DIR/alone # had its turn: a reboot does not end it

others='' answer='' error=''

# Sets `others` to the instances of the group besides this one, with their states. No answer, or one without this
# instance, says nothing.
look() {
  local text
  error='the metadata service does not answer'
  if [[ -z $instance ]]; then ask instance-id && instance=$answer || return 1; fi
  text=$(timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text autoscaling \
    describe-auto-scaling-groups --auto-scaling-group-names "${AUTO_SCALING_GROUP-}" \
    --query 'AutoScalingGroups[].Instances[].[InstanceId,LifecycleState]' 2>&1) || { error=${text//$'\n'/ } && return 1; }
  error="$AUTO_SCALING_GROUP does not have this instance yet"
  [[ $'\n'$text == *$'\n'"$instance"[[:space:]]* ]] || return 1
  others=$(awk -v own="$instance" '$1 != own { printf "%s%s (%s)", sep, $1, $2; sep = ", " }' <<<"$text")
}

until [[ -e $ALONE || -z ${AUTO_SCALING_GROUP-} ]]; do
  if ! look; then
    log_change look "no answer, waiting on: $error"
  elif [[ -n $others ]]; then
    log_change look "waiting for the end of $others, which may have jobs"
  else
    log 'no other instance is left in the group'
    : >"$ALONE"
  fi
  [[ -e $ALONE ]] || sleep "$LOOK_SECONDS"
done
log 'starting gitlab-runner'
systemctl start gitlab-runner.service
