#!/bin/bash
# What Docker Machine looks for on its machines, so that it has nothing to install: Docker and curl; and git. It sets
# up the engine itself, with certificates and options of its own.
set -euo pipefail

bash "$PROVISIONING/scripts/install-packages.sh" docker.io git ca-certificates curl
systemctl enable docker.service

# The path by which Docker Machine starts the engine; Debian's package has it in sbin.
[[ -x $ROOT/usr/bin/dockerd ]] || ln -sf ../sbin/dockerd "$ROOT/usr/bin/dockerd"
[[ -x $ROOT/usr/bin/dockerd ]] || { echo 'docker.io has brought no dockerd' >&2; exit 1; }
