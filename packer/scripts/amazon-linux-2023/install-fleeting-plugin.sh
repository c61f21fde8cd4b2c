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

# The first says nothing, and succeeds, when it finds nothing to install.
if gitlab-runner fleeting -c "$config" install && gitlab-runner fleeting -c "$config" list; then exit 0; fi
# What only an image build has: an image must have the plugin. At a first boot a machine that is no manager needs none,
# and must start also where GitLab's registry is out of reach.
[[ ! -e $PROVISIONING/scripts/clean-up.sh ]] || exit 1
echo 'provision: fleeting-plugin-aws was not installed; only a manager of docker-autoscaler needs it' >&2
