# SPDX-License-Identifier: BSD-2-Clause
#
# What the checks of images share. They set `image`, source this (from the top folder, where tests
# run), and end with [ "$failures" = 0 ].
# shellcheck shell=sh disable=SC2154
failures=0

complain() {
  echo "$image: $*"
  failures=$((failures + 1))
}

# has WHAT OPTIONS REGEX: readelf OPTIONS prints a line that matches. lacks: none does.
has() { readelf -W "$2" "$image" 2> /dev/null | grep -Eq -- "$3" || complain "$1"; }
lacks() {
  found=$(readelf -W "$2" "$image" 2> /dev/null | grep -E -- "$3") || return 0
  complain "$1:"
  echo "$found"
}

# lint ACCEPTED: everything else that a linker can do wrong.
lint() {
  said=$(eu-elflint --gnu-ld "$image" 2>&1 | grep -v '^No errors$' | sed -E 's/0x[0-9a-f]+/N/g; s/[0-9]+/N/g' | sort -u)
  [ -n "$said" ] || return 0
  new=$(echo "$said" | grep -vxF -f "$1") || return 0
  complain 'eu-elflint says what is not accepted:'
  echo "$new"
}
