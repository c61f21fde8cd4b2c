#!/bin/bash
# Reads the runners' authentication tokens from AWS and writes gitlab-runner's config.toml to memory (tmpfs).
# The same for credentials of registries, where a fleet has any.
# A token is held only by variables of this shell and by that file: never by arguments, environment, logs or a disk.
# `--once` looks once and exits 0 when everything could be read. `--first` reads no token: it writes what stands
# before the runners, unless there is a file already.
{ set +axv; } 2>/dev/null                         # before all else: a trace would print tokens
unset -v value content line present known tokens # one that came with the environment would be passed on to children
set -euo pipefail

RUN_DIR=${RUN_DIR:-/run/gitlab-runner}
TEMPLATE=${TEMPLATE:-/etc/gitlab-runner/config.template.toml}
REGISTRIES=${REGISTRIES:-/etc/gitlab-runner-aws/registries}
RETRY_SECONDS=${RETRY_SECONDS:-30}      # while a value is missing, refused or can't be read
REFRESH_SECONDS=${REFRESH_SECONDS:-300} # whole seconds; ±20 %, so that a fleet doesn't ask all at once
CONFIG=$RUN_DIR/config.toml
MARKER='^#: runner ([^ ]+) (secretsmanager|ssm) ([^ ]+)$'
PLACEHOLDER='^[[:space:]]*token = "@token@"$'
LC_ALL=C # the ranges of patterns mean ASCII
umask 077

# What user data that is the same everywhere can't name.
ACCOUNT='@account-id@'   # in the name of the cache's bucket
INSTANCE='@instance-id@' # in the tags of machines
DEPLOYMENT_PATH=${DEPLOYMENT_PATH:-} # of parameters with what is known of a runner's machines only once it is deployed
DEPLOYED=$'^([a-z0-9-]+)=([^\x22\\\\[:cntrl:]]+)$' # not what would end a text in TOML, or begin an escape
OPTIONS='^[[:space:]]*MachineOptions ='

declare -A said=() own=()
child='' new='' errors=''

log() { printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$*"; }
die() {
  log "$*" >&2
  exit 1
}

# Says a thing about a subject only when it is not what was said of it last.
log_change() {
  [[ ${said[$1]-} == "$2" ]] && return
  said[$1]=$2
  log "$2"
}

finish() {
  if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; fi
  rm -f -- ${new:+"$new"} ${errors:+"$errors"}
}

# Splits the template: `lines` as they stand, `markers` in order.
read_template() {
  local line found=1
  [[ -r $TEMPLATE ]] || die "$TEMPLATE can't be read: user data writes it, see /var/log/cloud-init-output.log"
  mapfile -t lines <"$TEMPLATE"
  markers=()
  for line in "${lines[@]}" '#:'; do
    if [[ $line == '#:'* ]]; then
      ((found == 1)) || die "$TEMPLATE: \"${markers[-1]}\" must be followed by one token line, got $found"
      [[ $line == '#:' ]] && continue
      [[ $line =~ $MARKER ]] || die "$TEMPLATE: not a runner's marker: $line"
      markers+=("$line")
      found=0
    elif [[ $line =~ $PLACEHOLDER ]]; then
      found=$((found + 1))
    fi
  done
  ((${#markers[@]})) || die "$TEMPLATE: no runner in it"
}

# What a runner has in the present file, by marker, and keeps while a new value can't be had: its token, and the options
# of its machines.
read_known() {
  local line marker=''
  known=() known_options=()
  [[ -r $CONFIG ]] || return 0
  while IFS= read -r line; do
    if [[ $line == '#:'* ]]; then
      marker=$line
    elif [[ -n $marker && -z ${known[$marker]-} && $line =~ ^[[:space:]]*token\ =\ \"(glrt-[A-Za-z0-9_.-]+)\"$ ]]; then
      known[$marker]=${BASH_REMATCH[1]}
    elif [[ -n $marker && $line =~ $OPTIONS ]]; then
      known_options[$marker]=$line
    fi
  done <"$CONFIG"
}

# Sets `value`. Output comes through a pipe, and `read` and `wait` let a signal end this at once.
fetch() {
  local service=$1 id=$2 output
  local -a call=(aws --cli-connect-timeout 10 --cli-read-timeout 20 --output text)
  [[ $id =~ ^arn:[^:]+:[^:]+:([a-z0-9-]+): ]] && call+=(--region "${BASH_REMATCH[1]}")
  case $service in
    secretsmanager) call+=(secretsmanager get-secret-value --query SecretString --secret-id "$id") ;;
    ssm) call+=(ssm get-parameter --with-decryption --query Parameter.Value --name "$id") ;;
    sts) call+=(sts get-caller-identity --query "$id") ;;
  esac
  value=''
  exec {output}< <(exec "${call[@]}" 2>"$errors")
  child=$!
  IFS= read -r -d '' -u "$output" value || true
  exec {output}<&-
  local status=0
  wait "$child" || status=$?
  child=''
  value=${value#"${value%%[![:space:]]*}"}
  value=${value%"${value##*[![:space:]]}"}
  return "$status"
}

# Why the last call failed, in AWS's own word where it gave one.
error_code() {
  local text
  text=$(<"$errors")
  if [[ $text =~ \(([A-Za-z0-9.]+)\)\ when\ calling ]]; then
    code=${BASH_REMATCH[1]}
  elif [[ $text =~ (Unable to locate credentials|Could not connect|[Tt]imeout|You must specify a region) ]]; then
    code=${BASH_REMATCH[1]}
  else
    code="exit status $1"
  fi
  # A secret that was never set answers as one that doesn't exist, but names the version label that it lacks.
  if [[ $code == ParameterNotFound || ($code == ResourceNotFoundException && $text == *'staging label'*) ]]; then
    code=none
  fi
}

# Sets own[placeholder] to that part of who this machine is that the pattern has, once, where the template needs it. A
# role's session on an instance is called like the instance.
know() {
  local placeholder=$1 what=$2 query=$3 pattern=$4 status=0 code='not in the answer'
  [[ -z ${own[$placeholder]-} && ${lines[*]} == *"$placeholder"* ]] || return 0
  fetch sts "$query" || status=$?
  if [[ $status == 0 && $value =~ $pattern ]]; then
    own[$placeholder]=${BASH_REMATCH[1]}
    return 0
  fi
  if ((status)); then error_code "$status"; fi
  log_change "$placeholder" "$what is not known ($code): $CONFIG is not written"
  return 1
}

# Sets `line` to the options of a runner's machines, with values of their placeholders: lines of key=value. Fails, and
# sets `code`, where a line is none, or a placeholder is left.
fill_in() {
  local marker=$1 rest=$2$'\n' pair candidate at=''
  line=''
  for candidate in "${lines[@]}"; do
    if [[ $candidate == '#:'* ]]; then
      at=$candidate
    elif [[ $at == "$marker" && $candidate =~ $OPTIONS ]]; then
      line=$candidate
    fi
  done
  while [[ -n $rest ]]; do
    pair=${rest%%$'\n'*} rest=${rest#*$'\n'}
    [[ $pair =~ $DEPLOYED ]] || { code="not key=value: $pair" && return 1; }
    line=${line//"=@${BASH_REMATCH[1]}@"/"=${BASH_REMATCH[2]}"}
  done
  line=${line//"$INSTANCE"/"${own[$INSTANCE]-}"}
  [[ ! $line =~ =(@[a-z0-9-]+@) ]] || { code="no value of ${BASH_REMATCH[1]}" && return 1; }
}

# Sets options[marker], from what is deployed now. What the present file has stays while that can't be read.
load_options() {
  local marker=$1 name=$2 id=$DEPLOYMENT_PATH/$2 status=0 code='' line
  [[ -n $DEPLOYMENT_PATH ]] || return 0
  fetch ssm "$id" || status=$?
  if ((status)); then
    error_code "$status"
  elif fill_in "$marker" "$value"; then
    options[$marker]=$line
    log_change "$id" "runner $name: ok, settings of its machines read from $id"
    return 0
  fi
  log_change "$id" "runner $name: settings of its machines could not be read from $id ($code)"
  options[$marker]=${known_options[$marker]-}
  [[ -n ${options[$marker]} ]]
}

# Looks for one runner's token and sets tokens[marker], if there is one. Fails unless the value is good.
load() {
  local marker=$1 name service id status=0 code outcome
  [[ $marker =~ $MARKER ]]
  name=${BASH_REMATCH[1]} service=${BASH_REMATCH[2]} id=${BASH_REMATCH[3]}
  load_options "$marker" "$name" || return 1
  fetch "$service" "$id" || status=$?
  if ((status)); then
    error_code "$status"
    outcome="could not be read from $id ($code)"
    [[ $code == none ]] && outcome="no value yet in $id, waiting for it"
  elif [[ $value =~ ^glrt-[A-Za-z0-9_.-]+$ ]]; then
    tokens[$marker]=$value
    log_change "$marker" "runner $name: ok, token read from $id"
    return 0
  else
    outcome="value of $id refused: not an authentication token (glrt-…). Registration tokens (GR1348941…) and \
glrtr-… are not accepted: create the runner in GitLab, and set the token that it shows as the value"
  fi
  if [[ -n ${known[$marker]-} ]]; then
    tokens[$marker]=${known[$marker]}
    outcome+='; the present token stays'
  fi
  log_change "$marker" "runner $name: $outcome"
  return 1
}

# Sets `content`: the template with tokens, without the runners that have none.
render() {
  local line marker='' keep=1
  content=''
  for line in "${lines[@]}"; do
    if [[ $line == '#:'* ]]; then
      marker=$line keep=${tokens[$line]:+1}
    elif [[ -n $marker && $line =~ $PLACEHOLDER ]]; then
      line=${line%'@token@"'}${tokens[$marker]-}'"'
    elif [[ $line =~ ^[[:space:]]*BucketName\ = ]]; then
      line=${line/"$ACCOUNT"/"${own[$ACCOUNT]-}"}
    elif [[ -n $marker && $line =~ $OPTIONS ]]; then
      line=${options[$marker]:-${line//"$INSTANCE"/"${own[$INSTANCE]-}"}}
    fi
    if [[ -n $keep ]]; then content+=$line$'\n'; fi
  done
}

# Makes `new`, a file with `content` in it.
make_new() {
  new=$(mktemp "$RUN_DIR/.new.XXXXXX") || die "no file can be made in $RUN_DIR"
  printf '%s' "$content" >"$new" || die "$new can't be written, the present file stays"
}

# Puts `content` in place of a file. Fails where that is what it has.
replace() {
  local file=$1 present=''
  if [[ -f $file ]]; then IFS= read -r -d '' present <"$file" || true; fi
  [[ $present != "$content" ]] || return 1
  make_new
  # gitlab-runner reloads only what is newer; a clock that was set back must not hide a new token from it.
  [[ $new -nt $file ]] || touch -r "$file" -d '+1 second' "$new"
  mv -f -- "$new" "$file" || die "$file can't be replaced"
  new=''
}

# gitlab-runner opens its ports, for metrics and sessions, when it starts and never again, by the file that it finds then.
first() {
  local line
  read_template
  content=''
  for line in "${lines[@]}"; do
    [[ $line != '#:'* ]] || break
    content+=$line$'\n'
  done
  make_new
  # A link never takes the place of a file: the loader may have written one meanwhile.
  if ln -- "$new" "$CONFIG" 2>/dev/null; then log "wrote $CONFIG: no runner yet"; fi
  [[ -e $CONFIG ]] || die "$CONFIG can't be made"
}

# One look at all values. Fails unless every one of them is good.
look() {
  local marker good=0
  declare -gA tokens=() known=() known_options=() options=()
  read_template
  if [[ -r $REGISTRIES ]]; then look_at_registries || good=1; fi
  know "$ACCOUNT" 'the account of the cache' Account '^([0-9]{12})$' || return 1
  know "$INSTANCE" 'the id of this instance' UserId ':(i-[0-9a-f]{8,17})$' || return 1
  read_known
  for marker in "${markers[@]}"; do load "$marker" || good=1; done
  if ((${#tokens[@]})); then
    render
    if replace "$CONFIG"; then log "wrote $CONFIG: ${#tokens[@]} of ${#markers[@]} runners have a token"; fi
    said[all]=''
  else
    log_change all "no runner has a token: $CONFIG is not written, gitlab-runner waits for it. \
Looking every $RETRY_SECONDS s for: $(printf '%s\n' "${markers[@]}" | cut -d ' ' -f 5 | paste -sd ' ')"
  fi
  return "$good"
}

# Sleeps so that a signal ends it at once.
pause() {
  sleep "$1" &
  child=$!
  wait "$child" || true
  child=''
}

[[ -d $RUN_DIR ]] || die "$RUN_DIR is missing: systemd-tmpfiles makes it"
[[ $(stat -f -c %T "$RUN_DIR") == tmpfs ]] || die "$RUN_DIR is not in memory (tmpfs): no token is written to a disk"
if [[ -r $REGISTRIES ]]; then
  # shellcheck source=/dev/null
  . "$(dirname "${BASH_SOURCE[0]}")/registry-credentials.sh"
fi
trap finish EXIT
trap 'exit 0' TERM INT
errors=$(mktemp "$RUN_DIR/.errors.XXXXXX")

case ${1-} in
  --once)
    look || exit 1
    exit 0
    ;;
  --first)
    first
    exit 0
    ;;
esac
while true; do
  if look; then
    milliseconds=$((REFRESH_SECONDS * (800 + RANDOM % 401)))
    pause "$((milliseconds / 1000)).$(printf '%03d' $((milliseconds % 1000)))"
  else
    pause "$RETRY_SECONDS"
  fi
done
