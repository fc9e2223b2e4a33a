#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each sanitizer finds the fault it is for; a mode that lost its flags would pass everything.
set -u
cd toolchain/testdata || exit 1
failures=0

# finds PROGRAM TEXT [OPTION]...
finds() {
  program=$1 text=$2
  shift 2
  if "./$program" "$@" > "$TEST_TMPDIR/log" 2>&1 || ! grep -q "$text" "$TEST_TMPDIR/log"; then
    echo "FAIL: $program: no \"$text\" in:"
    cat "$TEST_TMPDIR/log"
    failures=$((failures + 1))
  fi
}

finds data_race.tsan 'ThreadSanitizer: data race'
finds heap_overflow.asan 'AddressSanitizer: heap-buffer-overflow'
finds shift.asan 'shift exponent 32 is too large'
finds fuzz_overflow.fuzz 'AddressSanitizer: heap-buffer-overflow' \
  -runs=1000000 -seed=1 -artifact_prefix="$TEST_TMPDIR/"
[ "$failures" = 0 ]
