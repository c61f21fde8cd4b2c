#!/bin/bash
# The container of a job: lets GitLab's Fargate driver in by SSH, and ends by itself when nobody comes (any more).
set -euo pipefail
umask 077

HERE=$(dirname "${BASH_SOURCE[0]}")
STATE_DIR=${STATE_DIR:-/run/ci-coordinator}
SSHD=${SSHD:-/usr/sbin/sshd}
SSH_USER=${SSH_USER:-root}
SSH_PORT=${SSH_PORT:-22}
IDLE_SECONDS=${IDLE_SECONDS:-900} # without a session; the manager is gone, or has forgotten this task
LOOK_SECONDS=${LOOK_SECONDS:-2}
# sshd starts sessions with an empty environment.
VARIABLES="AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_REGION AWS_DEFAULT_REGION ECS_CONTAINER_METADATA_URI_V4"
KEY='^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384)) [A-Za-z0-9+/]+=* ?[A-Za-z0-9@._-]*$'
VALUE='^[A-Za-z0-9 /:._~?=&,+@-]*$'

sshd='' child='' variables=''

log() { printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$*" 2>/dev/null || true; }
die() {
  log "$*"
  exit 1
}

# One key without options: the variable could hold more lines, or a command.
write_key() {
  local key=${SSH_PUBLIC_KEY-}
  key=${key%$'\n'}
  [[ -n $key ]] || die 'SSH_PUBLIC_KEY is not set: the Fargate driver sets it, in the container ci-coordinator'
  [[ $key =~ $KEY ]] || die 'SSH_PUBLIC_KEY is not one public key of OpenSSH (ssh-rsa AAAA…)'
  printf '%s\n' "$key" >"$STATE_DIR/authorized_keys"
  ssh-keygen -l -f "$STATE_DIR/authorized_keys" >/dev/null 2>&1 || die 'SSH_PUBLIC_KEY is damaged'
}

check_user() {
  id "$SSH_USER" >/dev/null 2>&1 || die "SSH_USER $SSH_USER is no user of this image"
  [[ $(getent shadow "$SSH_USER" | cut -d : -f 2) != '!'* ]] ||
    die "SSH_USER $SSH_USER is locked, sshd would refuse it: usermod --password '*' $SSH_USER in the Dockerfile"
}

# Sets `variables` to one line: sshd heeds only the first.
gather_variables() {
  local name names
  variables=''
  read -ra names <<<"$VARIABLES ${SESSION_VARIABLES-}"
  for name in "${names[@]}"; do
    [[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || die "SESSION_VARIABLES: $name is not the name of a variable"
    [[ -v $name ]] || continue
    [[ ${!name} =~ $VALUE ]] || die "$name has characters that can't be handed to a session"
    variables+=" $name=\"${!name}\""
  done
  variables=${variables:+SetEnv$variables}
}

# The key lets in as every user of the image: a manager that is older than a change of SSH_USER comes as the former one.
write_config() {
  gather_variables
  cat - "$HERE/sshd_config" >"$STATE_DIR/sshd_config" <<CONFIG
Port $SSH_PORT
HostKey $STATE_DIR/host_key
AuthorizedKeysFile $STATE_DIR/authorized_keys
$variables
CONFIG
}

prepare() {
  [[ $SSH_USER =~ ^[a-z_][a-z0-9_-]*$ ]] || die 'SSH_USER is not the name of a user'
  mkdir -p "$STATE_DIR"
  check_user
  write_key
  write_config
  rm -f "$STATE_DIR/host_key"
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$STATE_DIR/host_key"
  if ((EUID == 0)); then install -d -m 0755 /run/sshd; fi
  # Another user's sshd child reads the key.
  chmod 0755 "$STATE_DIR" && chmod 0644 "$STATE_DIR/authorized_keys"
}

# The processes of sshd's connections and below, with their titles.
connections() {
  ps -e -o pid=,ppid=,args= | awk -v top="$sshd" '
    { parent[$1] = $2; title[$1] = $3 " " $4 }
    END {
      for (pid in parent) {
        for (up = parent[pid]; up in parent && up != top; up = parent[up]);
        if (up == top) print pid, title[pid]
      }
    }'
}

# Logged in and running a command; one that only connects, such as a port scan, keeps no task alive.
has_session() { connections | grep -E '^[0-9]+ sshd(-session)?: [^ ]+@' >/dev/null; }

# Sleeps so that a signal ends it at once.
pause() {
  sleep "$1" &
  child=$!
  wait "$child" || true
  child=''
}

# Connections outlive the sshd that took them.
finish() {
  local pids
  mapfile -t pids < <([[ -z $sshd ]] || connections | cut -d ' ' -f 1)
  kill ${sshd:+"$sshd"} ${child:+"$child"} "${pids[@]}" 2>/dev/null || true
}

wait_until_idle() {
  local last=$SECONDS
  while ((SECONDS - last < IDLE_SECONDS)); do
    kill -0 "$sshd" 2>/dev/null || die 'sshd has ended'
    if has_session; then last=$SECONDS; fi
    pause "$LOOK_SECONDS"
  done
  log "no session for $IDLE_SECONDS s, this task ends"
}

main() {
  trap finish EXIT
  trap 'log "stopped" && exit 0' TERM INT
  prepare
  umask 022 # the job's
  "$SSHD" -D -e -f "$STATE_DIR/sshd_config" &
  sshd=$!
  log "waiting for jobs as $SSH_USER on port $SSH_PORT"
  wait_until_idle
}

main
