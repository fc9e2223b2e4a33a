#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tidy.sh REPORT FILE CHECKS OTHERS FLAG...: what clang-tidy finds in FILE and, if FILE includes them,
# in OTHERS (separated by |); an empty REPORT if that is nothing. CHECKS are added to those of
# .clang-tidy. Other headers are looked at elsewhere (tidy.bzl).
set -eu
report=$1 file=$2 checks=$3 others=$4
shift 4
status=0
/usr/bin/clang-tidy --quiet --checks="$checks" --header-filter="(^|/)($others)\$" "$file" -- "$@" -Wno-pragma-once-outside-header \
  > "$report" 2> "$report.err" || status=$?
if [ "$status" = 0 ]; then
  : > "$report"
elif [ -s "$report" ]; then
  sed -i "s,$PWD/,," "$report"
else
  cat "$report.err" > "$report"
fi
