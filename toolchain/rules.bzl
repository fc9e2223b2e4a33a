# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the tree. toolchain/README.md has an example of each."""

load(":image.bzl", "elf_image", "elf_stub", _image_without_debug = "image_without_debug")
load(":transitions.bzl", "program_for_platform", "test_for_platform_test")
load(":united.bzl", "united_library")

def _library(mode, **kwargs):
    native.cc_library(target_compatible_with = ["//toolchain/mode:" + mode], **kwargs)

def kernel_library(**kwargs):
    """A united_library that only makes sense in mode `kernel`; //... on the host skips it."""
    united_library(target_compatible_with = ["//toolchain/mode:kernel"], **kwargs)

def boot_library(**kwargs):
    """A cc_library of the loader only (mode `boot`)."""
    _library("boot", **kwargs)

def rtld_library(**kwargs):
    """A cc_library of freestanding user code only (mode `rtld`)."""
    _library("rtld", **kwargs)

def image_stub(name, version_script, soname, mode = "module", **kwargs):
    """A shared object made only from a version script: what modules are linked against.

    Args:
      name: the target.
      version_script: one name after the other; data has a comment: `name;  /* object BYTES */`.
      soname: of the image it stands for.
      mode: of what is linked against it: "module" or "rtld".
      **kwargs: cpu, visibility, testonly.
    """
    elf_stub(name = name, mode = mode, soname = soname, version_script = version_script, **kwargs)

def kernel_image(name, version_script, soname = "kernel", **kwargs):
    """A dynamic kernel: ET_DYN, DT_SONAME, versioned .dynsym, RELRO, no interpreter.

    Args:
      name: the target and the file.
      version_script: the KPI, the same one as in its image_stub().
      soname: DT_SONAME.
      **kwargs: deps (compiled in mode `kernel`, linked whole), linkopts, linker_script. Arguments in
        arch/<cpu>/ldflags come after linkopts.
    """
    elf_image(
        name = name,
        kind = "kernel",
        link_files = ["//arch:kernel_ldflags"],
        mode = "kernel",
        soname = soname,
        version_scripts = [version_script],
        **kwargs
    )

def image_without_debug(name, image, mode = "kernel", **kwargs):
    """`image` as it is booted: without debug sections, the same code, .symtab and build-id."""
    _image_without_debug(name = name, image = image, mode = mode, **kwargs)

def boot_image(name, linker_script, **kwargs):
    """A boot loader: freestanding, static, where the link script puts it (mode `boot`).

    The file has the format that arch/<cpu>/loader_format names, as objcopy calls it; NAME.elf, with
    symbols, then lies beside it. Without that file of the CPU it is ELF.

    Args:
      name: the target and the file.
      linker_script: the layout.
      **kwargs: deps, linkopts.
    """
    elf_image(
        name = name,
        format = "//arch:loader_format",
        kind = "static",
        linker_script = linker_script,
        mode = "boot",
        **kwargs
    )

def rtld_image(name, kind = "shared", **kwargs):
    """Freestanding user code (mode `rtld`): ld.elf_so, a library, or a program.

    Args:
      name: the target, and the file unless `out` says otherwise.
      kind: "shared", or "program" (then give -Wl,--dynamic-linker=PATH in linkopts).
      **kwargs: deps, soname, version_scripts, linkopts, linker_script, stubs, needed, out.
    """
    elf_image(name = name, kind = kind, mode = "rtld", **kwargs)

def kernel_module(
        name,
        version_script,
        srcs = [],
        hdrs = [],
        deps = [],
        stubs = [],
        copts = [],
        soname = None,
        bare = False,
        linkopts = [],
        tags = [],
        testonly = False,
        visibility = None,
        **kwargs):
    """NAME.kld, a shared-object module, and NAME.stub for those who need it.

    Args:
      name: without ".kld"; DT_SONAME is NAME.kld unless `soname` says otherwise.
      version_script: what the module exports.
      srcs: C and C++ sources, compiled in mode `module`.
      hdrs: headers for the sources.
      deps: libraries linked into the module, whole.
      stubs: stubs it may be linked against.
      copts: flags for the sources.
      soname: DT_SONAME, for tests of wrong ones.
      bare: without the module layout, the C++ run time and the kernel's headers.
      tags: tags.
      testonly: as everywhere.
      visibility: as everywhere.
      linkopts: flags for the linker.
      **kwargs: needed (a file with one soname a line: DT_NEEDED in that order; without it every
        stub is needed).
    """
    common = [] if bare else ["//kernel/dynamic:cxxrt", "//kernel/kpi"]
    native.cc_library(
        name = name + ".objects",
        srcs = srcs,
        hdrs = hdrs,
        copts = copts,
        tags = tags + ["manual"],
        testonly = testonly,
        visibility = visibility,
        deps = deps + common,
    )
    elf_image(
        name = name,
        out = name + ".kld",
        kind = "shared",
        linker_script = None if bare else "//kernel/dynamic:module.ld",
        # What of the C++ run time a module does not use is left out.
        linkopts = ([] if bare else ["-Wl,--gc-sections"]) + linkopts,
        mode = "module",
        soname = soname or name + ".kld",
        stubs = stubs,
        tags = tags,
        testonly = testonly,
        version_scripts = [version_script] + ([] if bare else ["//kernel/dynamic:module.map"]),
        visibility = visibility,
        deps = [":" + name + ".objects"],
        **kwargs
    )
    elf_stub(
        name = name + ".stub",
        mode = "module",
        soname = soname or name + ".kld",
        testonly = testonly,
        version_script = version_script,
        visibility = visibility,
    )

