#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make_sdk.sh OUTPUT MANIFEST: lays out an SDK for modules. Lines of the manifest:
#
#   file PATH SOURCE     OUTPUT/PATH is a copy of SOURCE
#   text NAME WORD...    appends the words to the variable NAME
#   flags NAME SOURCE    appends what the file says
#   page NAME HEADER     appends the link options for arch/current/page.h's size
#   version NAME MAP     appends the number of the last node of a version script, 1.0 for KERNEL_1.0
#
# In pkg-config files @NAME@ becomes the variable's value; a name without value is an error.
set -eu
output=$1 manifest=$2

sed -n 's,^file \([^ ]*\)/[^ /]* .*,\1,p' "$manifest" | sort -u | (cd "$output" && xargs mkdir -p)
while read -r kind path source; do
  [ "$kind" != file ] || cp -L "$source" "$output/$path"
done < "$manifest"
find "$output" -type f -exec chmod 644 {} +

values=$(while read -r kind name rest; do
  case $kind in
  file) ;;
  text) echo "$name $rest" ;;
  flags) echo "$name $(tr '\n' ' ' < "$rest")" ;;
  page)
    size=$(sed -n 's/^#define ARCH_PAGE_SIZE \(.*\)u$/\1/p' "$rest")
    [ -n "$size" ] || { echo "$rest: no ARCH_PAGE_SIZE" >&2; exit 1; }
    echo "$name -Wl,-z,max-page-size=$size,-z,common-page-size=$size"
    ;;
  version)
    number=$(sed -n 's/^[A-Za-z0-9]*_\([0-9.]*\) *{.*/\1/p' "$rest" | tail -n 1)
    [ -n "$number" ] || { echo "$rest: no version node" >&2; exit 1; }
    echo "$name $number"
    ;;
  *) echo "$manifest: unknown line: $kind" >&2; exit 1 ;;
  esac
done < "$manifest")

value() { printf '%s\n' "$values" | sed -n "s/^$1 //p" | tr -s ' \n' ' ' | sed 's/ $//'; }

# The host's own compiler goes by its plain name.
if [ "$(value NATIVE)" = yes ]; then cc=cc cxx=c++; else cc=$(value TRIPLE)-gcc cxx=$(value TRIPLE)-g++; fi
values="$values
CC $cc
CXX $cxx"

for file in "$output"/lib/pkgconfig/*.pc; do
  for name in $(grep -o '@[A-Z]*@' "$file" | tr -d @ | sort -u); do
    text=$(value "$name")
    [ -n "$text" ] || { echo "$file: nothing to put for @$name@" >&2; exit 1; }
    escaped=$(printf '%s' "$text" | sed 's/[\\&|]/\\&/g')
    sed "s|@$name@|$escaped|g" "$file" > "$file.new"
    mv "$file.new" "$file"
  done
  chmod 644 "$file"
done
