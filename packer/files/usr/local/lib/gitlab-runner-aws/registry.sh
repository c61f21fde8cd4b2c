#!/bin/bash
# Runs a mirror of Docker Hub for the workers of this manager, with S3 behind it, and has its name lead here. Whatever
# fails, systemd tries again: workers ask Docker Hub meanwhile.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/instance.sh"

SETTINGS=${SETTINGS:-/etc/gitlab-runner-aws/registry.json}
RUN_DIR=${RUN_DIR:-/run/gitlab-runner-registry}
IMAGE=registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e
NAME=gitlab-runner-registry
ACCOUNT_PLACEHOLDER='@account-id@' # in the name of the bucket
# shellcheck disable=SC2016 # variables of jq
CHANGE='{Changes: [{Action: "UPSERT", ResourceRecordSet:
  {Name: $name, Type: "A", TTL: 60, ResourceRecords: [{Value: $address}]}}]}'
AWS=(timeout "$CALL_SECONDS" aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text)

die() {
  log "$*" >&2
  exit 1
}

# User data that is the same in every account can't name it.
write_settings() {
  local settings account
  settings=$(<"$SETTINGS")
  if [[ $settings == *"$ACCOUNT_PLACEHOLDER"* ]]; then
    account=$("${AWS[@]}" sts get-caller-identity --query Account) || die 'the account of the bucket is not known'
    [[ $account =~ ^[0-9]{12}$ ]] || die "not the id of an account: $account"
    settings=${settings//"$ACCOUNT_PLACEHOLDER"/$account}
  fi
  printf '%s\n' "$settings" >"$RUN_DIR/config.json"
  chmod 0644 "$RUN_DIR/config.json"
}

# Zones of one name may be several, in VPCs of others: this machine's role may write to its own only.
# shellcheck disable=SC2154 # answer is of instance.sh
publish() {
  local zones zone change
  ask local-ipv4 || die 'the metadata service does not answer'
  change=$(jq --null-input --compact-output --arg name "$REGISTRY_HOST" --arg address "$answer" "$CHANGE")
  zones=$("${AWS[@]}" route53 list-hosted-zones-by-name --dns-name "$REGISTRY_HOST" \
    --query "HostedZones[?Name=='$REGISTRY_HOST.' && Config.PrivateZone].Id") || die "the zone $REGISTRY_HOST can't be looked for"
  for zone in $zones; do
    if error=$("${AWS[@]}" route53 change-resource-record-sets --hosted-zone-id "${zone##*/}" \
      --change-batch "$change" 2>&1 >/dev/null); then
      log "$REGISTRY_HOST is $answer"
      return
    fi
  done
  die "$REGISTRY_HOST does not lead here: ${error//$'\n'/ }"
}

# On the machine's own network: its role's credentials go one hop, and no further.
serve() {
  local proxy=()
  [[ ! -r $PROXY_FILE ]] || proxy=(--env-file "$PROXY_FILE")
  docker rm --force "$NAME" >/dev/null 2>&1 || true
  exec docker run --rm --name "$NAME" --network host --user 65534:65534 --read-only --cap-drop ALL \
    --security-opt no-new-privileges --memory 512m --log-driver none --env OTEL_TRACES_EXPORTER=none "${proxy[@]}" \
    --volume "$RUN_DIR/config.json:/etc/distribution/config.yml:ro" "$IMAGE"
}

: "${REGISTRY_HOST:?}"
error='there is no such private zone'
write_settings
publish
serve
