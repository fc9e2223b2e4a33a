# SPDX-License-Identifier: BSD-2-Clause
"""The one transition of the tree: from the platform in force to (cpu, mode)."""

load("@host//:defs.bzl", "HOST_CPU")

def _current_cpu(settings):
    label = str(settings["//command_line_option:platforms"][0])
    name = label.split(":")[-1]
    return HOST_CPU if name == "host" else name.split("-")[0]

def _platform_impl(settings, attr):
    cpu = attr.cpu or _current_cpu(settings)
    if attr.mode == "linux" and cpu == HOST_CPU:
        platform = "//toolchain:host"
    else:
        platform = "//arch:%s-%s" % (cpu, attr.mode)
    return {
        "//command_line_option:compilation_mode": attr.optimise or settings["//command_line_option:compilation_mode"],
        "//command_line_option:platforms": platform,
    }

platform_transition = transition(
    implementation = _platform_impl,
    inputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:platforms",
    ],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:platforms",
    ],
)

# Attributes of every rule that uses the transition.
PLATFORM_ATTRS = {
    "cpu": attr.string(doc = "empty: the CPU of the platform in force"),
    "mode": attr.string(mandatory = True, doc = "a key of MODES"),
    "optimise": attr.string(values = ["", "fastbuild", "dbg", "opt"], doc = "compilation mode; empty: as is"),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

def _forward(ctx):
    target = ctx.attr.target[0]
    info = target[DefaultInfo]
    files = info.files
    runfiles = info.default_runfiles
    executable = None
    if info.files_to_run and info.files_to_run.executable:
        executable = ctx.actions.declare_file(ctx.attr.out or ctx.label.name)
        ctx.actions.symlink(
            output = executable,
            target_file = info.files_to_run.executable,
            is_executable = True,
        )
        files = depset([executable])
        runfiles = ctx.runfiles([executable]).merge(runfiles)
    return [DefaultInfo(files = files, runfiles = runfiles, executable = executable)]

_FORWARD_ATTRS = dict(
    PLATFORM_ATTRS,
    target = attr.label(mandatory = True, cfg = platform_transition),
    out = attr.string(doc = "file name; empty: the target's name"),
)

for_platform = rule(
    implementation = _forward,
    doc = "The files of `target`, built for (cpu, mode).",
    attrs = _FORWARD_ATTRS,
)

program_for_platform = rule(
    implementation = _forward,
    doc = "The program `target`, built for (cpu, mode).",
    attrs = _FORWARD_ATTRS,
    executable = True,
)

# The transition sits on the attribute: on the rule itself it would move test.xml.
test_for_platform_test = rule(
    implementation = _forward,
    doc = "The test program `target`, built for (cpu, mode) and run on the host.",
    attrs = _FORWARD_ATTRS,
    test = True,
)
