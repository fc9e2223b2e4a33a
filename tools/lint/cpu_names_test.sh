#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cpu_names.sh in a tree that has this one's CPUs and lists, and planted files: what it finds is
# what was planted, in every kind of place and of every kind of name. No CPU is named here either:
# the names are a folder's and toolchain/testdata's.
set -eu
top=$PWD
tree=$(mktemp -d "${TEST_TMPDIR:-/tmp}/cpu_names.XXXXXX")
trap 'rm -rf "$tree"' EXIT
failures=0

for file in arch/*/elf_traits.h arch/*/family.* arch/*/relocations toolchain/cpu_words; do
  mkdir -p "$tree/${file%/*}"
  cp -L "$file" "$tree/$file"
done
cd "$tree"
{ ls arch; cat arch/*/relocations | awk '$2 ~ /^R_/ { print $2 }'; } > every
for file in arch/*/family.*; do family=${file##*/family.}; done
for file in arch/*/elf_traits.h; do cpu=${file#arch/} cpu=${cpu%/*}; done

# plant FILE [TEXT]: a file whose second line has this text, else the CPU's name.
plant() {
  case $1 in */*) mkdir -p "${1%/*}" ;; esac
  printf '%s\n' 'harmless' "${2-$cpu}" > "$1"
  echo "$1" >> planted
}

# finds WHAT WANTED: exactly this, in the files that were planted.
finds() {
  "$top/tools/lint/cpu_names.sh" < planted > found
  rm planted
  [ "$2" = "$(cat found)" ] && return
  failures=$((failures + 1))
  printf 'FAIL: %s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$(cat found)"
}

# Where CPUs may be named.
for folder in "arch/$cpu" "arch/$cpu/kernel" "arch/$family/boot" toolchain toolchain/testdata \
  docs; do
  plant "$folder/file.cc"
done
plant "arch/$cpu/${cpu}_test.cc"
for file in README.md kernel/README.md LICENSE; do plant "$file"; done
finds "nothing where CPUs may be named" ""

# And where not.
places="arch/BUILD arch/file.sh arch/contract/boot/file.h arch/testdata/file.c arch/testing/file.cc
        arch/wrapper/cc kernel/toolchain/file.cc kernel/docs/BUILD tools/BUILD
        .ci/run file.scenario"
wanted=
for file in $places; do
  plant "$file"
  wanted="$wanted$file:2:$cpu
"
done
finds "a name in each place" "${wanted%?}"

plant "kernel/$cpu.cc" "nothing inside"
finds "a file's own name" "kernel/$cpu.cc: the path names a CPU"

printf '\0%s\n' "$cpu" > image
echo image > planted
finds "nothing in what is no text" ""

# The names, each in a line of its own: the sign before it says whether it is one.
sed -n 's/^[+-]//p' "$top/toolchain/testdata/cpu_names" > examples
echo examples > planted
finds "the examples" "$(grep '^[+-]' "$top/toolchain/testdata/cpu_names" |
  awk '/^[+]/ { print "examples:" NR ":" substr($0, 2) }')"
[ -s found ] || { echo "FAIL: there are no examples"; failures=$((failures + 1)); }

echo every > planted
finds "every folder and relocation" "$(awk '{ print "every:" NR ":" $0 }' every)"

[ "$failures" = 0 ]
