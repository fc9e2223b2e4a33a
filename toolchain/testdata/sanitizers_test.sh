#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each sanitizer finds the fault it is for; a mode that lost its flags would pass everything.
set -u
cd toolchain/testdata || exit 1
failures=0

finds() {
  if "./$1" > "$TEST_TMPDIR/log" 2>&1 || ! grep -q "$2" "$TEST_TMPDIR/log"; then
    echo "FAIL: $1: no \"$2\" in:"
    cat "$TEST_TMPDIR/log"
    failures=$((failures + 1))
  fi
}

finds data_race.tsan 'ThreadSanitizer: data race'
finds heap_overflow.asan 'AddressSanitizer: heap-buffer-overflow'
finds shift.asan 'shift exponent 32 is too large'
[ "$failures" = 0 ]
