#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The counts of testdata/, which are small enough to be counted by hand.
set -eu
cd tools/shared_lines
failures=0

# same WHAT WANTED GOT
same() {
  [ "$2" = "$3" ] && return
  failures=$((failures + 1))
  printf 'FAIL: %s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$3"
}

same "the table" "\
client read used adapter own
one 11 6 6 8
two 8 3 3 4
all shared headers read 11
used by 2 3
used by 1 or more 6" \
  "$(./shared_lines.sh --cpu tiny --root testdata testdata/clients.txt | tr -s ' ')"

same "the matrix" "\
 1: one
 2: two
arch/tiny/elf_traits.h 3 x .
rtld_shared/both.h 3 x x
rtld_shared/first.h 5 x x" \
  "$(./shared_lines.sh --files --cpu tiny --root testdata testdata/clients.txt | tr -s ' ')"

echo 'three: nowhere/*' > "$TEST_TMPDIR/clients.txt"
if ./shared_lines.sh --cpu tiny --root testdata "$TEST_TMPDIR/clients.txt" 2> "$TEST_TMPDIR/log"; then
  echo "FAIL: a pattern that matches nothing is taken"
  failures=$((failures + 1))
fi
same "the error" "shared_lines.sh: three: no file matches nowhere/*" "$(cat "$TEST_TMPDIR/log")"

[ "$failures" = 0 ]
