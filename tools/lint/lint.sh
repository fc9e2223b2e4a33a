#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# lint.sh [JUNIT]: checks of the sources as text, each a test case; clang-tidy is a Bazel test.
# Writes a JUnit file if it is given one. Exit: 1 if any check failed.
set -eu
cd "$(dirname "$0")/../.."
junit=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
: > "$work/cases"

# tracked PATTERN...: the tree's own files of these patterns, which are git's.
tracked() {
  git -c safe.directory='*' ls-files -- "$@" | while read -r file; do
    if [ -f "$file" ] && [ ! -L "$file" ]; then echo "$file"; fi
  done
}

escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }

# check NAME FUNCTION: the function prints what is wrong.
check() {
  "$2" > "$work/log" 2>&1 || echo "(status $?)" >> "$work/log"
  if [ -s "$work/log" ]; then
    failures=$((failures + 1))
    echo "FAIL lint: $1"
    sed 's/^/  /' "$work/log"
    {
      printf '<testcase classname="lint" name="%s"><failure message="failed">' "$1"
      escape < "$work/log"
      echo '</failure></testcase>'
    } >> "$work/cases"
  else
    printf '<testcase classname="lint" name="%s"/>\n' "$1" >> "$work/cases"
  fi
}

formatted() {
  tracked '*.cc' '*.c' '*.h' | xargs -r clang-format --dry-run -Werror 2>&1 |
    grep -E 'error:' || true
}

# The first line says the licence (the second one behind #!).
licensed() {
  tracked '*.cc' '*.c' '*.h' '*.S' '*.ld' '*.sh' '*.bzl' | LC_ALL=C sort > "$work/files"
  xargs -r awk 'FNR <= 2 && /SPDX-License-Identifier: BSD-2-Clause/ { print FILENAME }' \
    < "$work/files" | LC_ALL=C sort -u | LC_ALL=C comm -23 "$work/files" - |
    sed 's/$/: no SPDX-License-Identifier: BSD-2-Clause in its first lines/'
}

# Every folder with sources explains itself, or a folder above it does.
explained() {
  tracked '*.cc' '*.c' '*.h' '*.S' '*.bzl' | sed -n 's,/[^/]*$,,p' | sort -u |
    while read -r folder; do
      above=$folder
      while [ ! -e "$above/README.md" ] && [ "$above" != "${above%/*}" ]; do above=${above%/*}; done
      [ -e "$above/README.md" ] || echo "$folder: no README.md, nor in a folder above it"
    done
}

scripts_checked() {
  { tracked '*.sh' '.ci/*' 'arch/wrapper/*'; } | xargs -r shellcheck -S warning -f gcc || true
}

# Only functions that both libelfs have (third_party/libelf/README.md).
libelf_functions() {
  tracked '*.cc' '*.c' '*.h' | xargs -r grep -nE '#include <(libelf|gelf)\.h>' -l |
    while read -r file; do
      sed 's,//.*,,' "$file" | grep -oE '\b(g?elf|elf32|elf64)_[a-z0-9_]+ *\(' | tr -d ' (' |
        sort -u | while read -r name; do
        grep -qx "$name" third_party/libelf/api.txt ||
          echo "$file: $name is not in third_party/libelf/api.txt"
      done
    done
}

cpu_free() { tracked . | tools/lint/cpu_names.sh; }

# The emulator that a CPU's folder names is in a package of its list, or of everybody's.
emulators_listed() {
  for file in arch/*/qemu.args arch/*/qemu_user; do
    program=$(sed 's/#.*//; /^ *$/d' "$file" | head -n 1 | cut -d ' ' -f 1)
    path=$(command -v "$program") || { echo "$file: there is no $program"; continue; }
    echo "$file $program $(readlink -f "$path")"
  done > "$work/emulators"
  # PACKAGE[:CPU]: PATH, asked for once for all, for it takes long.
  cut -d ' ' -f 3 "$work/emulators" | grep . | sort -u | xargs -r dpkg -S > "$work/owners"
  grep -E '^arch/[^ ]* [^ ]* /' "$work/emulators" | while read -r file program path; do
    list=${file%/*}/packages
    [ -e "$list" ] || list=
    package=$(grep -E "^[^ ]*: $path\$" "$work/owners" | cut -d : -f 1)
    sed 's/#.*//' ${list:+"$list"} third_party/packages | grep -qx "$package" ||
      echo "$file: $program is in $package, which is neither in ${list:-a list of the CPU} nor in third_party/packages"
  done
  grep -v '^arch/[^ ]* [^ ]* /' "$work/emulators" || true
}

lines_counted() { arch/lines.sh --check; }

# Programs that scripts call come from the package lists. What Debian's essential packages have
# needs no list; a program is known by the line below that names its package.
programs_listed() {
  sed 's/#.*//; /^$/d' third_party/packages arch/*/packages | sort -u > "$work/packages"
  tracked '*.sh' '.ci/*' 'arch/wrapper/*' 'arch/*/qemu.args' | grep -v '^tools/lint/lint.sh$' |
    xargs grep -v '^ *#' | sed 's/:/:;/' > "$work/scripts"
  while read -r package programs; do
    for program in $programs; do
      users=$(grep -E ":(.*([|;&(\`!]|exec|xargs( -[^ ]+)*|then|do|if|env)) *(/usr/bin/)?$program( |\$|\\))" \
        "$work/scripts" | cut -d: -f1 | sort -u | xargs)
      [ -z "$users" ] || grep -qx "$package" "$work/packages" ||
        echo "$program is called by $users, but $package is in no list"
    done
  done << 'EOF'
abigail-tools abidiff
bazel-bootstrap bazel
binutils readelf objdump objcopy nm strip ar ld eu-ar
bsdextrautils hexdump
clang clang clang++
clang-format clang-format
clang-tidy clang-tidy
cpio cpio
elfutils eu-elflint eu-readelf
g++ g++
gdb gdb
git git
lld ld.lld
make make
mandoc mandoc
mold mold
pkg-config pkg-config
python3 python3
shellcheck shellcheck
xz-utils xz
EOF
}

check "sources are formatted (./build.sh fmt)" formatted
check "files name their licence" licensed
check "shell scripts pass shellcheck" scripts_checked
check "folders have a README" explained
check "libelf: only what both implementations have" libelf_functions
check "arch/README.md counts the lines of each CPU" lines_counted
check "no CPU is named outside its folder and toolchain" cpu_free
check "emulators are in the package lists" emulators_listed
check "programs that scripts call are in the package lists" programs_listed

if [ -n "$junit" ]; then
  {
    echo '<?xml version="1.0" encoding="UTF-8"?>'
    echo '<testsuites><testsuite name="lint">'
    cat "$work/cases"
    echo '</testsuite></testsuites>'
  } > "$junit"
fi
[ "$failures" = 0 ]
