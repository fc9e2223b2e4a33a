# SPDX-License-Identifier: BSD-2-Clause
"""Every mode: which compiler, which flags. toolchain/README.md says in prose what each is for."""

# The flag files are the one source of flags for loader, kernel, modules and the SDK:
#   arch/<cpu>/cflags    both languages, both compilers, what runs in kernel mode
#   arch/<cpu>/hosted_cflags   both languages, both compilers, what runs under a libc; few CPUs need it
#   toolchain/cflags     both languages, both compilers, everything freestanding
#   toolchain/cxxflags   C++, both compilers, everything freestanding
#   toolchain/gxxflags   C++, g++ only, everything freestanding
#   toolchain/warnings   everything of ours

# Everything of ours in C++, and modules built elsewhere.
CXX_STANDARD = "-std=c++20"

def _mode(compile, link = [], freestanding = False, privileged = False, compiler = "gcc", optimise = None, opt = ("gcc", "-O2 -DNDEBUG"), host_only = False):
    return struct(
        compile = compile,
        link = link,
        freestanding = freestanding,  # no libc, no exceptions, no RTTI
        privileged = privileged,  # takes arch/<cpu>/cflags
        compiler = compiler,
        optimise = optimise,  # None: -O0, and `opt` with --compilation_mode=opt
        opt = opt,  # a compiler and its flags
        host_only = host_only,
    )

# What only runs to be tested is compiled by clang with -O0, in half of g++'s time and a third of
# what it takes with sanitizers. What is shipped or measured is g++'s.
MODES = {
    "linux": _mode(["-fPIE"], ["-pie"], compiler = "clang"),
    "kernel": _mode(["-fPIE"], freestanding = True, privileged = True, optimise = "-O2"),
    "module": _mode(["-fPIC", "-fno-plt"], freestanding = True, privileged = True, optimise = "-O2"),
    "boot": _mode(["-fno-pic", "-fno-pie"], freestanding = True, privileged = True, optimise = "-O2"),
    "rtld": _mode(["-fPIC"], freestanding = True, optimise = "-O2"),
    "tsan": _mode(
        ["-fPIE", "-fsanitize=thread"],
        ["-pie", "-fsanitize=thread"],
        compiler = "clang",
        host_only = True,
    ),
    "asan": _mode(
        ["-fPIE", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"],
        ["-pie", "-fsanitize=address,undefined"],
        compiler = "clang",
        host_only = True,
    ),
    "fuzz": _mode(
        ["-fPIE", "-fsanitize=fuzzer-no-link,address,undefined", "-fno-sanitize-recover=all", "-fno-sanitize=function,vptr"],
        ["-pie", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize=function,vptr"],
        compiler = "clang",
        host_only = True,
        # No inlining to speak of, for which compiling would take half as long again.
        opt = ("clang", "-O1"),
    ),
    # Static, so that an emulator needs no libraries of the CPU's.
    "qemu": _mode(["-fno-pic", "-fno-pie", "-g0"], ["-static"], compiler = "clang"),
}
