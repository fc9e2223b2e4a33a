#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# shared_lines.sh [--files] [--cpu CPU] [--root DIR] [CLIENTS]: how much of the relocator each client
# shares, and how much is its own.
#
# A client is a line of CLIENTS (clients.txt beside this script): NAME: PATTERN..., where %cpu% is the
# CPU. For each of its .cc files the compiler says which headers it reads (c++ -MM). Columns:
#
#   read     lines of the shared headers among these: rtld_shared/ and ring 1, which is
#            arch/contract/*.h and arch/<cpu>/elf_traits.h
#   used     of these, lines for which the client has code: .loc directives of its .cc files,
#            compiled without optimisation, so that a template nobody calls has none
#   adapter  lines of its own files that include something shared
#   own      lines of all its own files: those of the patterns, tests and fuzzers aside
#
# Then how many lines are used by at least so many clients. A line counts if it is neither blank nor
# comment (c++ -fpreprocessed -dD -E -P).
#
# --files prints a matrix instead: which client reads which shared header.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root='' files='' cpu=$(uname -m) clients=$here/clients.txt
while [ $# -gt 0 ]; do
  case $1 in
  --files) files=yes ;;
  --cpu) cpu=$2; shift ;;
  --root) root=$2; shift ;;
  -*) echo "usage: shared_lines.sh [--files] [--cpu CPU] [--root DIR] [CLIENTS]" >&2; exit 2 ;;
  *) clients=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;;
  esac
  shift
done
cd "${root:-$here/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shared='^(rtld_shared/.*|arch/contract/[^/]*\.h|arch/[^/]*/elf_traits\.h)$'
shared_line='^(rtld_shared/.*|arch/contract/[^/]*\.h|arch/[^/]*/elf_traits\.h) '

# What the build generates: headers of the current CPU, traits of all.
mkdir -p "$work/include/arch"
{
  echo "#pragma once"
  for traits in arch/*/elf_traits.h; do echo "#include \"$traits\""; done
  names=$(for traits in arch/*/elf_traits.h; do basename "$(dirname "$traits")"; done)
  echo "namespace arch { template <template <class...> class T> using All ="
  echo "T<$(echo "$names" | sed 's/$/::Traits/' | paste -sd,)>; }"
} > "$work/include/arch/all.h"
find -L . \( -name 'bazel-*' -o -name '.?*' \) -prune -o \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 grep -hoE '"arch/current/[^"]+"' | tr -d '"' | sort -u |
  while read -r header; do
    mkdir -p "$work/include/$(dirname "$header")"
    {
      echo "#pragma once"
      echo "#include \"arch/$cpu/${header#arch/current/}\""
      [ "$header" != arch/current/elf_traits.h ] ||
        echo "namespace arch { using Current = $cpu::Traits; }"
    } > "$work/include/$header"
  done

# code FILE...: lines that are neither blank nor comment.
code() {
  for file in "$@"; do
    c++ -w -fpreprocessed -dD -E -P -x c++ "$file"
  done | grep -c '[^[:space:]]' || true
}

# headers SOURCE: what the compiler reads for it, relative to the root.
headers() {
  c++ -std=c++20 -iquote . -iquote "$work/include" -MM "$1" | tr -d '\\' | tr -s ' ' '\n' |
    sed 's,^\./,,' | grep -E '\.h$' || true
}

# used SOURCE: "FILE LINE" of shared lines with code.
used() {
  c++ -std=c++20 -O0 -g -w -iquote . -iquote "$work/include" -S -o - "$1" | awk '
    $1 == ".file" && $2 ~ /^[0-9]+$/ { name = $3; gsub(/"|^"\.\//, "", name); file[$2] = name }
    $1 == ".loc" && $3 > 0 { print file[$2], $3 }' | sort -u | grep -E "$shared_line" || true
}

while IFS=: read -r name patterns; do
  case $name in '' | '#'*) continue ;; esac
  for file in $(echo "$patterns" | sed "s/%cpu%/$cpu/g"); do
    [ -e "$file" ] || { echo "shared_lines.sh: $name: no file matches $file" >&2; exit 1; }
    echo "$file"
  done > "$work/files"
  # What the CPU shares with its family is the client's too.
  for family in "arch/$cpu"/family.*; do
    [ -e "$family" ] || continue
    for file in $(echo "$patterns" | tr ' ' '\n' | sed -n "s/%cpu%/${family##*/family.}/p"); do
      [ ! -e "$file" ] || echo "$file"
    done
  done >> "$work/files"
  grep -E '\.(h|cc)$' "$work/files" | grep -vE '_(test|fuzz)\.(h|cc)$' > "$work/own"
  grep '\.cc$' "$work/own" | while read -r source; do headers "$source"; done |
    sort -u > "$work/read"
  grep -E "$shared" "$work/read" > "$work/shared.$name" || true
  if [ -z "$files" ]; then
    grep '\.cc$' "$work/own" | while read -r source; do used "$source"; done | sort -u
  fi > "$work/used"
  cat "$work/used" >> "$work/used.all"
  xargs grep -lE '#include "(rtld_shared/|arch/(contract/[^/]*\.h|[^/]*/elf_traits\.h|all\.h)")' \
    < "$work/own" > "$work/adapter" || true
  # File names of the tree have no blanks.
  # shellcheck disable=SC2046
  printf '%s|%d|%d|%d|%d\n' "$name" "$(code $(cat "$work/shared.$name"))" "$(wc -l < "$work/used")" \
    "$(code $(cat "$work/adapter"))" "$(code $(cat "$work/own"))" >> "$work/table"
done < "$clients"

if [ -n "$files" ]; then
  cut -d'|' -f1 "$work/table" | awk '{print "  " NR ": " $0}'
  sort -u "$work"/shared.* | while read -r header; do
    marks=$(cut -d'|' -f1 "$work/table" | while read -r name; do
      if grep -qx "$header" "$work/shared.$name"; then printf ' x'; else printf ' .'; fi
    done)
    printf '%-34s %4d %s\n' "$header" "$(code "$header")" "$marks"
  done
  exit
fi
printf '%-24s %7s %7s %8s %7s\n' client read used adapter own
awk -F'|' '{ printf "%-24s %7d %7d %8d %7d\n", $1, $2, $3, $4, $5 }' "$work/table"
# shellcheck disable=SC2046
printf '%-24s %7d\n' 'all shared headers read' "$(code $(sort -u "$work"/shared.*))"
sort "$work/used.all" | uniq -c | awk '
  { lines[$1]++; if ($1 > most) most = $1 }
  END {
    for (n = most; n > 0; --n) {
      sum += lines[n]
      printf "%-24s %15d\n", "used by " n (n < most ? " or more" : ""), sum
    }
  }'
