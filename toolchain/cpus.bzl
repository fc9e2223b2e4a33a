# SPDX-License-Identifier: BSD-2-Clause
"""CPUs by what can be done with them, which the folders of arch/ say."""

load("@cpus//:defs.bzl", _BOOT_CPUS = "BOOT_CPUS", _KERNEL_CPUS = "KERNEL_CPUS", _ON_DEMAND_CPUS = "ON_DEMAND_CPUS", _QEMU_USER_CPUS = "QEMU_USER_CPUS", _RTLD_CPUS = "RTLD_CPUS")

# Boots in QEMU: has arch/<cpu>/kernel, arch/<cpu>/boot and arch/<cpu>/qemu.args.
BOOT_CPUS = _BOOT_CPUS

# Runs what is compiled for kernel mode: has arch/<cpu>/cflags.
KERNEL_CPUS = _KERNEL_CPUS

# Runs Linux programs under qemu-user: has arch/<cpu>/qemu_user.
QEMU_USER_CPUS = _QEMU_USER_CPUS

# Has ld.elf_so: arch/<cpu>/rtld.
RTLD_CPUS = _RTLD_CPUS

def cpu_tags(cpu):
    """The tags of every target that is for one CPU: build.sh chooses by them what it tests."""
    return ["cpu-" + cpu] + (["cross"] if cpu in _ON_DEMAND_CPUS else [])

# Makes the compiler use TLS descriptors, where that is a choice; elsewhere it is the rule, or they
# do not exist.
TLS_DESCRIPTOR_COPTS = select({
    "//arch:is_i386": ["-mtls-dialect=gnu2"],
    "//arch:is_x86_64": ["-mtls-dialect=gnu2"],
    "//conditions:default": [],
})
