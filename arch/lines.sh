#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# lines.sh [--check]: how many lines each CPU has per ring, as the table in README.md: sources, headers,
# assembly and link scripts, without tests and test images. What several CPUs share has a row of its
# own, of the family; instructions.h and the like there count as boot. --check says which of the README's figures
# are off by more than a tenth, and by more than ten lines.
set -eu
cd "$(dirname "$0")"

# count PATH...: lines of the files that exist below the paths.
count() {
  find "$@" -type f \( -name '*.h' -o -name '*.cc' -o -name '*.c' -o -name '*.S' -o -name '*.ld' \) \
    ! -name '*_test.cc' -exec cat {} + 2> /dev/null | wc -l
}

# row NAME TRAITS BOOT...: a folder's line of the table; BOOT are the paths of its boot column.
row() {
  name=$1 lines=$2
  shift 2
  echo "| $name | $lines | $(count "$name/rtld") | $(count "$@") | $(count "$name/kernel") |" |
    sed 's/| 0 /| - /g'
}

table() {
  echo '| CPU | traits | rtld | boot | kernel |'
  echo '|---|---|---|---|---|'
  for traits in */elf_traits.h; do
    cpu=${traits%/*}
    row "$cpu" "$(count "$traits" "$cpu/traits")" "$cpu/boot"
  done
  for family in $(ls -d */family.* | sed 's/.*family\.//' | sort -u); do
    row "$family" "$(count "$family/traits")" "$family"/*.h "$family/boot"
  done
}

[ "${1-}" = --check ] || { table; exit; }
table | tr -d '|' | while read -r cpu figures; do
  case $cpu in CPU | ---*) continue ;; esac
  told=$(sed -n "s/^| $cpu | *\([0-9-].*\)/\1/p" README.md | tr -d '|')
  awk -v cpu="$cpu" -v have="$figures" -v told="$told" 'BEGIN {
    n = split(have, lines)
    if (split(told, figures) != n) { print "arch/README.md: " cpu " has no row (arch/lines.sh)"; exit }
    for (i = 1; i <= n; i++) {
      off = lines[i] - figures[i]
      if (off < 0) off = -off
      if ((lines[i] == "-") == (figures[i] == "-") && (off <= 10 || off * 10 <= lines[i])) continue
      print "arch/README.md: " cpu ": " figures[i] " for what are " lines[i] " lines (arch/lines.sh)"
    }
  }'
done
