# SPDX-License-Identifier: BSD-2-Clause
"""Tests of other CPUs under qemu-user: one program of few translation units for each CPU."""

load("@host//:defs.bzl", "HOST_CPU")
load(":cpus.bzl", "QEMU_USER_CPUS", "cpu_tags")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

def _qemu_user_test_impl(ctx):
    program = ctx.attr.program[0][DefaultInfo].files_to_run.executable
    inputs = [program] + ctx.files.data
    native = ctx.attr.cpu == HOST_CPU
    lines = ["#!/bin/sh"]
    if native:
        lines.append('exec "%s"' % program.short_path)
    else:
        # The emulator and its options are words of one line.
        inputs.append(ctx.file.emulator)
        lines.append('read -r emulator < "%s"' % ctx.file.emulator.short_path)
        lines.append('exec $emulator "%s"' % program.short_path)
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "\n".join([line + (' "$@"' if line.startswith("exec") else "") for line in lines]) + "\n", is_executable = True)
    runfiles = ctx.runfiles(inputs).merge(ctx.attr.program[0][DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

# A rule's transition would move its test.xml, so it sits on the attribute.
_qemu_user_test = rule(
    implementation = _qemu_user_test_impl,
    attrs = dict(
        PLATFORM_ATTRS,
        data = attr.label_list(allow_files = True, doc = "files that are the same for all CPUs"),
        emulator = attr.label(mandatory = True, allow_single_file = True),
        program = attr.label(mandatory = True, cfg = platform_transition),
    ),
    test = True,
)

def qemu_user_test(name, deps, data = [], cpus = QEMU_USER_CPUS, kind = "qemu-user", tags = [], **kwargs):
    """NAME_<cpu> for each CPU: a GoogleTest program of `deps`, run under the CPU's qemu-user.

    The host's own CPU runs it without.

    Args:
      name: the targets' names begin with it.
      deps: libraries of tests (alwayslink), best united_library()s.
      data: files that it reads, none of which is built for the CPU.
      cpus: those to run it for.
      kind: of the tests (kCpuTestKinds of tools/test_report.h): all tests of a kind are for the same
        CPUs.
      tags: more tags.
      **kwargs: as for every test.
    """
    native.cc_binary(
        name = name + ".linked",
        testonly = True,
        # Not every CPU has atomic operations on 64 bits.
        linkopts = ["-latomic"],
        tags = tags + ["manual"],
        deps = deps + ["@googletest//:gtest_main"],
    )
    for cpu in cpus:
        _qemu_user_test(
            name = name + "_" + cpu,
            cpu = cpu,
            data = data,
            emulator = "//arch:%s/qemu_user" % cpu,
            mode = "qemu",
            program = ":" + name + ".linked",
            tags = tags + [kind] + cpu_tags(cpu),
            **kwargs
        )

def _programs_test_impl(ctx):
    test = ctx.executable.test
    lines = ["#!/bin/sh"]
    inputs = [test]
    if ctx.attr.cpu != HOST_CPU:
        inputs.append(ctx.file.emulator)
        lines += ['read -r EMULATOR < "%s"' % ctx.file.emulator.short_path, "export EMULATOR"]
    lines.append('exec "%s" "$@"' % test.short_path)
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "\n".join(lines) + "\n", is_executable = True)
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(inputs, transitive_files = depset(ctx.files.programs)).merge(
            ctx.attr.test[DefaultInfo].default_runfiles,
        ),
    )]

_programs_test = rule(
    implementation = _programs_test_impl,
    attrs = dict(
        PLATFORM_ATTRS,
        emulator = attr.label(mandatory = True, allow_single_file = True),
        programs = attr.label_list(allow_files = True, cfg = platform_transition),
        test = attr.label(mandatory = True, executable = True, cfg = "target"),
    ),
    test = True,
)

def programs_test(name, test, programs, cpus, tags = [], **kwargs):
    """NAME_<cpu> for each CPU: a test of the host that runs programs of the CPU.

    Args:
      name: the targets' names begin with it.
      test: a program of the host. What it runs are files of its working directory, behind the words
        of the environment variable EMULATOR, if there is one.
      programs: what is built for the CPU.
      cpus: those to run it for.
      tags: more tags; one of them is a kind (kCpuTestKinds of tools/test_report.h).
      **kwargs: as for every test.
    """
    for cpu in cpus:
        _programs_test(
            name = name + "_" + cpu,
            cpu = cpu,
            emulator = "//arch:%s/qemu_user" % cpu,
            mode = "linux",
            programs = programs,
            tags = tags + cpu_tags(cpu),
            test = test,
            **kwargs
        )
