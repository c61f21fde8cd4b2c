#!/bin/bash
# Installs packages of the distribution.
set -euo pipefail

dnf install -y "$@"
