# SPDX-License-Identifier: BSD-2-Clause
"""CPUs by what can be done with them, which the folders of arch/ say."""

load("@cpus//:defs.bzl", _BOOT_CPUS = "BOOT_CPUS")

# Boots in QEMU: has arch/<cpu>/kernel, arch/<cpu>/boot and arch/<cpu>/qemu.args.
BOOT_CPUS = _BOOT_CPUS

# Makes the compiler use TLS descriptors, where that is a choice; elsewhere it is the rule, or they
# do not exist.
TLS_DESCRIPTOR_COPTS = select({
    "//arch:is_i386": ["-mtls-dialect=gnu2"],
    "//arch:is_x86_64": ["-mtls-dialect=gnu2"],
    "//conditions:default": [],
})
