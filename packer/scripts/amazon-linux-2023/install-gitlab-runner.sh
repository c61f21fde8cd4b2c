#!/bin/bash
# gitlab-runner of exactly one version, from GitLab's signed repository.
set -euo pipefail

version=${GITLAB_RUNNER_VERSION:?}

# Disabled but for our own call: an upgrade of the machine must not move the pinned version. An unreachable or unsigned
# repository is an error instead of an empty one.
mkdir -p "$ROOT/etc/yum.repos.d"
cat >"$ROOT/etc/yum.repos.d/gitlab-runner.repo" <<'REPO'
[gitlab-runner]
name=GitLab Runner
baseurl=https://packages.gitlab.com/runner/gitlab-runner/amazon/2023/$basearch
enabled=0
skip_if_unavailable=0
sslverify=1
repo_gpgcheck=1
gpgcheck=1
gpgkey=https://packages.gitlab.com/gpgkey/gpg.key
       https://packages.gitlab.com/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg
REPO

# Both pinned, else dnf takes helper images of another version.
export GITLAB_RUNNER_DISABLE_SKEL=true
dnf install -y --enablerepo=gitlab-runner "gitlab-runner-$version-1" "gitlab-runner-helper-images-$version-1"

# The package starts the service, and that writes an id by which every machine of an image would be the same one.
systemctl disable --now gitlab-runner.service
rm -f "$ROOT/etc/gitlab-runner/.runner_system_id"

installed=$(gitlab-runner --version | awk '$1 == "Version:" { print $2 }')
[[ $installed == "$version" ]] || { echo "gitlab-runner $version was asked for, got ${installed:-none}" >&2; exit 1; }
