#!/bin/bash
# Not started: boot.sh does that, with the fleet's log groups.
set -euo pipefail

dnf install -y amazon-cloudwatch-agent
