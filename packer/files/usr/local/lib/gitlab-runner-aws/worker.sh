#!/bin/bash
# The last thing that a worker's user data runs: makes it ready for the jobs of its manager, which comes by SSH.
# gitlab-runner and the token loader stay off.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

CLOUDWATCH_CONFIG=${CLOUDWATCH_CONFIG:-/etc/gitlab-runner-aws/cloudwatch-agent.json}
STATE_DIR=${STATE_DIR:-/var/lib/gitlab-runner-aws}
UNITS=(docker.service gitlab-runner-disk.timer)
PATH=$PATH:/opt/aws/amazon-cloudwatch-agent/bin

systemd-tmpfiles --create gitlab-runner-aws.conf
amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$CLOUDWATCH_CONFIG" ||
  echo "worker: the CloudWatch agent could not be started (exit status $?); going on without it" >&2
usermod --append --groups docker "${WORKER_USER:-ec2-user}"
systemctl daemon-reload
bring_agent_to_proxy
for unit in "${UNITS[@]}"; do systemctl enable --now "$unit"; done
systemctl reload sshd.service # it may have been up before its settings were there
: >"$STATE_DIR/ready"
echo 'worker: ready for jobs'
