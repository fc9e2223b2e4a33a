#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mutation.sh [-n FAULTS] [-s SEED] [-j JOBS] [-r] [STATE]: puts FAULTS (200) faults into the
# relocator, one at a time, and runs its tests on each. What was judged stays in STATE (.deps/mutation),
# so that a run that was stopped goes on where it was; the sources there are copies of when it began.
# -r: with the tests as they are now, judges what survived again, and what could not be judged.
#
# Each fault's area (link, decode, arch) has a program of one translation unit, compiled with -O0
# outside Bazel. What that does not notice goes to the tests of all CPUs' real images. A fault is
# killed by a test that GoogleTest calls failed; or by a crash, or 60 seconds without an end, when it
# does so again with nothing else running. What does not compile is no fault, nor is what changes
# nothing that a test could see: `equivalent` lists those, with reasons. Whatever else goes wrong (a
# full disk, a compiler that was killed) says nothing of a fault: it is told, kept in STATE/errors,
# counted as no kill, and judged again with -r; the script fails then.
set -eu
faults=200 seed=1 jobs=2 again=
while getopts n:s:j:r option; do
  case $option in
    n) faults=$OPTARG ;;
    s) seed=$OPTARG ;;
    j) jobs=$OPTARG ;;
    r) again=yes ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
here=$(cd "$(dirname "$0")/../.." && pwd)
state=${1:-$here/.deps/mutation}
mkdir -p "$state"
state=$(cd "$state" && pwd)
tree=$state/tree

cxx='clang++ -std=c++20 -O0 -g0 -w -iquote . -iquote generated'
cxx="$cxx -isystem /usr/src/googletest/googletest/include -isystem /usr/src/googletest/googlemock/include"

# ---- what is compiled ----

sources_of() {
  case $1 in
    decode) echo rtld_shared/decode/*_test.cc rtld_shared/elf/*_test.cc ;;
    link) echo rtld_shared/link/*_test.cc rtld_shared/graph/*_test.cc ;;
    arch) echo arch/testing/traits_test.cc arch/*/elf_traits_test.cc ;;
    images)
      for test in lookup refused variant words; do echo "arch/testing/${test}_test.cc"; done
      echo arch/*/elf_images_test.cc arch/testing/images.cc
      ;;
  esac
}

# Headers that Bazel makes from the folders' names, and a unit of each program.
generate() {
  mkdir -p generated/arch
  cpus=$(for file in arch/*/elf_traits.h; do basename "$(dirname "$file")"; done)
  {
    echo '#pragma once'
    for cpu in $cpus; do echo "#include \"arch/$cpu/elf_traits.h\""; done
    echo 'namespace arch {'
    echo 'template <template <class...> class List>'
    echo "using All = List<$(for cpu in $cpus; do echo "$cpu::Traits"; done | paste -sd,)>;"
    echo '}'
  } > generated/arch/all.h
  {
    # What tests know of a CPU comes first: machine_of.h asks whether it is there.
    for file in arch/*/testing/*.h; do echo "#include \"$file\""; done
    echo '#include "arch/testing/machine_of.h"'
    for cpu in $cpus; do
      echo "#include \"arch/$cpu/elf_traits.h\""
      echo "namespace arch::testing { const MachineOf<$cpu::Traits> machine_$cpu; }"
    done
    echo 'namespace arch::testing { const std::vector<const Machine*>& Machines() {'
    echo '  static const std::vector<const Machine*> machines = {'
    for cpu in $cpus; do echo "    &machine_$cpu,"; done
    echo '  }; return machines; } }'
  } > generated/machines.cc
  for area in decode link arch images; do
    for file in $(sources_of "$area"); do echo "#include \"$file\""; done > "generated/$area.cc"
  done
  echo '#include "machines.cc"' >> generated/images.cc
}

prepare() {
  mkdir "$tree.new"
  (cd "$here" && cp -R --parents rtld_shared arch "$tree.new")
  cd "$tree.new"
  generate
  clang++ -std=c++20 -O1 -o "$state/mutate" "$here/tools/mutation/mutate.cc"
  for file in /usr/src/googletest/googletest/src/gtest-all.cc \
    /usr/src/googletest/googletest/src/gtest_main.cc; do
    # Flags are words.
    # shellcheck disable=SC2086
    $cxx -I/usr/src/googletest/googletest -c "$file" -o "$state/$(basename "$file" .cc).o"
  done
  oracle
  "$state/mutate" list "$seed" rtld_shared/link/*.h rtld_shared/decode/*.h rtld_shared/elf/*.h \
    arch/*/elf_traits.h arch/*/traits/*.h > "$state/faults"
  cd "$state"
  mv "$tree.new" "$tree"
}

# What no fault is put into.
oracle() {
  for file in rtld_shared/testing/libelf_oracle/*.cc; do
    case $file in *_test.cc | */main.cc | */recorded_reader.cc) continue ;; esac
    # shellcheck disable=SC2086
    $cxx -c "$file" -o "$state/oracle_$(basename "$file" .cc).o"
  done
}

