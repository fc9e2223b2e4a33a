#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make.sh SDK OUTPUT FILE...: builds the program in a folder of its own from an SDK and the named files,
# its own and a machine's (arch/contract/embed/machine.h), as somebody would who has nothing else.
set -eu
sdk=$1 output=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -RL "$sdk" "$work/sdk"
# A machine's own start.S replaces that of its probe.
for file in "$@"; do
  case $file in */probe/*) cp -L "$file" "$work" ;; esac
done
for file in "$@"; do
  case $file in */probe/*) ;; *) cp -Lf "$file" "$work" ;; esac
done
chmod -R u+w "$work"
output=$PWD/$output
cd "$work"
export PKG_CONFIG_PATH="$work/sdk/lib/pkgconfig"
variable() { pkg-config --variable="$1" dynlink-embed; }
cc=$(variable cc) cxx=$(variable cxx)
objcopy=$("$cc" -print-prog-name=objcopy)
flags=$(pkg-config --cflags dynlink-embed)
module_flags=$(variable module_cflags)
libs=$(variable module_libs)
warnings="-Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers"

# Flags are words, all of them.
# shellcheck disable=SC2046,SC2086
{
  # 1. What modules are linked against, and the modules.
  "$cc" $module_flags -nostdlib -shared -Wl,-soname,kernel \
    -Wl,--version-script=embed.map -o libembed.so stub.c
  "$cc" $module_flags $warnings -o answer.kld answer.c $libs -Wl,-soname,answer.kld \
    -Wl,--version-script=answer.map -Wl,--no-as-needed libembed.so
  "$cc" $module_flags $warnings -o orphan.kld orphan.c $libs -Wl,-soname,orphan.kld \
    -Wl,-z,undefs -Wl,--no-as-needed libembed.so
  "$cc" $module_flags $warnings -nostdlib -shared -Wl,-soname,plain.so,-z,max-page-size=4096 \
    -o plain.so plain.c

  # 2. The kernel with these in it.
  "$cxx" $flags $(variable cxxflags) $(variable gxxflags) $warnings -I. -c embed.cc machine.cc
  "$cc" $flags -c files.S start.S
  "$cxx" $flags -nostdlib -pie -Wl,--no-dynamic-linker,--export-dynamic -Wl,-soname,kernel \
    -Wl,--version-script=embed.map -Wl,-z,now,-z,norelro,--hash-style=gnu,--build-id=none -Wl,-T,embed.ld \
    $(cat ldflags) -o embed.elf start.o embed.o machine.o files.o \
    $(pkg-config --libs dynlink-embed)
}
if [ ! -e loader_format ]; then
  cp embed.elf "$output"
else
  # What the firmware wants is not ELF. A flat file has its zeros in it.
  "$objcopy" -O "$(cat loader_format)" --set-section-flags .bss=alloc,load,contents embed.elf "$output"
fi
