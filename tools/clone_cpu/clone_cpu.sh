#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# clone_cpu.sh TREE CPU NAME: makes TREE/arch/NAME, the same machine as TREE/arch/CPU by another name.
#
# Nothing outside the new folder is written. In it the name changes wherever it is the folder's
# (paths, C++ namespaces, symbols), but not in the plain files, where it is that of Debian's packages,
# compilers and emulators.
set -eu
[ $# = 3 ] || {
  echo "usage: clone_cpu.sh TREE CPU NAME" >&2
  exit 2
}
tree=$1 cpu=$2 name=$3
case $name in
*[!a-z0-9_]* | [!a-z]*)
  echo "clone_cpu.sh: $name: a name is a C++ identifier in small letters" >&2
  exit 2
  ;;
esac
[ -d "$tree/arch/$cpu" ] || {
  echo "clone_cpu.sh: there is no $tree/arch/$cpu" >&2
  exit 1
}
[ ! -e "$tree/arch/$name" ] || {
  echo "clone_cpu.sh: $tree/arch/$name is there already" >&2
  exit 1
}
cp -R "$tree/arch/$cpu" "$tree/arch/$name"
find "$tree/arch/$name" -type f ! -path '*/testdata/*' \( -name '*.h' -o -name '*.cc' -o \
  -name '*.c' -o -name '*.S' -o -name README.md \) |
  while read -r file; do
    sed "s/$cpu/$name/g" "$file" > "$file.new"
    cat "$file.new" > "$file"
    rm "$file.new"
  done
