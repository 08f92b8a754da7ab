#!/bin/sh
# Makes this machine what its cluster config says. It needs root and is safe to
# run again: only what differs is written, and each file in one step.
set -eu
umask 077
files=0 changes=0 touched='' failed='' stage='' tmp=''
trap '[ -z "$stage$tmp" ] || rm -rf "$stage" "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# differs PATH MODE OWNER: what is at PATH has another mode or owner, or is a link.
differs() { [ "$(stat -c %a:%u:%g "$1" 2>/dev/null)" != "$2:$3:$3" ] || [ -L "$1" ]; }

# put FILTER MODE OWNER PATH: PATH becomes what FILTER makes of standard input.
put() {
  files=$((files + 1))
  "$1" >"$stage/file"
  if ! differs "$4" "$2" "$3" && cmp -s "$stage/file" "$4"; then return; fi
  [ -d "${4%/*}/" ] || (umask 022 && mkdir -p "${4%/*}/")
  tmp=$(mktemp "${4%/*}/.new.XXXXXX")
  cat "$stage/file" >"$tmp"
  chown "$3:$3" "$tmp"
  chmod "$2" "$tmp"
  mv -fT "$tmp" "$4"
  tmp=''
  changes=$((changes + 1))
  # A unit's file, or a drop-in's.
  case $4 in /etc/systemd/system/*) unit=${4##*/system/} touched="$touched ${unit%%.d/*}" ;; esac
}
file() { put cat "$@"; }
chomp() { printf %s "$(cat)"; }
unbase64() { base64 -d; }

# dir MODE OWNER PATH
dir() {
  differs "$3" "$1" "$2" || return 0
  install -d -m "$1" -o "$2" -g "$2" "$3"
  changes=$((changes + 1))
}

# user NAME PASSWORD-HASH [GROUP...]
user() {
  name=$1 hash=$2
  shift 2
  id "$name" >/dev/null 2>&1 || useradd -m -s /bin/bash "$name"
  for group; do
    getent group "$group" >/dev/null || groupadd "$group"
    id -nG "$name" | tr ' ' '\n' | grep -qxF "$group" || usermod -a -G "$group" "$name"
  done
  [ "$(getent shadow "$name" | cut -d: -f2)" = "$hash" ] || [ -z "$hash" ] || printf '%s:%s\n' "$name" "$hash" | chpasswd -e
}

# key NAME KEY: KEY may log in as NAME.
key() {
  ssh=$(getent passwd "$1" | cut -d: -f6)/.ssh
  if grep -qxF -e "$2" "$ssh/authorized_keys" 2>/dev/null; then return; fi
  install -d -m 700 -o "$1" -g "$(id -g "$1")" "$ssh"
  tmp=$(mktemp "$ssh/.new.XXXXXX")
  { [ ! -s "$ssh/authorized_keys" ] || grep '' "$ssh/authorized_keys"; printf '%s\n' "$2"; } >"$tmp"
  chown "$1:$(id -g "$1")" "$tmp"
  mv -fT "$tmp" "$ssh/authorized_keys"
  tmp=''
  changes=$((changes + 1))
}

# mask UNIT...
mask() {
  for unit; do
    [ "$(systemctl is-enabled "$unit" 2>/dev/null)" != masked ] || continue
    systemctl mask -q "$unit"
    systemctl stop --no-block "$unit" 2>/dev/null || :
    changes=$((changes + 1))
  done
}

# units [UNIT...]: what runs and has changed is restarted, what is named is
# enabled and started.
units() {
  if [ -n "$touched" ]; then
    systemctl daemon-reload
    for unit in $touched; do systemctl try-restart --no-block "$unit" || :; done
  fi
  for unit; do
    if systemctl enable -q "$unit"; then systemctl start --no-block "$unit"; else failed="$failed $unit"; fi
  done
}

# shellcheck disable=SC2016 # single quotes are meant: no text below is expanded
main() {
  [ "$(id -u)" = 0 ] || { echo "$0: this needs root" >&2; exit 1; }
  stage=$(mktemp -d /run/kube-anywhere.XXXXXX) # in memory: it has secrets
# --- what this machine has
