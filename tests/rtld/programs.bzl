# SPDX-License-Identifier: BSD-2-Clause
"""Libraries and programs without a C library, for tests of ld.elf_so."""

load("//toolchain:rules.bzl", "rtld_image")

# Relative: it exists in the working directory of a test, whoever set that up.
INTERPRETER = "libexec/ld.elf_so/ld.elf_so"

def library(name, needs = [], srcs = None, copts = [], linkopts = ["-Wl,-rpath,$ORIGIN"], soname = None, **kwargs):
    """libNAME.so from NAME.cc, linked against the libraries or stubs `needs`, in that order."""
    native.cc_library(
        name = name + ".objects",
        testonly = True,
        srcs = srcs or [name + ".cc"],
        copts = copts,
        tags = ["manual"],
        deps = [":tiny_h"],
    )
    rtld_image(
        name = "lib" + name + ".so",
        testonly = True,
        linkopts = linkopts,
        soname = "lib" + name + ".so" if soname == None else soname,
        stubs = needs + [":libtiny.so"],
        deps = [":" + name + ".objects"],
        **kwargs
    )

def program(name, needs = [], srcs = None, copts = [], linkopts = [], rpath = "$ORIGIN"):
    """NAME from NAME.cc: PT_INTERP is ld.elf_so, DT_RUNPATH where the program is."""
    native.cc_library(
        name = name + ".objects",
        testonly = True,
        srcs = srcs or [name + ".cc"],
        copts = copts,
        tags = ["manual"],
        deps = [
            ":start",
            ":tiny_h",
            "//libexec/ld.elf_so:debugger",
        ],
    )
    rtld_image(
        name = name,
        testonly = True,
        kind = "program",
        linkopts = ["-Wl,--dynamic-linker=" + INTERPRETER, "-Wl,-rpath," + rpath, "-Wl,--allow-shlib-undefined"] + linkopts,
        stubs = needs + [":libtiny.so"],
        deps = [":" + name + ".objects"],
    )
