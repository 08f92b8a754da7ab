#!/bin/sh
# Makes this machine what its cluster config says. It needs root and is safe to
# run again: only what differs is written, and each file in one step.
set -eu
umask 077
files=0 changes=0 tmp='' touched='' failed=''
trap '[ -z "$tmp" ] || rm -f "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# differs PATH MODE OWNER: what is at PATH has another mode or owner, or is a link.
differs() { [ "$(stat -c %a:%u:%g "$1" 2>/dev/null)" != "$2:$3:$3" ] || [ -L "$1" ]; }

# put FILTER MODE OWNER PATH: PATH becomes what FILTER makes of standard input.
put() {
  files=$((files + 1))
  [ -d "${4%/*}/" ] || (umask 022 && mkdir -p "${4%/*}/")
  tmp=$(mktemp "${4%/*}/.new.XXXXXX")
  "$1" >"$tmp"
  if differs "$4" "$2" "$3" || ! cmp -s "$tmp" "$4"; then
    chown "$3:$3" "$tmp"
    chmod "$2" "$tmp"
    mv -fT "$tmp" "$4"
    changes=$((changes + 1))
    case $4 in /etc/systemd/system/*) touch_unit "${4#/etc/systemd/system/}" ;; esac
  fi
  rm -f "$tmp"
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
    usermod -a -G "$group" "$name"
  done
  [ -z "$hash" ] || printf '%s:%s\n' "$name" "$hash" | chpasswd -e
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
  changes=$((changes + 1))
}

# touch_unit FILE: the unit that FILE belongs to is read anew.
touch_unit() { touched="$touched ${1%%.d/*}"; }

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

main() {
  [ "$(id -u)" = 0 ] || { echo "$0: this needs root" >&2; exit 1; }
# --- what this machine has
