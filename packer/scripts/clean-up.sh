#!/bin/bash
# Takes out of an image what belongs to one machine only. Packer runs it next to last; check-clean.sh checks it.
# ROOT is a prefix for tests.
set -euo pipefail
shopt -s nullglob dotglob

ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/etc/os-release"
# Run on somebody's own computer this would be a disaster, and that may well be an Ubuntu.
if [[ -z $ROOT && $ID != amzn ]] && ! [[ $ID == ubuntu && $(cloud-id) == aws ]]; then
  echo 'clean-up: this is neither Amazon Linux nor Ubuntu in EC2, nothing is touched' >&2
  exit 1
fi

echo 'clean-up: services'
# systemd-random-seed writes its file when it stops, so it must have stopped before the file goes. The SSM agent runs on:
# Packer may be connected through it.
systemctl stop gitlab-runner.service gitlab-runner-{drain,token,disk}.service gitlab-runner-disk.timer docker.socket \
  docker.service containerd.service amazon-cloudwatch-agent.service systemd-random-seed.service || true # not every one of them is there

echo 'clean-up: packages'
if [[ $ID == amzn ]]; then dnf clean all; else apt-get clean; fi
rm -rf "$ROOT"/var/cache/dnf/* "$ROOT"/var/lib/apt/lists/*

echo 'clean-up: cloud-init'
cloud-init clean --logs
rm -rf "$ROOT"/var/lib/cloud/* "$ROOT/etc/netplan/50-cloud-init.yaml"

echo 'clean-up: identities'
: >"$ROOT/etc/machine-id" # empty, not missing: a missing one makes systemd reset which units are enabled
rm -f "$ROOT/var/lib/dbus/machine-id" "$ROOT"/etc/ssh/ssh_host_* "$ROOT/var/lib/systemd/random-seed" \
  "$ROOT/var/lib/docker/engine-id" "$ROOT/etc/docker/key.json"
rm -rf "$ROOT"/var/lib/amazon/ssm/*
for folder in etc/gitlab-runner run/gitlab-runner var/lib/gitlab-runner root home; do
  [[ -d $ROOT/$folder ]] || continue
  find "$ROOT/$folder" -type f \( -name .runner_system_id -o -path '*gitlab-runner/config.toml' \) -delete
done

echo 'clean-up: users'
while IFS=: read -r _ _ _ _ _ home _; do
  rm -f "$ROOT$home"/.ssh/authorized_keys* "$ROOT$home"/.*_history
done <"$ROOT/etc/passwd"

echo 'clean-up: logs and state'
# The journal goes back to memory first, else journald writes on. Files are removed, not emptied: what still has one
# open fills a file that no longer has a name.
journalctl --relinquish-var
rm -rf "$ROOT"/var/log/journal/*
find "$ROOT/var/log" -type f -delete
agent=$ROOT/opt/aws/amazon-cloudwatch-agent
rm -rf "${agent:?}"/logs/* "${agent:?}"/var/* "$agent"/etc/amazon-cloudwatch-agent.* \
  "$agent"/etc/{env-config,log-config}.json
rm -rf "$ROOT/tmp/provisioning" "$ROOT/var/lib/gitlab-runner-aws/provisioning"
# Else no machine of the image would ever start gitlab-runner.
rm -rf "$ROOT"/var/lib/gitlab-runner-aws/{draining,drained,alone,ready,machine}
