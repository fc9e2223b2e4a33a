#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kldtools_test.sh KLDTOOLS LINKS: every link's name is a command, and no command lacks its link.
set -eu
tool=$PWD/$1 links=$PWD/$2
cd "$TEST_TMPDIR"
failures=0
while read -r name; do
  ln -s "$tool" "$name"
  # An option that nobody has: the answer begins with the command's own name.
  "./$name" --nonsense 2> linked && status=0 || status=$?
  [ "$status" = 2 ] && grep -q "^$name: unknown option --nonsense" linked || {
    echo "FAIL: $name says: $(cat linked)"
    failures=$((failures + 1))
  }
  "$tool" "$name" --nonsense 2> named || true
  cmp -s linked named || {
    echo "FAIL: kldtools $name is not $name"
    failures=$((failures + 1))
  }
done < "$links"
"$tool" nonsense 2> usage && exit 1
sed -n 's/^commands: //p' usage | tr ' ' '\n' > commands
cmp commands "$links" || failures=$((failures + 1))
[ "$failures" = 0 ]
