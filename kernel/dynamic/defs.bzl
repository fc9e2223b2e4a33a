# SPDX-License-Identifier: BSD-2-Clause
"""How the kernel is linked, beside what every kernel_image() has."""

# A link base that is not zero, so that a debugger needs no offset for a kernel that was not moved
# (nokaslr). All 64-bit CPUs can have this one; others say in arch/<cpu>/ldflags where. The entry point is in arch/<cpu>/kernel/start.S.
KERNEL_LINKOPTS = [
    "-Wl,-Ttext-segment=0xffffffff80200000",
    "-Wl,-e,kernel_start",
]
