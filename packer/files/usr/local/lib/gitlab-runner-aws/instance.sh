#!/bin/bash
# What our scripts share: settings, logs, the EC2 instance and its Auto Scaling group. To be sourced.
set -euo pipefail

ENVIRONMENT_FILE=${ENVIRONMENT_FILE:-/etc/gitlab-runner-aws/environment}
PROXY_FILE=${PROXY_FILE:-/etc/gitlab-runner-aws/proxy.env} # where there is a proxy
METADATA=${METADATA:-http://169.254.169.254}
CALL_SECONDS=${CALL_SECONDS:-45}
CURL=(curl --silent --noproxy '*' --max-time 2)

# Not by systemd: operators and cloud-init need it too.
set -a
# shellcheck source=/dev/null
for file in "$ENVIRONMENT_FILE" "$PROXY_FILE"; do if [[ -r $file ]]; then . "$file"; fi; done
set +a

declare -A said=()
session='' instance='' answer='' error=''

# A full disk must not end what writes to it.
log() { printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$*" 2>/dev/null || true; }

# Says a thing about a subject only when it is not what was said of it last.
log_change() {
  [[ ${said[$1]-} == "$2" ]] && return
  said[$1]=$2
  log "$2"
}

# A stock machine's agent is up before anything is there that tells it of the proxy. To be called after daemon-reload.
bring_agent_to_proxy() {
  [[ -e $PROXY_FILE ]] || return 0
  systemctl restart amazon-ssm-agent.service ||
    echo "amazon-ssm-agent could not be restarted (exit status $?); going on without it" >&2
}

# Sets `answer` to what the metadata service (IMDSv2) has under a path, or to nothing. Fails when it doesn't say.
ask() {
  if [[ -z $session ]]; then
    session=$("${CURL[@]}" --fail -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "$METADATA/latest/api/token") ||
      return 1
  fi
  answer=$("${CURL[@]}" -H @- -w '\n%{http_code}' "$METADATA/latest/meta-data/$1" <<<"X-aws-ec2-metadata-token: $session") ||
    return 1
  local status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  case $status in
    200) ;;
    404) answer='' ;;
    401) session='' && [[ -z ${2-} ]] && ask "$1" again ;; # its time is over
    *) return 1 ;;
  esac
}

# Calls Auto Scaling for this instance. Sets `error` when that fails.
autoscaling() {
  local operation=$1
  shift
  error='the metadata service does not answer'
  if [[ -z $instance ]]; then ask instance-id && instance=$answer || return 1; fi
  [[ -n $instance ]] || return 1
  error=$(timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 autoscaling "$operation" \
    --instance-id "$instance" "$@" 2>&1 >/dev/null) && return
  error=${error//$'\n'/ }
  error=${error:-no answer}
  return 1
}

lifecycle() {
  local operation=$1 hook=$2
  shift 2
  autoscaling "$operation" --auto-scaling-group-name "${AUTO_SCALING_GROUP-}" --lifecycle-hook-name "$hook" "$@"
}

complete_action() { lifecycle complete-lifecycle-action "$1" --lifecycle-action-result CONTINUE; }
