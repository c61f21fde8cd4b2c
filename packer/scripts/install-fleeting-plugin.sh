#!/bin/bash
# fleeting-plugin-aws of exactly one version, for managers of the executor docker-autoscaler: on every machine, since an
# image has no role.
set -euo pipefail

version=1.1.0
export FLEETING_PLUGIN_PATH=$ROOT/usr/local/lib/gitlab-runner-aws/fleeting-plugins

# gitlab-runner installs what a configuration names.
config=$(mktemp)
trap 'rm -f "$config"' EXIT
cat >"$config" <<TOML
[[runners]]
  name = "plugin"
  executor = "docker-autoscaler"
  [runners.autoscaler]
    plugin = "aws:$version"
TOML

gitlab-runner fleeting -c "$config" install
# It says nothing, and succeeds, when it finds nothing to install.
gitlab-runner fleeting -c "$config" list