def kernel_modules(name = "modules", kernel_stub = "//kernel/dynamic:stub", **kwargs):
    """One kernel_module() for each folder of this package that has a module.map.

    A folder holds *.cc, *.c, *.h (of which others may include), module.map and `needed`. Target :FOLDER is the module, :NAME are all.

    Args:
      name: the target that names them all; NAME.stubs are their stubs, NAME.headers the headers
        FOLDER/FOLDER.h: the interfaces of those that others use.
      kernel_stub: the stub of the kernel.
      **kwargs: for every kernel_module().
    """
    folders = [path.split("/")[0] for path in native.glob(["*/module.map"])]
    headers = native.glob(["*/*.h"])
    for folder in folders:
        kernel_module(
            name = folder,
            srcs = native.glob([folder + "/*.cc", folder + "/*.c"], exclude = ["**/*_test.cc"]),
            hdrs = headers,
            needed = folder + "/needed",
            stubs = [kernel_stub] + [":" + other + ".stub" for other in folders if other != folder],
            version_script = folder + "/module.map",
            **kwargs
        )
    native.filegroup(name = name, srcs = [":" + folder for folder in folders])
    native.filegroup(name = name + ".stubs", srcs = [":" + folder + ".stub" for folder in folders])
    native.filegroup(
        name = name + ".headers",
        srcs = [header for header in headers if header.split("/")[1] == header.split("/")[0] + ".h"],
    )

def user_program(name, srcs = [], deps = [], cpu = "", visibility = None, tags = [], **kwargs):
    """A static Linux program, -O2, stripped, for the booted system and for the host."""
    native.cc_binary(
        name = name + ".linked",
        srcs = srcs,
        features = ["fully_static_link"],
        linkopts = ["-static", "-s", "-Wl,--build-id=sha1", "-Wl,-z,noexecstack"],
        tags = tags + ["manual"],
        deps = deps,
        **kwargs
    )
    program_for_platform(
        name = name,
        cpu = cpu,
        mode = "linux",
        optimise = "opt",
        tags = tags,
        target = ":" + name + ".linked",
        visibility = visibility,
    )

def sanitized_test(name, test, sanitizer, size = "small", tags = [], **kwargs):
    """Runs the cc_test `test` built under "asan" (with UBSan) or "tsan"."""
    test_for_platform_test(
        name = name,
        size = size,
        mode = sanitizer,
        tags = tags + [sanitizer],
        target = test,
        testonly = True,
        **kwargs
    )

def cc_benchmark(name, srcs, deps = [], tags = [], **kwargs):
    """A Google Benchmark program with -O2 and NDEBUG, which `./build.sh bench NAME` runs."""
    native.cc_binary(
        name = name + ".linked",
        testonly = True,
        srcs = srcs,
        tags = tags + ["manual"],
        deps = deps + ["//third_party:benchmark"],
        **kwargs
    )
    program_for_platform(
        name = name,
        testonly = True,
        mode = "linux",
        optimise = "opt",
        tags = tags + ["benchmark"],
        target = ":" + name + ".linked",
    )

def cc_fuzz_test(name, srcs, deps = [], corpus = [], dictionary = None, tags = [], **kwargs):
    """A libFuzzer program (clang, ASan, UBSan) that defines LLVMFuzzerTestOneInput.

    :NAME is the program, which `./build.sh fuzz` runs for a while, from :NAME.corpus on;
    :NAME_smoke_test runs it on the corpus and on 5,000 inputs made from it, always the same.

    Args:
      name: the program.
      srcs: sources.
      deps: libraries, built in the same mode.
      corpus: files to start from, or filegroups of them.
      dictionary: libFuzzer's dictionary, if there is one.
      tags: more tags.
      **kwargs: of the cc_binary.
    """
    native.cc_binary(
        name = name + ".linked",
        testonly = True,
        srcs = srcs,
        tags = tags + ["manual"],
        deps = deps,
        **kwargs
    )
    native.filegroup(
        name = name + ".corpus",
        testonly = True,
        srcs = corpus,
    )
    data = corpus + ([dictionary] if dictionary else [])
    options = ["-dict=$(rootpath %s)" % dictionary] if dictionary else []
    program_for_platform(
        name = name,
        testonly = True,
        mode = "fuzz",
        tags = tags + ["fuzz"],
        target = ":" + name + ".linked",
    )
    native.sh_test(
        name = name + "_smoke_test",
        size = "small",
        srcs = ["//toolchain:fuzz_smoke_test.sh"],
        args = ["$(rootpath :%s)" % name] + options + ["$(rootpaths %s)" % files for files in corpus],
        data = [":" + name] + data,
        tags = tags,
    )

def freestanding_test(name, deps, allowed = [], mode = "rtld", size = "small", tags = []):
    """Checks that `deps`, and all they depend on, need nothing beyond what compilers always call.

    Everything is linked with `ld -r` as in `mode`; what stays undefined must be memcpy, memmove,
    memset, memcmp, _GLOBAL_OFFSET_TABLE_ or a name of `allowed`.
    """
    elf_image(
        name = name + ".o",
        testonly = True,
        kind = "relocatable",
        mode = mode,
        tags = ["manual"],
        deps = deps,
    )
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//toolchain:freestanding_test.sh"],
        args = ["$(rootpath :%s.o)" % name] + allowed,
        data = [":%s.o" % name],
        tags = tags,
    )
