#!/bin/bash
# Keeps job containers off gitlab-runner's metrics and debug pages, which have no password: only the machine itself and
# its network get through, whatever bridges jobs make. Security groups don't see what stays on a machine.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

IPV6=${IPV6:-/proc/sys/net/ipv6}
CHAIN=GITLAB-RUNNER-METRICS

# The chain is replaced in one step.
protect() {
  local interface tables=$1
  {
    printf '*filter\n:%s - [0:0]\n' "$CHAIN"
    for interface in lo "${interfaces[@]}"; do printf -- '-A %s -i %s -j RETURN\n' "$CHAIN" "$interface"; done
    printf -- '-A %s -p tcp --dport %s -j DROP\nCOMMIT\n' "$CHAIN" "${METRICS_PORT:-9252}"
  } | "$tables-restore" -w --noflush
  "$tables" -w -C INPUT -j "$CHAIN" 2>/dev/null || "$tables" -w -I INPUT -j "$CHAIN"
}

routes=$(ip -4 -o route show default && { [[ ! -d $IPV6 ]] || ip -6 -o route show default; })
mapfile -t interfaces < <(sed -n 's/.* dev \([^ ]*\).*/\1/p' <<<"$routes" | sort -u)
((${#interfaces[@]})) || { echo 'firewall: no default route yet' >&2 && exit 1; }
protect iptables
if [[ -d $IPV6 ]]; then protect ip6tables; fi
echo "firewall: port ${METRICS_PORT:-9252} is open to this machine and ${interfaces[*]}"
