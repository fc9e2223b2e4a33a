# SPDX-License-Identifier: BSD-2-Clause
"""CPUs by what can be done with them. The CPUs that merely relocate are the folders of arch/."""

# Boots in QEMU: has arch/<cpu>/kernel, arch/<cpu>/boot and arch/<cpu>/qemu.args.
BOOT_CPUS = ["x86_64"]
