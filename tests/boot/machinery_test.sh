#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# machinery_test.sh BOOT_TEST BOOT_RUN NEWC QEMU_ARGS PROBE: a boot test that should fail does, and
# says why; boot_run maps crash and time-out to 125.
set -u
boot_test=$1 boot_run=$2 newc=$3 qemu=$4 probe=$5
failures=0
tmp=$TEST_TMPDIR
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

echo 'dir 0755 /boot' > "$tmp/manifest"
"$newc" "$tmp/archive" "$tmp/manifest" || fail "newc"

XML_OUTPUT_FILE=$tmp/wrong.xml "$boot_test" wrong "$qemu" "$probe" "$tmp/archive" '' \
  tests/boot/probe_wrong.scenario > "$tmp/log" 2>&1 && fail "the wrong scenario passed"
for line in 'FAIL  boot' 'timed out after 5 s' 'FAIL  a line that never comes' \
  "matches \`probe: somebody else'" 'FAIL  a command that no shell ran' 'was not reached' \
  'probe: hang'; do
  grep -qF -- "$line" "$tmp/log" || fail "no \"$line\" in the report"
done
grep -q 'tests="3" failures="3"' "$tmp/wrong.xml" || fail "wrong.xml: 3 cases, 3 failures"

run() { "$boot_run" --qemu "$qemu" --loader "$probe" --archive "$tmp/archive" "$@"; }

run --append ends --command true > "$tmp/out" 2> "$tmp/err"
[ $? = 0 ] || fail "boot_run: a clean end is not 0"
[ ! -s "$tmp/out" ] || fail "boot_run printed what came before the marker"

run --append panic --command true > "$tmp/out" 2> "$tmp/err"
[ $? = 125 ] || fail "boot_run: a panic is not 125"
[ "$(cat "$tmp/err")" = 'panic: asked for' ] || fail "boot_run: the panic's text: $(cat "$tmp/err")"

run --append hang --timeout 1 --command true > "$tmp/out" 2> "$tmp/err"
[ $? = 125 ] || fail "boot_run: a time-out is not 125"
grep -q 'timed out after 1 s' "$tmp/err" || fail "boot_run: no word of the time-out"

run --append x --no-such-option 1 2> "$tmp/err"
[ $? = 2 ] || fail "boot_run: an unknown option is not 2"
[ "$failures" = 0 ]
