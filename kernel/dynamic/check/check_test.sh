#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_test.sh CHECK ACCEPTED GOOD MODULE LOADER MODULE_CHECK MODULE_ACCEPTED CHACHA: the checks pass a
# kernel and a module (CHACHA) and find what is wrong with files that are none.
set -u
check=$1 accepted=$2 good=$3 module=$4 loader=$5 module_check=$6 module_accepted=$7 chacha=$8
failures=0

fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

# expect FILE VERSION COMPLAINT...: the check fails and says each of these.
expect() {
  file=$1 version=$2
  shift 2
  if said=$("$check" "$file" "$version" "$accepted"); then fail "$file passes"; fi
  for complaint in "$@"; do
    echo "$said" | grep -qF "$complaint" || fail "$file: the check does not say \"$complaint\":
$said"
  done
}

"$check" "$good" PROBE_1.0 "$accepted" || fail "a good kernel does not pass"
expect "$good" PROBE_9.0 'does not define version PROBE_9.0'
expect "$module" LOWER_1.0 'has no DT_SONAME kernel' 'needs other files' 'is linked at address 0' \
  'wants symbols of others' 'has relocations that are not relative' 'has no DT_DEBUG'
expect "$loader" X_1.0 'is not ET_DYN' 'has no RELRO' 'has no build-id'
expect "$accepted" X_1.0 'is not ET_DYN' 'has no .symtab'

# Without the list of accepted lines.
listed=$accepted
accepted=/dev/null
expect "$good" PROBE_1.0 'eu-elflint says what is not accepted'
accepted=$listed

# Against a version script that promises more.
promises=$(mktemp)
trap 'rm -f "$promises"' EXIT
echo '  no_such_name;  # object 8' > "$promises"
if said=$("$check" "$good" PROBE_1.0 "$accepted" "$promises"); then fail "a broken promise passes"; fi
[ "$said" = "$good: does not export no_such_name" ] || fail "of a broken promise it says: $said"

# With one byte of each defect: e_type at 16, the flags of the first PT_LOAD at 64 + 4.
damaged=$(mktemp)
trap 'rm -f "$damaged" "$promises"' EXIT
damage() {
  cp "$good" "$damaged"
  chmod u+w "$damaged"
  # shellcheck disable=SC2059
  printf "$2" | dd of="$damaged" bs=1 seek="$1" conv=notrunc 2> /dev/null
}
damage 16 '\002'
expect "$damaged" PROBE_1.0 'is not ET_DYN'
damage 68 '\007'
expect "$damaged" PROBE_1.0 'has a segment that is writable and executable'

# Modules.
needed=$(mktemp)
trap 'rm -f "$damaged" "$promises" "$needed"' EXIT
expect_module() {
  file=$1
  shift
  if said=$("$module_check" "$file" chacha.kld "$needed" "$module_accepted"); then
    fail "$file passes for a module"
  fi
  for complaint in "$@"; do
    echo "$said" | grep -qF "$complaint" || fail "$file: the check does not say \"$complaint\":
$said"
  done
}
echo kernel > "$needed"
"$module_check" "$chacha" chacha.kld "$needed" "$module_accepted" || fail "a good module does not pass"
expect_module "$good" 'has no DT_SONAME chacha.kld' "needs '', not 'kernel'"
expect_module "$module" 'has no DT_SONAME chacha.kld' 'does not define kld_file'
expect_module "$loader" 'is not ET_DYN' 'has no RELRO'
echo other.kld >> "$needed"
expect_module "$chacha" "needs 'kernel', not 'kernel other.kld'"
echo kernel > "$needed"
listed=$module_accepted
module_accepted=/dev/null
expect_module "$chacha" 'eu-elflint says what is not accepted'
module_accepted=$listed

[ "$failures" = 0 ]
