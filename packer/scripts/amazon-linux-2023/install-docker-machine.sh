#!/bin/bash
# GitLab's Docker Machine of exactly one version, for managers of the executor docker+machine: on every machine, since
# an image has no role.
set -euo pipefail

version=0.16.2-gitlab.48
url=https://gitlab-docker-machine-downloads.s3.amazonaws.com/v$version/docker-machine-Linux-$(uname -m)

file=$(mktemp)
trap 'rm -f "$file"' EXIT
if ! curl -fsSL --proto '=https' --connect-timeout 10 --retry 3 -o "$file" "$url"; then
  # As with the fleeting plugin: only an image must have it.
  [[ ! -e $PROVISIONING/scripts/clean-up.sh ]] || exit 1
  echo 'provision: Docker Machine was not installed; only a manager of docker-machine needs it' >&2
  exit 0
fi

# GitLab publishes no checksum: who has one from a download that is trusted writes it into the model.
sum=$(sha256sum <"$file")
sum=${sum%% *}
echo "provision: Docker Machine has the SHA-256 $sum"
[[ $sum == "${DOCKER_MACHINE_SHA256:-$sum}" ]] ||
  { echo "not the dockerMachineSha256 of the model, $DOCKER_MACHINE_SHA256" >&2; exit 1; }

chmod 0755 "$file"
installed=$("$file" --version)
[[ $installed == "docker-machine version $version,"* ]] ||
  { echo "docker-machine $version was asked for, got ${installed:-none}" >&2; exit 1; }
install -D -m 0755 "$file" "$ROOT/usr/local/bin/docker-machine"
