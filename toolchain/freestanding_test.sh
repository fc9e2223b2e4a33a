#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# freestanding_test.sh OBJECT [NAME]...: OBJECT needs nothing but what compilers call and NAMEs.
set -eu
object=$1
shift
nm "$object" > "$TEST_TMPDIR/all"
grep -q ' [TtRrDdBbVvWw] ' "$TEST_TMPDIR/all" || {
  echo "$object defines nothing: the check would look at nothing"
  exit 1
}
status=0
for name in $(nm -u "$object" | sed 's/.* //'); do
  case " memcpy memmove memset memcmp _GLOBAL_OFFSET_TABLE_ $* " in
    *" $name "*) ;;
    *)
      echo "needs $name"
      status=1
      ;;
  esac
done
exit $status
