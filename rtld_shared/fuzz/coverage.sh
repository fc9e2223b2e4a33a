#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh [-l] [RUNS]: which lines of rtld_shared/decode and rtld_shared/link the corpora reach
# that `./build.sh fuzz` has gathered, for each file and in all; -l lists the lines that they do not.
# RUNS more inputs are made from each corpus first (0 unless given); what they teach is not kept.
# A line of a template counts when any layout's instance of it ran; one that is instantiated nowhere
# has no lines: of the classes in instances.cc all members have. Headers that no fuzzer includes are
# named. Fails where less than 95 % of the lines are reached. Wants Debian's llvm.
set -eu
cd "$(dirname "$0")/../.."
list=
if [ "${1-}" = -l ]; then
  list=yes
  shift
fi
runs=${1-0}
least=95
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags='-std=c++20 -O1 -g -iquote . -fprofile-instr-generate -fcoverage-mapping'
# Without ASan there are no checks of the arena's sizes; nothing else differs from the fuzzers.
for source in mutator tables seeds decode_fuzz session_fuzz; do
  # shellcheck disable=SC2086
  clang++ $flags -fsanitize=fuzzer-no-link -c "rtld_shared/fuzz/$source.cc" -o "$work/$source.o"
done
for source in rtld_shared/fuzz/*_fuzz.cc; do
  # A CPU's list of all CPUs is made by Bazel, and includes nothing of the two folders.
  clang++ -std=c++20 -iquote . -MM -MG "$source"
done | tr -sc '[:alnum:]_./-' '\n' | grep '^rtld_shared/' | sort -u > "$work/headers"
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
# Never run: its functions are there to be counted. Of those that fuzzers have, too, theirs count, and
# llvm-cov warns that these have "mismatched data".
# shellcheck disable=SC2086
clang++ $flags -c rtld_shared/fuzz/instances.cc -o "$work/instances.o"
llvm-profdata merge -o "$work/all.profdata" "$work"/*.profraw

set -- "$work/decode_fuzz" -object "$work/session_fuzz" -object "$work/instances.o" \
  -instr-profile="$work/all.profdata" rtld_shared/decode rtld_shared/link
llvm-cov export -format=lcov "$@" > "$work/lines"
for header in rtld_shared/decode/*.h rtld_shared/link/*.h; do
  grep -Fqx "$header" "$work/headers" || echo "no fuzzer includes $header"
done
awk -F '[:,]' -v list="$list" -v least="$least" '
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
    if (100 * reached < least * lines) {
      print "coverage.sh: less than " least " %" > "/dev/stderr"
      exit 1
    }
  }' "$work/lines"
