#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# boot.sh [CPU]...: how long a boot of each CPU takes, of all that boot unless some are named: see
# boot_bench.cc. Prints, and asserts nothing.
set -eu
files=$0.runfiles/dynlink
cd "$files"
if [ $# -eq 0 ]; then
  for system in distrib/*/archive; do
    set -- "$@" "$(basename "$(dirname "$system")")"
  done
fi

# boot NAME FOLDER CPU LINE
boot() {
  bench/boot_bench "$3: $1" "arch/$3/qemu.args" "$2/$3/loader" "$2/$3/archive" bench "$4"
}

for cpu; do
  boot "probe kernel" bench "$cpu" "probe: started"
  boot system distrib "$cpu" "# "
done
