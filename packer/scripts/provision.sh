#!/bin/bash
# Makes a distribution's own image into a machine of ours: in a Packer build, or at the first boot of a stock Amazon
# Linux 2023. Each base has a folder with its scripts and a list of them, `steps`; here they all lie in one. May be run
# again. ROOT is a prefix of what is installed, for tests.
set -euo pipefail

PROVISIONING=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PROVISIONING ROOT=${ROOT:-}
step=start status=0
trap 'status=$?; ((status == 0)) || echo "provision: $step failed (exit status $status)" >&2' EXIT

# shellcheck source=/dev/null
. "$PROVISIONING/settings.env"
export GITLAB_RUNNER_VERSION DOCKER_MACHINE_SHA256

begin() {
  step=$1
  echo "provision: $step"
}

mapfile -t steps <"$PROVISIONING/scripts/steps"
for script in "${steps[@]}"; do
  begin "$script"
  bash "$PROVISIONING/scripts/$script.sh"
done

begin packages
read -ra packages <<<"${PACKAGES:-}"
if ((${#packages[@]})); then bash "$PROVISIONING/scripts/install-packages.sh" "${packages[@]}"; fi

begin files
while IFS=$'\t' read -r mode destination source || [[ -n $mode ]]; do
  [[ -n $mode ]] || continue
  step="files: $destination"
  [[ $destination =~ ^/[A-Za-z0-9._/@+-]+$ ]] || { echo "not a destination: $destination" >&2; exit 1; }
  install -D -m "$mode" "$PROVISIONING/$source" "$ROOT$destination"
done <"$PROVISIONING/files.tsv"

begin scripts
for script in "$PROVISIONING"/user-scripts/*; do
  [[ -f $script ]] || continue
  begin "scripts: ${script##*/}"
  chmod 0755 "$script"
  "$script" </dev/null
done
