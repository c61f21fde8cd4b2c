#!/bin/bash
# The last step of an image: fails, and names everything, if anything that belongs to one machine is left.
# ROOT is a prefix for tests.
set -euo pipefail
shopt -s nullglob dotglob

ROOT=${ROOT:-}
left=()

# Notes those of the paths that exist, as they are called on the machine.
none_of() {
  local path
  for path in "$@"; do
    if [[ -e $path || -L $path ]]; then left+=("${path#"$ROOT"}"); fi
  done
}

# The same for what `find` finds in a folder that may be missing.
none_found() {
  local folder=$1 path
  shift
  [[ -d $ROOT/$folder ]] || return 0
  while IFS= read -r -d '' path; do none_of "$path"; done < <(find "$ROOT/$folder" "$@" -print0)
}

[[ -f $ROOT/etc/machine-id && ! -s $ROOT/etc/machine-id ]] || left+=('/etc/machine-id (must be there and empty)')
# A link to the one above is how some systems have it.
if [[ ! -L $ROOT/var/lib/dbus/machine-id ]]; then none_of "$ROOT/var/lib/dbus/machine-id"; fi

for folder in etc/gitlab-runner run/gitlab-runner var/lib/gitlab-runner root home; do
  none_found "$folder" -name .runner_system_id
  none_found "$folder" -path '*gitlab-runner/config.toml'
done
while IFS=: read -r _ _ _ _ _ home _; do
  none_of "$ROOT$home"/.ssh/authorized_keys* "$ROOT$home"/.*_history
done <"$ROOT/etc/passwd"

# Not the SSM agent's own log and state beside its registration: it still runs, since Packer may be connected through
# it, and may write at any time.
none_found var/log -type f -size +0 -not -path '*/var/log/amazon/ssm/*'
none_found var/cache/apt -type f -size +0
none_of "$ROOT"/etc/ssh/ssh_host_* "$ROOT"/var/cache/dnf/* "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/lib/cloud/* \
  "$ROOT"/etc/netplan/50-cloud-init.yaml "$ROOT"/var/lib/amazon/ssm/Vault \
  "$ROOT"/var/lib/amazon/ssm/registration "$ROOT"/var/lib/docker/engine-id "$ROOT"/etc/docker/key.json \
  "$ROOT"/var/lib/systemd/random-seed "$ROOT"/tmp/provisioning "$ROOT"/var/lib/gitlab-runner-aws/provisioning \
  "$ROOT"/var/lib/gitlab-runner-aws/{draining,drained,alone,ready,machine}
agent=$ROOT/opt/aws/amazon-cloudwatch-agent
none_of "$agent"/logs/* "$agent"/var/* "$agent"/etc/amazon-cloudwatch-agent.* "$agent"/etc/{env-config,log-config}.json

if ((${#left[@]})); then
  printf 'check-clean: left in the image: %s\n' "${left[@]}" >&2
  exit 1
fi
echo 'check-clean: nothing is left'
