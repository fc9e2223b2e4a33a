#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh [-l] [RUNS]: which lines of rtld_shared/decode and rtld_shared/link the corpora reach
# that `./build.sh fuzz` has gathered, for each file and in all; -l lists the lines that they do not.
# RUNS more inputs are made from each corpus first (0 unless given); what they teach is not kept.
# A line of a template counts when any layout's instance of it ran. Wants Debian's llvm.
set -eu
cd "$(dirname "$0")/../.."
list=
if [ "${1-}" = -l ]; then
  list=yes
  shift
fi
runs=${1-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags='-std=c++20 -O1 -g -iquote . -fprofile-instr-generate -fcoverage-mapping'
# Without ASan there are no checks of the arena's sizes; nothing else differs from the fuzzers.
for source in mutator tables seeds decode_fuzz session_fuzz; do
  # shellcheck disable=SC2086
  clang++ $flags -fsanitize=fuzzer-no-link -c "rtld_shared/fuzz/$source.cc" -o "$work/$source.o"
done
for fuzzer in decode_fuzz session_fuzz; do
  clang++ -fsanitize=fuzzer -fprofile-instr-generate "$work/$fuzzer.o" "$work/mutator.o" \
    "$work/tables.o" "$work/seeds.o" -o "$work/$fuzzer"
  corpus=.deps/corpus/__rtld_shared_fuzz_$fuzzer
  mkdir -p "$work/new" "$corpus"
  # All files are run before RUNS is counted.
  all=$(find "$corpus" -type f | wc -l)
  LLVM_PROFILE_FILE=$work/$fuzzer.profraw "$work/$fuzzer" -seed=1 -artifact_prefix="$work/" \
    -runs="$((all + runs))" "$work/new" "$corpus" > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
  }
  echo "$fuzzer: $all inputs in $corpus, $runs more"
done
llvm-profdata merge -o "$work/all.profdata" "$work"/*.profraw

set -- "$work/decode_fuzz" -object "$work/session_fuzz" -instr-profile="$work/all.profdata" \
  rtld_shared/decode rtld_shared/link
llvm-cov export -format=lcov "$@" > "$work/lines"
awk -F '[:,]' -v list="$list" '
  $1 == "SF" { name = $2; sub(/.*rtld_shared/, "rtld_shared", name); files[++n] = name }
  $1 == "DA" {
    ++all[name]
    if ($3 > 0) ++hit[name]; else missing[name] = missing[name] " " $2
  }
  END {
    for (i = 1; i <= n; ++i) {
      name = files[i]
      printf "%6.2f %% %5d of %5d  %s\n", 100 * hit[name] / all[name], hit[name], all[name], name
      lines += all[name]; reached += hit[name]
    }
    printf "%6.2f %% %5d of %5d  in all\n", 100 * reached / lines, reached, lines
    if (list) for (i = 1; i <= n; ++i)
      if (missing[files[i]]) print files[i] ":" missing[files[i]]
  }' "$work/lines"
