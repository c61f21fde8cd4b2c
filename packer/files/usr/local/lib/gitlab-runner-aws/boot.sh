#!/bin/bash
# The last thing that user data runs: starts what this machine is for. Everything comes back by itself after a reboot.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

CLOUDWATCH_CONFIG=${CLOUDWATCH_CONFIG:-/etc/gitlab-runner-aws/cloudwatch-agent.json}
REGISTRIES=${REGISTRIES:-/etc/gitlab-runner-aws/registries}
DOCKER_FOLDER=${DOCKER_FOLDER:-/root/.docker}
TEMPLATE=${TEMPLATE:-/etc/gitlab-runner/config.template.toml}
# Where only one machine may run gitlab-runner, another unit starts it in its turn.
RUNNER_UNIT=${RUNNER_UNIT:-gitlab-runner.service}
UNITS=(docker.service gitlab-runner-firewall.service gitlab-runner-token.service gitlab-runner-drain.service
  "$RUNNER_UNIT")
# A manager has no jobs that fill its disk.
[[ $RUNNER_UNIT != gitlab-runner.service ]] || UNITS+=(gitlab-runner-disk.timer)
REGISTRY_CONFIG=${REGISTRY_CONFIG:-/etc/gitlab-runner-aws/registry.json}
PATH=$PATH:/opt/aws/amazon-cloudwatch-agent/bin
answer='' error=''

say() { echo "boot: $*"; }

# The machine may be up before it is in the hook, so "no such action" counts only after two minutes.
tell_group() {
  local tries=0
  if [[ -z ${AUTO_SCALING_GROUP-} ]]; then say 'in no Auto Scaling group' && return; fi
  until complete_action "${LAUNCH_HOOK-}"; do
    log_change launch "boot: the launch is not completed, trying on: $error"
    if [[ $error == *'(ValidationError)'* ]] && ((++tries > 12)); then say 'nobody waits for it' && return; fi
    sleep 10
  done
  say "in service in $AUTO_SCALING_GROUP"
}

# Where GitLab finds this machine's sessions: user data that is the same on every machine can't name it.
place_address() {
  grep -qs '^advertise_address = "@private-address@' "$TEMPLATE" || return 0
  until ask local-ipv4 && [[ $answer =~ ^[0-9]+(\.[0-9]+){3}$ ]]; do
    log_change address 'boot: the metadata service does not tell the private address, trying on'
    sleep 10
  done
  sed -i "/^advertise_address = /s/@private-address@/$answer/" "$TEMPLATE"
  say "sessions at $answer"
}

say 'making folders'
systemd-tmpfiles --create gitlab-runner-aws.conf

place_address

# gitlab-runner looks there for credentials of registries, and these lie in memory.
if [[ -e $REGISTRIES ]]; then
  say "linking $DOCKER_FOLDER/config.json"
  install -d -m 0700 "$DOCKER_FOLDER"
  ln -sfn /run/gitlab-runner/docker.json "$DOCKER_FOLDER/config.json"
fi

# Without logs in CloudWatch jobs still run, so a failure here is said and no more.
say "CloudWatch agent with $CLOUDWATCH_CONFIG"
amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$CLOUDWATCH_CONFIG" ||
  say "the CloudWatch agent could not be started (exit status $?); going on without it" >&2

systemctl daemon-reload
bring_agent_to_proxy
for unit in "${UNITS[@]}"; do
  say "starting $unit"
  systemctl enable --now "$unit" || say "$unit could not be started (exit status $?)" >&2
done

# Jobs run without a mirror too: nothing waits for it.
if [[ -e $REGISTRY_CONFIG ]]; then
  systemctl enable --now --no-block gitlab-runner-registry.service || say "there is no mirror (exit status $?)" >&2
fi

failed=()
for unit in "${UNITS[@]}"; do
  systemctl is-active --quiet "$unit" || failed+=("$unit")
done
if ((${#failed[@]})); then
  say "not active: ${failed[*]}; see journalctl -u ${failed[0]}" >&2
  exit 1
fi
if [[ $RUNNER_UNIT == gitlab-runner.service ]]; then
  say 'gitlab-runner is up; it takes jobs as soon as its token is loaded'
else
  say "up; $RUNNER_UNIT starts gitlab-runner in its turn"
fi
tell_group