# Tests, and what they share, as they are now.
take_tests() {
  (cd "$here" && find rtld_shared arch -type f \( -name '*_test.cc' -o -path '*/testing/*' \) \
    -exec cp --parents -t "$tree" {} +)
  cd "$tree"
  generate
  oracle
  rm -f "$state/sound"
}

# Those of several jobs that compile or test share the machine; who wants it alone waits for them.
shared() { flock -o -s "$state/lock" "$@"; }
alone() { flock -o "$state/lock" "$@"; }

# build AREA OVERLAY OUTPUT: with the headers in OVERLAY before the tree's.
build() {
  # shellcheck disable=SC2086
  (cd "$tree" && shared ${cxx%% *} -iquote "$2" ${cxx#* } -DRTLD_TESTING_TWO_LAYOUTS \
    "generated/$1.cc" "$state"/gtest*.o "$state"/oracle_*.o -lelf -pthread -o "$3") > "$3.log" 2>&1
}

# Whether it was the source that the compiler or the linker refused.
is_refused() {
  grep -Eq '^[^ ]+:[0-9]+:[0-9]+: (fatal )?error: |undefined reference|static assertion failed' "$1"
}

# passes PROGRAM OUTPUT TMP [alone]
passes() {
  (cd "$tree" && "${4:-shared}" env TEST_TMPDIR="$3" prlimit --as=8000000000 timeout 60 "$1" \
    --gtest_fail_fast --gtest_brief=1) > "$2" 2>&1
}

# ---- one fault ----

# outcome PROGRAM TMP [alone]: passed, failed, time, crash, or error.
outcome() {
  status=0
  passes "$1" "$1.out" "$2" "${3-}" || status=$?
  if [ "$status" -eq 0 ]; then
    echo passed
  elif grep -q '^\[  FAILED  \]' "$1.out" && ! grep -q 'std::bad_alloc' "$1.out"; then
    echo failed
  elif [ "$status" -eq 124 ]; then
    echo time
  elif [ "$status" -gt 128 ] || grep -q 'std::bad_alloc' "$1.out"; then
    echo crash
  else
    echo error
  fi
}

# judge WORK FILE OFFSET OPERATOR: prints the verdict.
judge() {
  rm -rf "$1"
  mkdir -p "$1/overlay/$(dirname "$2")" "$1/tmp"
  (cd "$tree" && "$state/mutate" apply "$2" "$3" "$4") > "$1/overlay/$2"
  case $2 in rtld_shared/elf/*) area=decode ;; rtld_shared/*) area=${2#*/} area=${area%%/*} ;; *) area=arch ;; esac
  for program in "$area" images; do
    if ! build "$program" "$1/overlay" "$1/$program"; then
      if is_refused "$1/$program.log"; then echo stillborn; else error "$1/$program.log" "$@"; fi
      return
    fi
    outcome=$(outcome "$1/$program" "$1/tmp")
    # Neither need be the fault's doing where others want the machine, too.
    case $outcome in time | crash) outcome=$(outcome "$1/$program" "$1/tmp" alone)x ;; esac
    case $outcome in
      passed) ;;
      failed | failedx) echo "killed by $program"; return ;;
      timex | crashx) echo "killed by ${outcome%x}"; return ;;
      *) error "$1/$program.out" "$@"; return ;;
    esac
  done
  echo survived
}

# error OUTPUT WORK FILE OFFSET OPERATOR: prints the verdict, and tells the end of what went wrong.
error() {
  {
    echo "mutation.sh: $3, byte $4, $5: not judged:"
    tail -n 20 "$1"
  } | tee -a "$state/errors" >&2
  echo error
}

# worker NUMBER: every jobs-th fault, until its share is judged.
worker() {
  share=$((faults / jobs + ($1 < faults % jobs)))
  results=$state/results.$1
  touch "$results"
  done=$(grep -vc 'stillborn$' "$results" || true)
  seen=$(wc -l < "$results")
  awk -v jobs="$jobs" -v me="$1" 'NR % jobs == me' "$state/faults" | tail -n "+$((seen + 1))" |
    while IFS="$(printf '\t')" read -r file offset operator line text; do
      [ "$done" -lt "$share" ] || break
      verdict=$(judge "$state/work.$1" "$file" "$offset" "$operator")
      printf '%s:%s\t%s\t%s\t%s\n' "$file" "$line" "$operator" "$text" "$verdict" >> "$results"
      [ "$verdict" = stillborn ] || done=$((done + 1))
    done
}

# worker_again NUMBER: what survived of its share, or was not judged.
worker_again() {
  results=$state/results.$1
  awk -v jobs="$jobs" -v me="$1" 'NR % jobs == me' "$state/faults" |
    head -n "$(wc -l < "$results")" | paste - "$results" |
    while IFS="$(printf '\t')" read -r file offset operator line text _ _ _ verdict; do
      case $verdict in
        survived | error) verdict=$(judge "$state/work.$1" "$file" "$offset" "$operator") ;;
      esac
      printf '%s:%s\t%s\t%s\t%s\n' "$file" "$line" "$operator" "$text" "$verdict"
    done > "$results.new"
  mv "$results.new" "$results"
}

# with_reasons: of lines of results those that survived, and why that is no fault, if it is none.
with_reasons() {
  grep 'survived$' | while IFS="$(printf '\t')" read -r place operator text _; do
    # With the line before it, or one break would be as good as another.
    line=${place##*:}
    source=$(sed -n "$((line - 1)),${line}s/^ *//p" "$tree/${place%:*}" | paste -sd ' ' -)
    reason=$(awk -F '\t' -v file="${place%:*}" -v operator="$operator" -v text="$text" \
      -v source="$source" '$1 == file && $2 == operator && $3 == text && $4 == source { print $5 }' \
      "$here/tools/mutation/equivalent" "$here"/arch/*/equivalent)
    printf '%s\t%s\t%s\t%s\n' "$place" "$operator" "$text" "${reason:-survived}"
  done
}

[ -d "$tree" ] || { rm -rf "$tree.new" && prepare; }
[ -z "$again" ] || take_tests

# The tests notice nothing where there is nothing.
if [ ! -e "$state/sound" ]; then
  mkdir -p "$state/work.sound/overlay" "$state/work.sound/tmp"
  for area in decode link arch images; do
    program=$state/work.sound/$area
    if ! build "$area" "$state/work.sound/overlay" "$program" ||
      ! passes "$program" "$program.out" "$state/work.sound/tmp"; then
      echo "mutation.sh: the tests of $area fail without a fault: $program.log, $program.out" >&2
      exit 1
    fi
  done
  touch "$state/sound"
fi

for work in ${again:+worker_again} worker; do
  number=0
  while [ "$number" -lt "$jobs" ]; do
    "$work" "$number" &
    number=$((number + 1))
  done
  wait
done

cat "$state"/results.* > "$state/results"
with_reasons < "$state/results" > "$state/survivors"
echo "equivalent:"
grep -v 'survived$' "$state/survivors" || echo "  none"
echo "survivors:"
grep 'survived$' "$state/survivors" || echo "  none"
for verdict in 'killed by [a-z]*' stillborn error; do
  grep -o "	$verdict\$" "$state/results" | cut -c 2- || true
done | sort | uniq -c
equivalent=$(grep -vc 'survived$' "$state/survivors" || true)
killed=$(grep -c 'killed by [a-z]*$' "$state/results" || true)
judged=$(grep -vc 'stillborn$' "$state/results" || true)
judged=$((judged - equivalent))
echo "$killed of $judged killed: $((killed * 1000 / (judged > 0 ? judged : 1))) per mille; $equivalent changed nothing"
errors=$(grep -c '	error$' "$state/results" || true)
[ "$errors" -eq 0 ] || {
  echo "mutation.sh: $errors could not be judged: $state/errors" >&2
  exit 1
}
