#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# clone_cpu_test.sh lists|boots CPU...: a CPU is a folder. In a copy of the tree, CPUs are cloned under
# names that nothing else knows, and that is all that is changed.
#
# lists   the clone has every boot test that the CPU has, its packages are asked for, it can be run
# boots   the clone is built, boots, and links a module
set -eu
what=$1
shift
tree=$(dirname "$(readlink -f build.sh)")
work=$(mktemp -d)
copy=$work/tree
failures=0
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

finish() {
  (cd "$copy" && bazel shutdown > /dev/null 2>&1) || true
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap finish EXIT

# 1. The tree as it is, with a build of its own.
mkdir "$copy"
(cd "$tree" && git -c safe.directory='*' ls-files -co --exclude-standard -z > "$work/files" &&
  xargs -0 -a "$work/files" cp --parents -t "$copy")
sums() { (cd "$copy" && xargs -0 -a "$work/files" cksum); }
sums > "$work/sums"
export HOME="$work"
echo "startup --output_user_root=$work/bazel --max_idle_secs=60" > "$copy/.bazelrc.user"
[ -z "${DYNLINK_DISK_CACHE-}" ] ||
  echo "build --disk_cache=$DYNLINK_DISK_CACHE" >> "$copy/.bazelrc.user"

# 2. The clones.
for cpu in "$@"; do
  "$copy/tools/clone_cpu/clone_cpu.sh" "$copy" "$cpu" "clone_of_$cpu" || fail "cannot clone $cpu"
done
cd "$copy"

lists() {
  folders=$(for file in arch/*/qemu.args; do basename "$(dirname "$file")"; done | xargs)
  for cpu in "$@" $(printf 'clone_of_%s ' "$@"); do
    DYNLINK_FOLDERS=$folders bazel query --noshow_progress --ui_event_filters=-info \
      "attr(tags, '\\bcpu-$cpu\\b', tests(//...))" > "$work/$cpu.tests" || fail "query of $cpu"
  done
  for cpu in "$@"; do
    clone=clone_of_$cpu
    sed "s/$clone/CPU/g" "$work/$clone.tests" | sort > "$work/clone"
    sed "s/$cpu/CPU/g" "$work/$cpu.tests" | sort > "$work/original"
    [ -s "$work/original" ] || fail "$cpu has no tests"
    diff "$work/original" "$work/clone" || fail "$clone has not the tests that $cpu has"
    echo "a-package-of-$clone" >> "arch/$clone/packages"
    ./build.sh packages | grep -qx "a-package-of-$clone" || fail "the packages of $clone"
    ./build.sh run --arch nowhere 2>&1 | grep -qw "$clone" || fail "run --arch $clone"
    ./build.sh sdk --arch nowhere "$work/sdk" 2>&1 | grep -qw "$clone" || fail "sdk --arch $clone"
  done
}

boots() {
  [ ! -d "$tree/.deps" ] || cp -RL "$tree/.deps" .deps
  for cpu in "$@"; do
    clone=clone_of_$cpu
    [ ! -d ".deps/$cpu" ] || cp -R ".deps/$cpu" ".deps/$clone"
    ./build.sh run --arch "$clone" \
      -c 'uname -m; kldload random && kldstat && kldunload random' > "$work/out" ||
      fail "$clone: status $?"
    cat "$work/out"
    grep -q 'random\.kld$' "$work/out" || fail "$clone: no module"
  done
}

"$what" "$@"
sums | diff "$work/sums" - || fail "files outside the clones have changed"
[ "$failures" = 0 ]
