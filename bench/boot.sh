#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How long a boot takes: see boot_bench.cc. Prints, and asserts nothing.
set -eu
files=$0.runfiles/dynlink
system=$(echo "$files"/distrib/*/archive)
system=${system%/archive}

boot() { "$files/bench/boot_bench" "$1" "$files/bench/qemu.args" "$2" "$3" bench "$4"; }

boot "probe kernel" "$files/stand/loader" "$files/tests/boot/loader/probe.cpio" "probe: started"
boot "system" "$system/loader" "$system/archive" "# "
