#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds every CPU's test images again and compares their structure with the checked-in ones': header,
# dynamic tags, relocations by type and symbol, dynamic symbols. Not bytes: another version of the
# tools may lay things out differently. Needs all cross tools, so it runs only when it is asked for.
set -eu

# What must not change: readelf's output without the numbers that layout makes.
structure() {
  readelf -hW "$1" | grep -E 'Class|Data|Type|Machine|Flags'
  readelf -dW "$1" | awk '/\(/ { print $2, ($2 ~ /NEEDED|SONAME|PLTREL\)/) ? $NF : "" }'
  readelf -rW "$1" | awk '$3 ~ /^R_/ { print $3, $5 }' | sort
  readelf --dyn-syms -W "$1" | awk 'NR > 3 { print $4, $5, $6, $7 ~ /^[0-9]/ ? "DEF" : $7, $8 }' | sort
}

status=0
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/testdata.XXXXXX")
for triple in arch/*/triple; do
  cpu=$(basename "$(dirname "$triple")")
  [ -e "arch/$cpu/testdata/provider.so" ] || { echo "$cpu: no images"; status=1; continue; }
  arch/testdata.sh "$cpu" "$work/$cpu"
  diff <(cd "arch/$cpu/testdata" && ls ./*.so program) <(cd "$work/$cpu" && ls ./*.so program) || status=1
  for image in "arch/$cpu"/testdata/*.so "arch/$cpu/testdata/program"; do
    fresh=$work/$cpu/$(basename "$image")
    [ -e "$fresh" ] || continue
    diff <(structure "$image") <(structure "$fresh") || { echo "$image differs"; status=1; }
  done
done
exit $status
