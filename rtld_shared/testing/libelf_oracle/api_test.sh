#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Only functions that elfutils' and elftoolchain's libelf share may be called: api_test.sh API FILE...
set -eu
api=$1
shift
called=$(grep -hoE '\bg?elf(32|64)?_[a-z0-9_]+[[:space:]]*\(' "$@" | tr -d ' (' | sort -u)
[ -n "$called" ] || { echo "no call found in $*: the pattern is wrong"; exit 1; }
status=0
for function in $called; do
  grep -qx "$function" "$api" || { echo "$function is not in $api"; status=1; }
done
# Known to be missing from elftoolchain's, or to differ, whatever the list says.
for name in gelf_getverdef gelf_getverneed gelf_getversym gelf_getvernaux gelf_getverdaux \
    gelf_getnote elf_gnu_hash ELF_T_RELR ELF_C_READ_MMAP ELF_C_RDWR_MMAP; do
  if grep -qw "$name" "$@" || grep -qx "$name" "$api"; then
    echo "$name may not be used"
    status=1
  fi
done
exit $status
