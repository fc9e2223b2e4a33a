# SPDX-License-Identifier: BSD-2-Clause
"""Platforms and toolchains of every CPU, for arch/BUILD."""

load("@host//:defs.bzl", "HOST_CPU")
load(":config.bzl", "cc_toolchain_config")
load(":modes.bzl", "MODES")

def _folders(paths):
    return [path.split("/")[0] for path in paths]

def cpu_platforms(traits, cflags):
    """Constraints, platforms and toolchains of every CPU.

    Args:
      traits: glob of */elf_traits.h: the CPUs whose images can be relocated.
      cflags: glob of */cflags: the CPUs that can be compiled for.

    Of each cpu: constraint //arch:<cpu>, condition //arch:is_<cpu>; and if it can be compiled
    for, platform //arch:<cpu>-<mode> of each mode that it has.
    """
    native.constraint_setting(name = "cpu")
    compiled = _folders(cflags)
    cpus = {cpu: None for cpu in _folders(traits) + compiled + [HOST_CPU]}.keys()
    for cpu in cpus:
        native.constraint_value(name = cpu, constraint_setting = ":cpu")
        native.config_setting(name = "is_" + cpu, constraint_values = [":" + cpu])
        for mode, properties in MODES.items():
            if cpu == HOST_CPU:
                if properties.privileged and cpu not in compiled:
                    continue
            elif cpu not in compiled or properties.host_only:
                continue
            _platform(cpu, mode, properties.freestanding)

def _platform(cpu, mode, freestanding):
    name = cpu + "-" + mode
    constraints = [":" + cpu, "//toolchain/mode:" + mode]
    native.platform(name = name, constraint_values = constraints)
    cc_toolchain_config(
        name = name + "-config",
        cpu = cpu,
        mode = mode,
        native = cpu == HOST_CPU,
    )
    native.filegroup(
        name = name + "-files",
        srcs = native.glob([cpu + "/cflags", cpu + "/triple", "wrapper/*"]) + ["//toolchain:files"],
    )
    native.cc_toolchain(
        name = name + "-cc",
        all_files = name + "-files",
        ar_files = name + "-files",
        as_files = name + "-files",
        compiler_files = name + "-files",
        dwp_files = name + "-files",
        linker_files = name + "-files",
        objcopy_files = name + "-files",
        strip_files = name + "-files",
        supports_param_files = True,
        toolchain_config = name + "-config",
        toolchain_identifier = name,
    )
    native.toolchain(
        name = name + "-toolchain",
        exec_compatible_with = ["//toolchain:executor"],
        target_compatible_with = constraints,
        toolchain = name + "-cc",
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
