#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tidy.sh REPORT FILE CHECKS FLAG...: what clang-tidy finds in FILE; an empty REPORT if that is
# nothing. CHECKS are added to those of .clang-tidy. A header is checked as a file of its own, so it
# must include what it needs.
set -eu
report=$1 file=$2 checks=$3
shift 3
status=0
/usr/bin/clang-tidy --quiet --checks="$checks" "$file" -- "$@" -Wno-pragma-once-outside-header \
  > "$report" 2> "$report.err" || status=$?
if [ "$status" = 0 ]; then
  : > "$report"
elif [ -s "$report" ]; then
  sed -i "s,$PWD/,," "$report"
else
  cat "$report.err" > "$report"
fi
