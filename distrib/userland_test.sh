#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# userland_test.sh ARCHIVE BUSYBOX LINKS: another implementation reads the archive (busybox's cpio),
# what it unpacks is whole, and every link is an applet that this busybox has.
set -eu
archive=$PWD/$1 busybox=$PWD/$2 links=$PWD/$3
failures=0
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

mkdir "$TEST_TMPDIR/root"
cd "$TEST_TMPDIR/root"
"$busybox" cpio -i -d -m < "$archive" 2> "$TEST_TMPDIR/log" || fail "cpio: $(cat "$TEST_TMPDIR/log")"
cmp -s bin/busybox "$busybox" || fail "bin/busybox is not the one that went in"
[ "$(readlink bin/sh)" = busybox ] || fail "bin/sh is no link to busybox"
[ -x sbin/init ] || fail "no sbin/init"
[ "$(readlink sbin/kldload)" = kldtools ] || fail "sbin/kldload is no link to kldtools"
[ -x sbin/kldtools ] || fail "no sbin/kldtools"
[ -x libexec/ld.elf_so ] || fail "no libexec/ld.elf_so"
[ "$(stat -c %a tmp)" = 1777 ] || fail "tmp has not mode 1777"
[ "$(stat -c %Y bin/busybox)" = 0 ] || fail "a time came into the archive"

"$busybox" --list > "$TEST_TMPDIR/applets"
while read -r name; do
  grep -qxF -- "$name" "$TEST_TMPDIR/applets" || fail "bin/$name: busybox has no such applet"
done < "$links"
[ "$failures" = 0 ]
