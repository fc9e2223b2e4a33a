#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# doc_host.sh SDK TEXT AWK TOOLS [OUTPUT]: runs the host's commands of a text for module authors, in a
# folder of their own with the SDK in $HOME/dynlink-sdk, and compares what they print. Copies the
# modules they make to OUTPUT.
set -eu
folder=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/here" "$work/out"
cp -RL "$1" "$work/home/dynlink-sdk"
chmod -R u+w "$work/home"
awk -v part=files -v directory="$work/here" -f "$3" "$2"
awk -v part=host -f "$3" "$2" > "$work/host"
output=${5:+$folder/$5}
sh "$4" "$work/home/dynlink-sdk" "$work/bin"

# One shell runs all commands; each one's words go to a file of its own.
awk -v out="$work/out" '
  /^\$ / {
    ++n
    printf "" > (out "/wanted." n)
    print substr($0, 3) > (out "/command." n)
    # It writes an SDK; that one is there.
    if ($2 == "./build.sh") { skipped = 1; next }
    skipped = 0
    printf "{ %s\n} > %s/got.%d 2>&1\n", substr($0, 3), out, n
    next
  }
  !skipped { print > (out "/wanted." n) }' "$work/host" > "$work/run"
[ -s "$work/run" ] || { echo "$2: no commands" >&2; exit 1; }
(cd "$work/here" && HOME=$work/home PATH="$work/bin:$PATH" sh "$work/run") || true

status=0
for wanted in "$work"/out/wanted.*; do
  got=$work/out/got.${wanted##*.}
  [ -e "$got" ] || continue
  cmp -s "$wanted" "$got" && continue
  status=1
  echo "$2: $(cat "$work/out/command.${wanted##*.}")"
  diff -u --label wanted --label got "$wanted" "$got" || true
done
[ -z "$output" ] || { mkdir -p "$output" && cp "$work"/here/*.kld "$output"; }
exit $status
