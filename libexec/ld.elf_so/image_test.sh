#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ld.elf_so relocates itself, so its image may ask for nothing else: RELATIVE relocations only, no
# undefined symbol, no interpreter, nothing writable and executable, RELRO.
set -eu
image=$1
LC_ALL=C
export LC_ALL
failures=0
check() { # what, condition's status
  if [ "$2" -eq 0 ]; then
    echo "ok: $1"
  else
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
  fi
}
matches() { if echo "$1" | grep -q "$2"; then echo 0; else echo 1; fi; }
lacks() { if echo "$1" | grep -q "$2"; then echo 1; else echo 0; fi; }

header=$(readelf -hW "$image")
segments=$(readelf -lW "$image")
relocations=$(readelf -rW "$image" | grep '_[A-Z0-9]*_' | grep ' R_' || true)
undefined=$(readelf --dyn-syms -W "$image" | awk '$7 == "UND" && $8 != ""')

check "is ET_DYN" "$(matches "$header" 'Type:.*DYN')"
check "has no PT_INTERP" "$(lacks "$segments" INTERP)"
check "has no PT_TLS" "$(lacks "$segments" '^ *TLS')"
check "has RELRO" "$(matches "$segments" GNU_RELRO)"
check "has nothing writable and executable" "$(lacks "$segments" 'RWE')"
check "has relocations, to be seen here" "$(matches "$relocations" 'R_')"
check "has RELATIVE relocations only" "$(lacks "$(echo "$relocations" | grep -v _RELATIVE || true)" 'R_')"
check "has no undefined symbol" "$([ -z "$undefined" ]; echo $?)"
size "$image"
exit "$failures"
