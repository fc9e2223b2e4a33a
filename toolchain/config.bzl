# SPDX-License-Identifier: BSD-2-Clause
"""One cc_toolchain_config for every (cpu, mode)."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "env_entry",
    "env_set",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
    "with_feature_set",
)
load(":modes.bzl", "CXX_STANDARD", "MODES")

_C = [ACTION_NAMES.c_compile, ACTION_NAMES.assemble, ACTION_NAMES.preprocess_assemble]
_CXX = [
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
    ACTION_NAMES.cpp_module_compile,
    ACTION_NAMES.linkstamp_compile,
]
_LINK = [
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]
_ARCHIVE = [ACTION_NAMES.cpp_link_static_library]

# Its -Wrestrict sees overlaps in std::string that are not there (GCC bug 105651).
_GCC = ["-fno-canonical-system-headers", "-Wno-restrict"]

def _flags(actions, flags, with_features = []):
    groups = [flag_group(flags = flags)] if flags else []
    return flag_set(actions = actions, flag_groups = groups, with_features = with_features)

def _impl(ctx):
    mode = MODES[ctx.attr.mode]
    compiler = mode.compiler if ctx.attr.clang else "gcc"
    files = {name: "@toolchain/" + name for name in ["cflags", "cxxflags", "gxxflags", "warnings"]}

    # Debuggers see all of what boots; for the rest, reports want line numbers.
    both = ["-g" if mode.freestanding else "-g1", files["warnings"]]
    cxx = [CXX_STANDARD]
    if mode.freestanding:
        both.append(files["cflags"])
        cxx.append(files["cxxflags"])
        if compiler == "gcc":
            cxx.append(files["gxxflags"])
    elif ctx.attr.hosted_flags:
        both.append("@arch/%s/hosted_cflags" % ctx.attr.cpu)
    if mode.privileged:
        both.append("@arch/%s/cflags" % ctx.attr.cpu)
    both += mode.compile

    opt = [with_feature_set(features = ["opt"])]
    not_opt = [with_feature_set(not_features = ["opt"])]
    if mode.optimise:
        compilers = [(compiler, [])]
        optimise = [_flags(_C + _CXX, [mode.optimise])]
    else:
        compilers = [(mode.opt[0] if ctx.attr.clang else "gcc", opt), (compiler, not_opt)]
        optimise = [
            _flags(_C + _CXX, mode.opt[1].split(" "), opt),
            # Quick to compile is what counts for tests.
            _flags(_C + _CXX, ["-O0"], not_opt),
        ]

    features = [
        feature(name = "opt"),
        feature(name = "dbg"),
        feature(name = "fastbuild"),
        feature(
            # Loops stay loops, in what defines memset() and its like: only GCC calls those in spite
            # of -fno-builtin, and only GCC knows the flag.
            name = "plain_loops",
            flag_sets = [
                _flags(_C + _CXX, ["-fno-tree-loop-distribute-patterns"], with_features)
                for compiler, with_features in compilers
                if compiler == "gcc"
            ],
        ),
        feature(
            name = "driver",
            enabled = True,
            env_sets = [
                env_set(
                    actions = _C + _CXX + _LINK,
                    env_entries = [env_entry("DYNLINK_COMPILER", compiler)],
                    with_features = with_features,
                )
                for compiler, with_features in compilers
            ] + [
                env_set(
                    actions = _C + _CXX + _LINK + _ARCHIVE,
                    env_entries = [
                        env_entry("DYNLINK_CPU", ctx.attr.cpu),
                        # Never empty: Bazel drops a variable whose value is.
                        env_entry("DYNLINK_NATIVE", "yes" if ctx.attr.native else "no"),
                    ],
                ),
                env_set(actions = _LINK, env_entries = [env_entry("DYNLINK_LINK", "1")]),
            ],
        ),
        feature(
            name = "mode_flags",
            enabled = True,
            flag_sets = [
                _flags(_C + _CXX, both),
                _flags(_CXX, cxx),
            ] + optimise + [
                _flags(_C + _CXX, _GCC, with_features)
                for compiler, with_features in compilers
                if compiler == "gcc"
            ] + [
                _flags(_LINK, mode.link, [with_feature_set(not_features = ["fully_static_link"])]),
            ],
        ),
    ]

    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = ctx.attr.cpu + "-" + ctx.attr.mode,
        features = features,
        # Every header of the system, wherever its compiler keeps it.
        cxx_builtin_include_directories = ["/usr"],
        host_system_name = "local",
        target_system_name = ctx.attr.cpu,
        target_cpu = ctx.attr.cpu,
        target_libc = "none" if mode.freestanding else "glibc",
        compiler = compiler,
        abi_version = "unknown",
        abi_libc_version = "unknown",
        tool_paths = [
            tool_path(name = name, path = path)
            for name, path in {
                "gcc": "wrapper/cc",
                "ar": "wrapper/ar",
                "cpp": "wrapper/cc",
                "gcov": "/usr/bin/gcov",
                "ld": "wrapper/cc",
                "nm": "/usr/bin/nm",
                "objcopy": "wrapper/objcopy",
                "objdump": "/usr/bin/objdump",
                "strip": "wrapper/strip",
            }.items()
        ],
    )

cc_toolchain_config = rule(
    implementation = _impl,
    attrs = {
        "clang": attr.bool(doc = "it knows the CPU; else g++ compiles everything"),
        "cpu": attr.string(mandatory = True),
        "hosted_flags": attr.bool(doc = "it has a file hosted_cflags"),
        "mode": attr.string(mandatory = True, values = MODES.keys()),
        "native": attr.bool(doc = "the host's own CPU: the unprefixed tools"),
    },
    provides = [CcToolchainConfigInfo],
)
