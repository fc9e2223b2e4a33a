# SPDX-License-Identifier: BSD-2-Clause
"""The kit with which modules are built outside the tree, and other kernels that load modules."""

load(":image.bzl", "MODULE_LINKOPTS")
load(":modes.bzl", "CXX_STANDARD", "MODES")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")
load("@host//:defs.bzl", "HOST_CPU")

_STUB_SUFFIX = ".stub.so"

def _stub_name(file):
    if not file.basename.endswith(_STUB_SUFFIX):
        fail("%s: a module's stub is called NAME%s" % (file.short_path, _STUB_SUFFIX))
    return "lib/lib%s.so" % file.basename[:-len(_STUB_SUFFIX)]

def _module_files(ctx):
    """What modules for the tree's own kernel take: none where it does not run."""
    files = {}
    if ctx.file.cxxrt:
        files["lib/cxxrt.o"] = ctx.file.cxxrt
    if ctx.file.kernel_stub:
        files["lib/libkernel.so"] = ctx.file.kernel_stub
    for stub in ctx.files.module_stubs:
        files[_stub_name(stub)] = stub
    prefix = ctx.label.package + "/"
    for example in ctx.files.examples:
        files[example.short_path[len(prefix):]] = example
    return files

def _sdk_impl(ctx):
    files = {
        "LICENSE": ctx.file._licence,
        "lib/module.ld": ctx.file.linker_script,
        "lib/module.map": ctx.file.module_map,
    }
    files.update(_module_files(ctx))
    for library in ctx.files.libraries:
        files["lib/" + library.basename] = library
    for header in ctx.files.headers:
        files["include/" + header.short_path] = header
    for interface in ctx.attr.interfaces:
        for header in interface[CcInfo].compilation_context.headers.to_list():
            files["include/" + header.short_path] = header
    for template in ctx.files.pkg_config:
        files["lib/pkgconfig/" + template.basename[:-len(".in")]] = template
    lines = ["file %s %s" % (path, file.path) for path, file in files.items()]
    lines += [
        "text CPU " + ctx.attr.cpu,
        "text NATIVE " + ("yes" if ctx.attr.cpu == HOST_CPU else "no"),
        "text CXXFLAGS " + CXX_STANDARD,
        "text LDFLAGS " + " ".join([option for option in MODULE_LINKOPTS if "-page-size=" not in option]),
        "page LDFLAGS " + files["include/arch/current/page.h"].path,
        "flags CXXFLAGS %s" % ctx.file._cxxflags.path,
        "flags GXXFLAGS %s" % ctx.file._gxxflags.path,
        "flags TRIPLE %s" % ctx.file.triple.path,
        "version VERSION %s" % ctx.file.kernel_map.path,
    ]
    for name, mode in {"CFLAGS": MODES["module"], "KERNELFLAGS": MODES["kernel"]}.items():
        lines += [
            "text %s %s" % (name, " ".join(mode.compile + [mode.optimise, "-g"])),
            "flags %s %s" % (name, ctx.file._cflags.path),
            "flags %s %s" % (name, ctx.file.cpu_cflags.path),
        ]
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest")
    ctx.actions.write(manifest, "\n".join(lines) + "\n")
    output = ctx.actions.declare_directory(ctx.label.name)
    inputs = files.values() + [
        ctx.file._cflags,
        ctx.file._cxxflags,
        ctx.file._gxxflags,
        ctx.file.cpu_cflags,
        ctx.file.kernel_map,
        ctx.file.triple,
    ]
    ctx.actions.run(
        executable = ctx.executable._make_sdk,
        arguments = [output.path, manifest.path],
        inputs = [manifest] + inputs,
        outputs = [output],
        mnemonic = "Sdk",
        progress_message = "Making the SDK of %s" % ctx.attr.cpu,
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles([output]))]

# Not the rule itself is built for the CPU but what it takes: ./build.sh finds the folder then.
_sdk = rule(
    implementation = _sdk_impl,
    attrs = dict(
        PLATFORM_ATTRS,
        cpu_cflags = attr.label(mandatory = True, allow_single_file = True),
        cxxrt = attr.label(allow_single_file = True, cfg = platform_transition),
        examples = attr.label_list(allow_files = True),
        headers = attr.label_list(allow_files = True),
        interfaces = attr.label_list(providers = [CcInfo], cfg = platform_transition),
        kernel_map = attr.label(mandatory = True, allow_single_file = True),
        kernel_stub = attr.label(allow_single_file = True, cfg = platform_transition),
        libraries = attr.label_list(allow_files = [".a"], cfg = platform_transition),
        linker_script = attr.label(mandatory = True, allow_single_file = True),
        module_map = attr.label(mandatory = True, allow_single_file = True),
        module_stubs = attr.label_list(allow_files = True, cfg = platform_transition),
        pkg_config = attr.label_list(allow_files = [".in"]),
        triple = attr.label(mandatory = True, allow_single_file = True),
        _cflags = attr.label(default = "//toolchain:cflags", allow_single_file = True),
        _cxxflags = attr.label(default = "//toolchain:cxxflags", allow_single_file = True),
        _gxxflags = attr.label(default = "//toolchain:gxxflags", allow_single_file = True),
        _licence = attr.label(default = "//:LICENSE", allow_single_file = True),
        _make_sdk = attr.label(default = "//tools/sdk:make_sdk", executable = True, cfg = "host"),
    ),
)

def cpu_sdk(cpu, **kwargs):
    """The folder :<cpu>: everything that building outside the tree for this CPU takes.

    Args:
      cpu: with a `cflags` file in its folder.
      **kwargs: kernel_map and the module layout (linker_script, module_map), headers as they stand
        and interfaces (cc_library: all headers that they depend on), libraries (*.a), pkg_config
        templates. For modules of the tree's kernel: cxxrt (one object), kernel_stub, module_stubs,
        examples (below this package).
    """
    _sdk(
        name = cpu,
        cpu = cpu,
        cpu_cflags = "//arch:%s/cflags" % cpu,
        mode = "module",
        triple = "//arch:%s/triple" % cpu,
        **kwargs
    )
