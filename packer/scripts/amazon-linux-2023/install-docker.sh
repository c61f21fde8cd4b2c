#!/bin/bash
# Docker, and the tools that jobs and our own scripts need. The AWS CLI and the SSM agent come with Amazon Linux 2023,
# but not with its minimal image.
set -euo pipefail

dnf install -y docker git jq logrotate amazon-ecr-credential-helper awscli-2 amazon-ssm-agent iptables-nft \
  ec2-instance-connect
systemctl enable docker.service amazon-ssm-agent.service logrotate.timer
