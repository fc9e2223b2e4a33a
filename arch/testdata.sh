#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the images of arch/CPU/testdata from arch/testdata/*.c and arch/CPU/testdata/*.{c,S} with the
# CPU's own cross tools: testdata.sh CPU [OUTPUT-DIRECTORY]. arch/testdata/README.md tells what is
# in them. The images are checked in; the builds of the tree never run this.
#
# Needs: gcc and binutils of the triple in arch/CPU/triple; ld.lld-14 where GNU ld cannot pack
# relative relocations.
set -eu
cpu=${1:?usage: testdata.sh CPU [OUTPUT-DIRECTORY]}
here=$(cd "$(dirname "$0")" && pwd)
out=${2:-$here/$cpu/testdata}
read -r triple < "$here/$cpu/triple"
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

lld=ld.lld-14
cflags='-O1 -fPIC -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables
        -fno-ident -fcommon -fno-builtin -w -I'$here/testdata
# Small images: linked for the smallest page that the CPU has.
page=$(($(sed -n 's/.*kPageSize = \(0x[0-9a-f]*\);.*/\1/p' "$here/$cpu/elf_traits.h")))
ldflags="-shared -s -z noseparate-code -z relro -z max-page-size=$page --build-id=none"

# compile NAME [FLAG...]: NAME.c (or .S) of the CPU's folder, else the common one, to NAME.o
compile() {
  name=$1 && shift
  for source in "$here/$cpu/testdata/$name.S" "$here/$cpu/testdata/$name.c" "$here/testdata/$name.c"; do
    [ -e "$source" ] && break
  done
  # shellcheck disable=SC2046,SC2086
  "$triple-gcc" $cflags $(sed -n 's,^// flags: ,,p' "$source") "$@" -c "$source" -o "$name.o"
}

# link IMAGE OBJECT [ARGUMENT...]: a shared object named IMAGE, with both hash tables.
link() {
  image=$1 object=$2 && shift 2
  # shellcheck disable=SC2046,SC2086
  "$triple-gcc" -nostdlib -Xlinker $(echo $ldflags -soname "$image" --hash-style=both | sed 's/ / -Xlinker /g') \
    "$object" "$@" -o "$image"
}

# The `// link:` lines of what was compiled last.
link_arguments() { sed -n 's,^// link: ,,p' "$source"; }

has_relocation() { "$triple-readelf" -rW "$1" | grep -q "_$2"; }
has_tag() { "$triple-readelf" -dW "$1" | grep -q "($2)"; }

compile provider && link provider.so provider.o
compile user && link user.so user.o provider.so
compile broken && link broken.so broken.o provider.so
compile hash
link hash_gnu.so hash.o -Wl,--hash-style=gnu
link hash_sysv.so hash.o -Wl,--hash-style=sysv
compile versions && link versions.so versions.o -Wl,--version-script="$here/testdata/versions.map"
# An older versions.so, before V_3; only_3 is of no version there.
link versions_old.so versions.o -Wl,-soname,versions.so \
  -Wl,--version-script="$here/testdata/versions_old.map"
compile version_user && link version_user.so version_user.o versions.so
# Not every psABI has IFUNC: without it the assembler refuses the symbols, or the linker takes them for
# functions.
if ! compile ifunc 2> /dev/null || ! link ifunc.so ifunc.o 2> /dev/null ||
  ! has_relocation ifunc.so IRELATIVE; then
  rm -f ifunc.so
fi
compile tls_provider && link tls_provider.so tls_provider.o

# Every way to reach thread-local variables that the compiler has.
compile tls && link tls.so tls.o tls_provider.so provider.so
for dialect in gnu2 desc trad; do
  if compile tls -mtls-dialect=$dialect 2> /dev/null; then
    link tls_$dialect.so tls.o tls_provider.so provider.so
  fi
done

# The other linker's idea of the same image, unless a file no_lld says why it has none; and packed
# relative relocations from whoever has them.
if [ ! -e "$here/$cpu/testdata/no_lld" ]; then
  for hash in both sysv; do
    # shellcheck disable=SC2086
    "$lld" $ldflags -soname user_lld.so --hash-style=$hash user.o provider.so -o user_lld.so \
      2> /dev/null && break
    rm -f user_lld.so
  done
fi
compile relr && link relr.so relr.o -Wl,-z,pack-relative-relocs 2> /dev/null
if ! has_tag relr.so RELR; then
  rm relr.so
  for hash in both sysv; do
    # shellcheck disable=SC2086
    "$lld" $ldflags -soname relr.so --hash-style=$hash --pack-dyn-relocs=relr relr.o -o relr.so \
      2> /dev/null && has_tag relr.so RELR && break
    rm -f relr.so
  done
fi

# A program that is not position independent, and a library that lives with it.
compile follower && link follower.so follower.o provider.so
compile program
# shellcheck disable=SC2046
"$triple-gcc" -nostdlib -nostartfiles -s -no-pie -Wl,-z,noseparate-code,-z,max-page-size=$page \
  -Wl,--build-id=none,--hash-style=both,--dynamic-linker=/libexec/ld.elf_so,--no-as-needed \
  program.o follower.so provider.so $(link_arguments) -o program

# What only this CPU has.
for source in "$here/$cpu"/testdata/*.[cS]; do
  name=$(basename "${source%.*}")
  if [ ! -e "$source" ] || [ -e "$here/testdata/$name.c" ]; then continue; fi
  # shellcheck disable=SC2046
  compile "$name" && link "$name.so" "$name.o" provider.so $(link_arguments)
done

rm -f "$out"/*.so "$out"/program
cp ./*.so program "$out"
{
  echo "# $cpu: images for tests"
  echo
  echo "Made by \`arch/testdata.sh $cpu\` with $("$triple-gcc" --version | sed 1q),"
  echo "$("$triple-ld" --version | sed 1q), $("$lld" --version | sed 's/ (.*//')."
  echo '`arch/testdata/README.md` tells what is in each; sources beside it or here.'
  echo
  (cd "$out" && for image in program *.so; do
    echo "* \`$image\` $("$triple-readelf" -rW "$image" | grep -o 'R_[A-Z0-9]*_[A-Z0-9_]*' |
      sort | uniq -c | awk '{ printf("%s%s %s", NR > 1 ? ", " : "", $1, $2) }')"
  done)
} > "$out/README.md"
