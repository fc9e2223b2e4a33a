#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# link.sh DRIVER NEEDED COUNT [SONAME STUB]... ARGUMENT...
#
# Runs the link driver with the arguments and, behind them, the stubs that the file NEEDED names
# (one soname a line), in its order, or every stub when NEEDED is empty. So a module's DT_NEEDED
# are a plain file that the analysis of the build need not read.
set -eu
driver=$1 needed=$2 count=$3
shift 3
pairs=
all=
while [ "$count" -gt 0 ]; do
  pairs="$pairs$1 $2
"
  all="$all $2"
  shift 2
  count=$((count - 1))
done
if [ -z "$needed" ]; then
  chosen=$all
else
  chosen=
  while read -r soname || [ -n "$soname" ]; do
    [ -n "$soname" ] || continue
    stub=$(printf '%s' "$pairs" | while read -r name path; do
      [ "$name" != "$soname" ] || echo "$path"
    done)
    if [ -z "$stub" ]; then
      echo "$needed: no stub for \`$soname'; known are:" >&2
      printf '%s' "$pairs" | cut -d' ' -f1 | sed 's/^/  /' >&2
      exit 1
    fi
    chosen="$chosen $stub"
  done < "$needed"
fi
# Paths inside an execution root have no blanks.
# shellcheck disable=SC2086
"$driver" "$@" -Wl,--no-as-needed $chosen

# GNU ld marks a PIE whose lowest address is not zero ET_EXEC (bfd/elf.c), as if it could not move.
# It can: DYNLINK_ET_DYN names a file whose e_type is to be ET_DYN (3), in the file's byte order.
if [ -n "${DYNLINK_ET_DYN:-}" ]; then
  case $(od -An -tu1 -j5 -N1 "$DYNLINK_ET_DYN") in
  *1) e_type='\003\000' ;;
  *) e_type='\000\003' ;;
  esac
  # shellcheck disable=SC2059
  printf "$e_type" | dd of="$DYNLINK_ET_DYN" bs=1 seek=16 conv=notrunc 2> /dev/null
fi
