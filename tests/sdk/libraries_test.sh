#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# libraries_test.sh SDK PORTING.MD: what the two libraries leave undefined together are the functions of
# kernel/dynlink/host.h, every one of them, and those are what the text tells about. The relocator's
# alone leaves nothing. What link editors define by themselves does not count. A module linked with the
# SDK's flags has pages of the size that host.h says.
set -eu
sdk=$1 text=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# undefined ARCHIVE...
undefined() {
  for archive in "$@"; do [ -s "$archive" ] || { echo "FAIL: no $archive" >&2; return 1; }; done
  readelf -sW "$@" > "$work/symbols"
  # What st_other says beyond the visibility stands in brackets before the section.
  awk '
    { sub(/ \[[^]]*\]/, "") }
    $1 !~ /^[0-9]+:$/ || $5 == "LOCAL" || $8 == "" { next }
    $7 == "UND" { needed[$8]; next }
    { defined[$8] }
    END { for (name in needed) if (!(name in defined)) print name }' "$work/symbols" |
    LC_ALL=C sort > "$work/names"
  grep -vxE '_GLOBAL_OFFSET_TABLE_|\.TOC\.' "$work/names" || true
}

# same WHAT FILE FILE
same() {
  diff "$2" "$3" || {
    echo "FAIL: $1"
    failures=1
  }
}

undefined "$sdk/lib/librtld_shared.a" > "$work/relocator"
: > "$work/nothing"
same "librtld_shared.a needs something" "$work/nothing" "$work/relocator"

undefined "$sdk/lib/libkld.a" "$sdk/lib/librtld_shared.a" > "$work/needed"
grep -oE '\bkld_host_[a-z_]+\(' "$sdk/include/kernel/dynlink/host.h" | tr -d '(' |
  LC_ALL=C sort -u > "$work/host"
same "host.h and what the libraries need" "$work/host" "$work/needed"

sed -n 's/^| \(`kld_host_.*\)/\1/p' "$text" | cut -d '|' -f 1 |
  grep -oE 'kld_host_[a-z_]+' | LC_ALL=C sort > "$work/told"
same "host.h and the table in $text" "$work/host" "$work/told"

# A module that wants nothing of a kernel, with something in most segments.
cat > "$work/module.c" << 'END'
#include "kernel/kpi/module.h"
#include "kernel/kpi/owner.h"
KLD_MODULE(layout, "1.0", "is looked at");
static int value = 1;
static void* const own[] = {&__dso_handle, &value};
KLD_LOAD(layout) { return own[value] == &value; }
END
export PKG_CONFIG_PATH="$sdk/lib/pkgconfig"
variable() { pkg-config --variable="$1" dynlink-embed; }
# Flags are words, all of them.
# shellcheck disable=SC2046,SC2086
{
  echo KLD_HOST_PAGE | $(variable cc) $(pkg-config --cflags dynlink-embed) -E -P \
    -include kernel/dynlink/host.h -x c - | sed -n '$s/u$//p' > "$work/page"
  $(variable cc) $(variable module_cflags) -o "$work/layout.kld" "$work/module.c" \
    $(variable module_libs) -Wl,-soname,layout.kld
}
page=$(($(cat "$work/page")))
readelf -lW "$work/layout.kld" | awk '$1 == "LOAD" || $1 == "GNU_RELRO" { print $1, $3, $6, $NF }' \
  > "$work/segments"
# No two segments have a page in common, and RELRO has its last one for itself.
last=-1
while read -r type start bytes align; do
  [ $((bytes)) != 0 ] || continue
  end=$((start + bytes))
  if [ "$type" = GNU_RELRO ]; then
    good=$((end % page == 0))
  else
    good=$((align == page && start / page > last))
    last=$(((end - 1) / page))
  fi
  [ "$good" = 1 ] || { echo "FAIL: pages of $page bytes: $type $start $bytes $align"; failures=1; }
done < "$work/segments"
[ "$(wc -l < "$work/segments")" -ge 5 ] || { echo "FAIL: too few segments"; failures=1; }

count=$(wc -l < "$work/needed")
echo "$count functions"
[ "$count" -le 20 ] || failures=1
exit "$failures"
