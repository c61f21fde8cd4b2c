#!/bin/bash
# Installs packages of the distribution, from its signed repositories.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
apt-get update -o APT::Update::Error-Mode=any # else an unreachable repository is a warning
apt-get install -y -o DPkg::Lock::Timeout=300 "$@"
