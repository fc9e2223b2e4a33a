#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make.sh TRIPLE SOURCES OUT: links the programs and their libraries with the triple's own tools, all
# into OUT, where they find each other.
#
#   pie, exec -> libleft, libright, libold, libmany11, libbase, libstdc++, libc
#   libleft, libright, libold -> libbase         libmanyN -> libmany(N-1), libmany0
#   libmany5 has DT_HASH alone, libmany6 both tables; libleft has TLS descriptors, where they are a choice
set -eu
triple=$1 sources=$2 out=$3
flags="-O1 -fPIC -g0 -Wall -Wextra -Werror -I$sources"
link="-Wl,-z,now -Wl,--build-id=none -L$out -Wl,-rpath,\$ORIGIN -Wl,--no-as-needed"

descriptors=-mtls-dialect=gnu2
"$triple-gcc" "$descriptors" -fsyntax-only -x c /dev/null 2> /dev/null || descriptors=

# library NAME COMPILER FLAG...
library() {
  name=$1 compiler=$2
  shift 2
  # Flags are words.
  # shellcheck disable=SC2086
  "$triple-$compiler" $flags -shared -Wl,-soname,"$name" -o "$out/$name" "$@" $link
}

library snapshot.so gcc "$sources/snapshot.c" -Wl,-z,initfirst
library libbase.so gcc "$sources/base.c" -Wl,--version-script="$sources/base.map"
library libleft.so g++ "$sources/left.cc" -std=c++20 ${descriptors:+"$descriptors"} "$out/libbase.so"
library libright.so g++ "$sources/right.cc" -std=c++20 "$out/libbase.so"
# Without versions, as libold.so knew it.
mkdir "$out/stand_in"
# shellcheck disable=SC2086
"$triple-gcc" $flags -DSTAND_IN -shared -Wl,-soname,libbase.so -o "$out/stand_in/libbase.so" "$sources/old.c"
library libold.so gcc "$sources/old.c" "$out/stand_in/libbase.so"
rm -r "$out/stand_in"
number=0 before=
while [ "$number" -lt 12 ]; do
  style=gnu
  case $number in 5) style=sysv ;; 6) style=both ;; esac
  # The one before, and the first unless it is that.
  # shellcheck disable=SC2086
  library "libmany$number.so" gcc "$sources/many.c" "-DN=$number" "-DBEFORE=$((number - 1))" \
    "-Wl,--hash-style=$style" ${before:+"$out/libmany$before.so" "$out/libmany0.so"}
  before=$number
  number=$((number + 1))
done
for kind in pie exec; do
  case $kind in pie) position='-fPIE -pie -DPROGRAM_TLS_ALIGN=4' ;; exec) position='-fno-pic -no-pie -DPROGRAM_TLS_ALIGN=64' ;; esac
  # shellcheck disable=SC2086
  "$triple-g++" -O1 -g0 -std=c++20 -I"$sources" $position -o "$out/$kind" "$sources/program.cc" \
    -Wl,--no-as-needed "$out/libleft.so" "$out/libright.so" "$out/libold.so" "$out/libmany11.so" "$out/libmany0.so" "$out/libbase.so" $link
done
