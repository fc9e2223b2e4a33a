# SPDX-License-Identifier: BSD-2-Clause
"""What the build takes from the system, each found where Debian (or a prefix) puts it.

Compilers and libraries are system paths that Bazel does not watch, so @host//:stamp holds the
installed versions of what goes into compiling and linking: an upgrade changes it, and everything
is built again.
"""

# The packages whose files compilers read or run. The lists name metapackages, whose own version
# says little (g++ is g++-12).
_STAMPED = [
    "binutils*",
    "clang*",
    "cpp*",
    "g++*",
    "gcc*",
    "googletest",
    "libbenchmark*",
    "libc6*",
    "libclang*",
    "libelf*",
    "libgcc*",
    "libstdc++*",
    "linux-libc-dev",
    "lld*",
]

def _run(ctx, argv):
    result = ctx.execute(argv)
    return result.stdout.strip() if result.return_code == 0 else ""

def _host_impl(ctx):
    machine = _run(ctx, ["uname", "-m"])
    ctx.file("defs.bzl", 'HOST_CPU = "%s"\n' % machine)
    versions = _run(ctx, [
        "sh",
        "-c",
        "dpkg-query -W -f '${db:Status-Status} ${Package}:${Architecture} ${Version}\n' \"$@\" 2>/dev/null |" +
        " sed -n 's/^installed //p' | LC_ALL=C sort -u",
        "sh",
    ] + _STAMPED)
    ctx.file("stamp", versions + "\n")
    ctx.file("BUILD", 'exports_files(["stamp"])\n')

# `local` and `configure`: looked at again whenever the server starts.
host_repository = repository_rule(_host_impl, local = True, configure = True)

def _cpus_impl(ctx):
    arch = ctx.path(Label("//:WORKSPACE")).dirname.get_child("arch")
    folders = arch.readdir()

    # Of each list the CPUs whose folder has the file.
    lists = {
        "BOOT_CPUS": "qemu.args",
        "KERNEL_CPUS": "cflags",
        "ON_DEMAND_CPUS": "on_demand",
        "QEMU_USER_CPUS": "qemu_user",
        "RTLD_CPUS": "rtld",
    }
    lines = [
        "%s = %s\n" % (name, repr(sorted([
            folder.basename
            for folder in folders
            if folder.basename != "contract" and folder.get_child(file).exists
        ])))
        for name, file in lists.items()
    ]
    ctx.file("defs.bzl", "".join(lines))
    ctx.file("BUILD", "")

# What packages other than //arch must know of the folders of arch/ (a glob does not leave its
# package). A running server looks again when build.sh gives another list of folders.
cpus_repository = repository_rule(_cpus_impl, local = True, configure = True, environ = ["DYNLINK_FOLDERS"])

def _googletest_impl(ctx):
    for folder in ["googletest", "googlemock"]:
        source = ctx.path("/usr/src/googletest/" + folder)
        if not source.exists:
            fail("/usr/src/googletest is missing: ./build.sh setup installs the package `googletest`")
        ctx.symlink(source, folder)
    ctx.symlink(Label("//third_party:googletest.BUILD"), "BUILD")

googletest_repository = repository_rule(_googletest_impl, local = True)

def _pkg_config_library(ctx, module, header):
    """A cc_library around a system library; LIBELF_PREFIX-like variables name another prefix."""
    prefix = ctx.os.environ.get(module.upper() + "_PREFIX", "")
    if prefix:
        ctx.symlink(prefix + "/include", "include")
        ctx.file("BUILD", """
cc_library(
    name = "library",
    hdrs = glob(["include/**/*.h"]),
    includes = ["include"],
    linkopts = ["-L{p}/lib", "-Wl,-rpath,{p}/lib", "-l{l}"],
    visibility = ["//visibility:public"],
)
""".format(p = prefix, l = header))
        return
    result = ctx.execute(["pkg-config", "--libs", module])
    if result.return_code:
        fail("pkg-config does not know %s: ./build.sh setup installs it" % module)
    ctx.file("BUILD", """
cc_library(
    name = "library",
    linkopts = {libs},
    visibility = ["//visibility:public"],
)
""".format(libs = repr([flag for flag in result.stdout.strip().split(" ") if flag])))

def _libelf_impl(ctx):
    _pkg_config_library(ctx, "libelf", "elf")

libelf_repository = repository_rule(_libelf_impl, local = True, environ = ["LIBELF_PREFIX"])

def _benchmark_impl(ctx):
    _pkg_config_library(ctx, "benchmark", "benchmark")

benchmark_repository = repository_rule(_benchmark_impl, local = True, environ = ["BENCHMARK_PREFIX"])

def _debs_impl(ctx):
    root = ctx.path(Label("//:WORKSPACE")).dirname
    result = ctx.execute([str(root) + "/third_party/fetch_debs.sh"], quiet = False, timeout = 600)
    if result.return_code:
        fail("third_party/fetch_debs.sh failed")
    cpus = []
    for folder in root.get_child(".deps").readdir():
        cpu = folder.basename
        # Since Debian 13, what was in /bin lies in /usr/bin.
        for place in ["root/bin/busybox", "root/usr/bin/busybox"]:
            program = ctx.path(str(folder) + "/" + place)
            if program.exists:
                ctx.symlink(program, cpu + "/busybox")
                cpus.append(cpu)
                break
    ctx.file("BUILD", """
package(default_visibility = ["//visibility:public"])
load("@dynlink//toolchain:defs.bzl", "choose_cpu")
choose_cpu(name = "busybox", path = "busybox", cpus = %s)
""" % repr(sorted(cpus)))

# Debian packages that are unpacked, not installed: programs for the booted system.
debs_repository = repository_rule(_debs_impl, local = True, environ = ["DYNLINK_FOLDERS"])
