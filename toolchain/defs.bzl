# SPDX-License-Identifier: BSD-2-Clause
"""Platforms and toolchains of every CPU, for arch/BUILD."""

load("@host//:defs.bzl", "HOST_CPU")
load(":config.bzl", "cc_toolchain_config")
load(":modes.bzl", "MODES")

def _folders(paths):
    return [path.split("/")[0] for path in paths]

def _distinct(names):
    return {name: None for name in names}.keys()

def _families():
    """Of each CPU that has one, its family."""
    return {path.split("/")[0]: path.split("/family.")[1] for path in native.glob(["*/family.*"])}

def cpu_files(patterns, exclude = [], own = True, family = True, optional = False):
    """Files of each CPU, for select(): {condition: files}, of the CPUs that have any.

    A family is a folder of arch/ with what several CPUs have in common; it is no CPU. A CPU is of
    the family <name> that its file arch/<cpu>/family.<name> says.

    Args:
      patterns: of glob, below arch/<cpu>/ and below its family's folder.
      exclude: as that of glob.
      own: whether those of the CPU's own folder count.
      family: whether those of its family's folder count.
      optional: whether a CPU may have none.
    """
    family_of = _families()
    files = {"//conditions:default": []} if optional else {}
    for cpu in _distinct(_folders(native.glob(["*/elf_traits.h", "*/triple"]))):
        rooms = [cpu] if own else []
        if family and cpu in family_of:
            rooms.append(family_of[cpu])
        found = native.glob(
            [room + "/" + pattern for room in rooms for pattern in patterns],
            exclude = exclude,
        )
        if found:
            files[":is_" + cpu] = found
    return files

def cpu_platforms(traits, triples, cflags):
    """Constraints, platforms and toolchains of every CPU.

    Args:
      traits: glob of */elf_traits.h: the CPUs whose images can be relocated.
      triples: glob of */triple: the CPUs that can be compiled for.
      cflags: glob of */cflags: those that can run in kernel mode what was compiled for them.

    Of each cpu: constraint //arch:<cpu>, condition //arch:is_<cpu>; and if it can be compiled
    for, platform //arch:<cpu>-<mode> of each mode that it has.
    """
    native.constraint_setting(name = "cpu")
    compiled = _folders(triples)
    privileged = _folders(cflags)
    cpus = {cpu: None for cpu in _folders(traits) + compiled + [HOST_CPU]}.keys()
    for cpu in cpus:
        native.constraint_value(name = cpu, constraint_setting = ":cpu")
        native.config_setting(name = "is_" + cpu, constraint_values = [":" + cpu])
        for mode, properties in MODES.items():
            if properties.privileged and cpu not in privileged:
                continue
            if cpu != HOST_CPU and (cpu not in compiled or properties.host_only):
                continue
            _platform(cpu, mode, properties.freestanding)

