#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How long a boot takes: see boot_bench.cc. Prints, and asserts nothing.
set -eu
files=$0.runfiles/dynlink
exec "$files/bench/boot_bench" "probe kernel" "$files/bench/qemu.args" "$files/stand/loader" \
  "$files/tests/boot/loader/probe.cpio" bench "probe: started"
