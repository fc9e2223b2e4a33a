#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fetch_debs_test.sh FETCH_DEBS: whatever step fails, it says for which package, and leaves nothing
# that looks as if it had been fetched; without a failure the package is there, and is not fetched
# again. apt-get and dpkg-deb are ours: each step is a word in $DOES_NOT or works.
set -u
tree=$TEST_TMPDIR/tree
mkdir -p "$tree/third_party" "$tree/arch/cpu" "$TEST_TMPDIR/bin"
cp "$1" "$tree/third_party/fetch_debs.sh"
echo 'tool:other bookworm' > "$tree/arch/cpu/debs"

cat > "$TEST_TMPDIR/bin/apt-get" << 'END'
#!/bin/sh
case "$*" in
*update) step=update ;;
*) step=download ;;
esac
echo "$step" >> "$STEPS"
[ "$step" != "$DOES_NOT" ] || exit 100
[ "$step" = update ] || echo deb > tool_1.deb
END
cat > "$TEST_TMPDIR/bin/dpkg-deb" << 'END'
#!/bin/sh
case $1 in
-x) [ "$DOES_NOT" != unpack ] && echo contents > "$3/file" ;;
-W) [ "$DOES_NOT" != version ] && printf 'tool\t1\n' ;;
esac
END
chmod +x "$TEST_TMPDIR/bin/"*
export PATH="$TEST_TMPDIR/bin:$PATH" STEPS="$TEST_TMPDIR/steps" DOES_NOT=

fail() {
  echo "FAIL: $*" >&2
  cat "$TEST_TMPDIR/out" >&2
  exit 1
}
fetch() { "$tree/third_party/fetch_debs.sh" "$@" > "$TEST_TMPDIR/out" 2>&1; }

for DOES_NOT in update download unpack version; do
  fetch && fail "$DOES_NOT failed, and the status is 0"
  grep -qx 'cannot fetch tool:other from bookworm' "$TEST_TMPDIR/out" || fail "$DOES_NOT: no message"
  left=$(find "$tree/.deps" ! -type d)
  [ -z "$left" ] || fail "$DOES_NOT left $left"
done

DOES_NOT=
: > "$STEPS"
fetch || fail "it does not work"
grep -qx "cpu: tool	1" "$TEST_TMPDIR/out" || fail "no version"
[ "$(cat "$tree/.deps/cpu/root/file")" = contents ] || fail "not unpacked"
fetch -q || fail "the second time"
[ ! -s "$TEST_TMPDIR/out" ] || fail "it talks of what was there"
[ "$(xargs < "$STEPS")" = "update download" ] || fail "fetched twice: $(xargs < "$STEPS")"