def _platform(cpu, mode, freestanding):
    name = cpu + "-" + mode
    constraints = [":" + cpu, "//toolchain/mode:" + mode]
    native.platform(name = name, constraint_values = constraints)
    cc_toolchain_config(
        name = name + "-config",
        clang = not native.glob([cpu + "/no_clang"]),
        cpu = cpu,
        hosted_flags = bool(native.glob([cpu + "/hosted_cflags"])),
        mode = mode,
        native = cpu == HOST_CPU,
    )
    native.filegroup(
        name = name + "-files",
        srcs = native.glob([cpu + "/cflags", cpu + "/hosted_cflags", cpu + "/triple", "wrapper/*"]) + ["//toolchain:files"],
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

# What C wants to know of the traits.
_PAGE_HEADER = """
size=$(sed -n 's/.* kPageSize = \\(0x[0-9a-f]*\\);.*/\\1/p' "$1")
[ -n "$size" ] || { echo "$1: no kPageSize" >&2; exit 1; }
printf '/* Generated: kPageSize of the CPU that this is built for. */\\n#pragma once\\n\\n' > "$2"
echo "#define ARCH_PAGE_SIZE ${size}u" >> "$2"
"""

def _current_impl(ctx):
    """A header arch/current/RING/NAME for each of `hdrs`, which includes the target CPU's own.

    With the traits comes arch/current/page.h: ARCH_PAGE_SIZE, for C.
    """
    headers = []
    for source in ctx.files.hdrs:
        path = source.short_path.split("/")  # arch, cpu, then the rest
        header = ctx.actions.declare_file("/".join(["current"] + path[2:]))
        lines = ["// Generated: the header of the CPU that this is built for.", "#pragma once", "", '#include "%s"' % source.short_path]
        if path[2:] == ["elf_traits.h"]:
            page = ctx.actions.declare_file("current/page.h")
            ctx.actions.run_shell(
                command = _PAGE_HEADER,
                arguments = [source.path, page.path],
                inputs = [source],
                outputs = [page],
            )
            headers.append(page)
            lines += ["", "namespace arch {", "using Current = %s::Traits;" % path[1], "}  // namespace arch"]
        ctx.actions.write(header, "\n".join(lines) + "\n")
        headers.append(header)
    compilation = cc_common.create_compilation_context(
        headers = depset(headers + ctx.files.hdrs + ctx.files.family_hdrs),
        quote_includes = depset([".", ctx.bin_dir.path]),
    )
    return [
        DefaultInfo(files = depset(headers)),
        cc_common.merge_cc_infos(
            direct_cc_infos = [CcInfo(compilation_context = compilation)],
            cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
        ),
    ]

current_headers = rule(
    implementation = _current_impl,
    attrs = {
        "deps": attr.label_list(providers = [CcInfo]),
        "family_hdrs": attr.label_list(allow_files = [".h"]),
        "hdrs": attr.label_list(allow_files = [".h"]),
    },
    provides = [CcInfo],
)

def cpu_traits(traits, deps = []):
    """Ring 1. Libraries of traits, with what is in the traits/ of the CPU's family:

    :traits       "arch/current/elf_traits.h": arch::Current is the target CPU's Traits;
                  "arch/current/page.h": its page size for C
    :every_traits "arch/<cpu>/elf_traits.h" of every CPU, on any platform
    :<cpu>_traits one of them, and its test if there is arch/<cpu>/elf_traits_test.cc
    """
    cpus = _folders(traits)
    family_of = _families()
    for cpu in cpus:
        native.cc_library(
            name = cpu + "_traits",
            hdrs = native.glob(
                [cpu + "/elf_traits.h", cpu + "/traits/*.h"] +
                ([family_of[cpu] + "/traits/*.h"] if cpu in family_of else []),
            ),
            deps = deps,
        )
        if native.glob([cpu + "/elf_traits_test.cc"]):
            native.cc_test(
                name = cpu + "_traits_test",
                size = "small",
                srcs = [cpu + "/elf_traits_test.cc"] + native.glob([cpu + "/testing/*.h"]),
                tags = ["cpu-" + cpu],
                deps = [cpu + "_traits", "@googletest//:gtest_main"],
            )
    native.cc_library(name = "every_traits", deps = [cpu + "_traits" for cpu in cpus])
    if not cpus:
        return
    current_headers(
        name = "traits",
        hdrs = select({":is_" + cpu: [cpu + "/elf_traits.h"] for cpu in cpus}),
        deps = select({":is_" + cpu: [":" + cpu + "_traits"] for cpu in cpus}),
    )

def cpu_ring(ring, mode = None, deps = [], header_deps = []):
    """The sources of arch/<cpu>/<ring>/ of the target CPU, and of its family, as :<ring>.

    :<ring>_headers gives "arch/current/<ring>/NAME.h" for each header of the CPU's own, and nothing
    to link: what portable code and a family's sources include. A family's headers are included by
    their own names. :<ring>_scripts are the link scripts (*.ld).

    Args:
      ring: boot, kernel, rtld or probe.
      mode: what it is compiled for; None: the mode of the same name.
      deps: of the sources.
      header_deps: of the headers.
    """
    if not cpu_files([ring + "/*"]):
        return
    sources = cpu_files(
        [ring + "/**/*" + suffix for suffix in [".cc", ".c", ".S"]],
        exclude = ["**/*_test.cc"],
    )
    current_headers(
        name = ring + "_headers",
        family_hdrs = select(cpu_files(["*.h", ring + "/**/*.h"], own = False, optional = True)),
        hdrs = select(cpu_files([ring + "/**/*.h"], family = False, optional = True)),
        deps = header_deps,
    )
    native.cc_library(
        name = ring,
        srcs = select(sources),
        target_compatible_with = ["//toolchain/mode:" + (mode or ring)],
        deps = deps + [":" + ring + "_headers"],
    )
    native.filegroup(
        name = ring + "_scripts",
        srcs = select(cpu_files([ring + "/*.ld"], optional = True)),
    )

def choose_cpu(name, path, cpus):
    """The file <cpu>/PATH of this package, of the target CPU."""
    native.filegroup(
        name = name,
        srcs = select({"@dynlink//arch:is_" + cpu: [cpu + "/" + path] for cpu in cpus}),
    )
