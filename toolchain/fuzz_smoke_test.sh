#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fuzz_smoke_test.sh FUZZER [-OPTION]... [FILE]...: the corpus, then inputs made from it.
set -eu
fuzzer=$PWD/$1
shift
mkdir "$TEST_TMPDIR/corpus"
number=0
options=
for argument in "$@"; do
  case $argument in
    -*) options="$options $argument" ;;
    *)
      # Files of different folders may have one name.
      number=$((number + 1))
      cp "$argument" "$TEST_TMPDIR/corpus/$number"
      ;;
  esac
done
# Options have no blanks.
# shellcheck disable=SC2086
exec "$fuzzer" -runs=5000 -seed=1 -timeout=10 -artifact_prefix="$TEST_TMPDIR/" $options \
  "$TEST_TMPDIR/corpus"
