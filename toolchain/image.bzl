# SPDX-License-Identifier: BSD-2-Clause
"""Links freestanding ELF images: kernel, loader, modules, ld.elf_so, and stubs of them."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load(":modes.bzl", "MODES")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

# What every freestanding image is linked with, whatever its kind.
_COMMON = [
    "-nostdlib",
    "-Wl,--fatal-warnings",
    "-Wl,-z,noexecstack",
    "-Wl,-z,max-page-size=4096",
]

_DYNAMIC = [
    "-Wl,-z,now",
    "-Wl,-z,relro",
    "-Wl,-z,separate-code",
    "-Wl,--hash-style=gnu",
    "-Wl,--build-id=sha1",
]

_KINDS = {
    # A dynamic executable without interpreter that exports what its version script says.
    "kernel": _DYNAMIC + ["-pie", "-Wl,--no-dynamic-linker", "-Wl,--export-dynamic"],
    # A shared object; undefined symbols must be defined by a stub it names.
    "shared": _DYNAMIC + ["-shared", "-Wl,-z,defs"],
    # A program with an interpreter (its path by linkopts) and no libc.
    "program": _DYNAMIC + ["-pie"],
    # Linked at a fixed address by its link script.
    "static": ["-static", "-no-pie", "-Wl,--build-id=none"],
    # One object of everything, to look at.
    "relocatable": ["-r"],
}

# What a module is linked with, beside its layout: of the SDK too.
MODULE_LINKOPTS = _COMMON + _KINDS["shared"]

ElfStubInfo = provider("A shared object that only says what an image exports.", fields = ["soname", "file"])

def _linker(ctx):
    """(tool path, environment, files) of the link driver of the platform in force."""
    cc = find_cpp_toolchain(ctx)
    configuration = cc_common.configure_features(ctx = ctx, cc_toolchain = cc)
    variables = cc_common.create_link_variables(feature_configuration = configuration, cc_toolchain = cc)
    action = ACTION_NAMES.cpp_link_executable
    return struct(
        path = cc_common.get_tool_for_action(feature_configuration = configuration, action_name = action),
        env = cc_common.get_environment_variables(
            feature_configuration = configuration,
            action_name = action,
            variables = variables,
        ),
        files = cc.all_files,
    )

def _convert(ctx, linker, image, output):
    """`image` as a file of the format that the file `format` names: objcopy's word for it."""
    ctx.actions.run_shell(
        command = 'read -r format < "$2" && exec "$("$1" -print-prog-name=objcopy)" -O "$format" "$3" "$4"',
        arguments = [linker.path, ctx.files.format[0].path, image.path, output.path],
        inputs = depset([image, ctx.files.format[0]], transitive = [linker.files]),
        outputs = [output],
        env = linker.env,
        mnemonic = "ElfConvert",
        progress_message = "Converting %s" % output.short_path,
    )

def _elf_image_impl(ctx):
    linker = _linker(ctx)
    name = ctx.attr.out or ctx.label.name
    output = ctx.actions.declare_file(name + (".elf" if ctx.files.format else ""))
    inputs = []
    args = ctx.actions.args()
    args.add("-o", output)
    args.add_all(_COMMON + _KINDS[ctx.attr.kind])
    if ctx.attr.soname:
        args.add("-Wl,-soname," + ctx.attr.soname)
    args.add_all(ctx.files.version_scripts, format_each = "-Wl,--version-script=%s")
    inputs += ctx.files.version_scripts
    if ctx.file.linker_script:
        args.add(ctx.file.linker_script, format = "-Wl,-T,%s")
        inputs.append(ctx.file.linker_script)
    args.add_all(ctx.attr.linkopts)
    args.add_all(ctx.files.link_files, format_each = "@%s")
    inputs += ctx.files.link_files

    # Everything of every dependency: an object may matter only through a set or the dynamic
    # symbol table, and then nothing refers to it.
    archives = []
    flags = []
    for dep in ctx.attr.deps:
        for linked in dep[CcInfo].linking_context.linker_inputs.to_list():
            flags += linked.user_link_flags
            for library in linked.libraries:
                archive = library.static_library or library.pic_static_library
                if archive and archive not in archives:
                    archives.append(archive)
            inputs += linked.additional_inputs
    args.add("-Wl,--whole-archive")
    args.add_all(archives)
    args.add("-Wl,--no-whole-archive")
    inputs += archives

    # Stubs: those the `needed` file names, one soname a line, or all when there is none.
    stubs = [stub[ElfStubInfo] for stub in ctx.attr.stubs]
    args.add_all(flags)
    command = ctx.actions.args()
    command.add(linker.path)
    command.add(ctx.file.needed.path if ctx.file.needed else "")
    command.add(len(stubs))
    for stub in stubs:
        command.add(stub.soname)
        command.add(stub.file)
        inputs.append(stub.file)
    if ctx.file.needed:
        inputs.append(ctx.file.needed)
    ctx.actions.run(
        executable = ctx.file._link,
        arguments = [command, args],
        inputs = depset(inputs, transitive = [linker.files]),
        outputs = [output],
        env = dict(linker.env, DYNLINK_ET_DYN = output.path if ctx.attr.kind == "kernel" else ""),
        mnemonic = "ElfLink",
        progress_message = "Linking %s" % output.short_path,
    )
    if ctx.files.format:
        image = output
        output = ctx.actions.declare_file(name)
        _convert(ctx, linker, image, output)
    providers = [DefaultInfo(files = depset([output]), executable = output)]
    if ctx.attr.kind == "shared" and ctx.attr.soname:
        # The image itself serves those who link against it as well as a stub does.
        providers.append(ElfStubInfo(soname = ctx.attr.soname, file = output))
    return providers

_TOOLCHAIN_ATTRS = {
    "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
}

elf_image = rule(
    implementation = _elf_image_impl,
    doc = "One linked image; the macros of rules.bzl say which arguments each kind of image takes.",
    attrs = dict(
        PLATFORM_ATTRS,
        kind = attr.string(mandatory = True, values = _KINDS.keys()),
        deps = attr.label_list(providers = [CcInfo]),
        format = attr.label(
            doc = "none or one file: what the linked image is converted into",
            allow_files = True,
        ),
        link_files = attr.label_list(
            doc = "files of more arguments, which win over linkopts",
            allow_files = True,
        ),
        linker_script = attr.label(allow_single_file = True),
        linkopts = attr.string_list(),
        needed = attr.label(allow_single_file = True),
        out = attr.string(),
        soname = attr.string(),
        stubs = attr.label_list(providers = [ElfStubInfo]),
        version_scripts = attr.label_list(allow_files = True),
        _link = attr.label(default = "//toolchain:link.sh", allow_single_file = True),
        **_TOOLCHAIN_ATTRS
    ),
    cfg = platform_transition,
    executable = True,
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _elf_stub_impl(ctx):
    linker = _linker(ctx)
    source = ctx.actions.declare_file(ctx.label.name + ".S")
    ctx.actions.run(
        executable = ctx.executable._version_stub,
        arguments = [ctx.file.version_script.path, source.path],
        inputs = [ctx.file.version_script],
        outputs = [source],
        mnemonic = "ElfStubSource",
    )
    output = ctx.actions.declare_file(ctx.label.name + ".so")

    # No code comes of it, but a mark of the ABI that some CPUs' linkers compare.
    flags = ["@arch/%s/cflags" % linker.env["DYNLINK_CPU"]] if MODES[ctx.attr.mode].privileged else []
    ctx.actions.run(
        executable = linker.path,
        arguments = flags + _COMMON + [
            "-shared",
            "-Wl,--hash-style=gnu",
            "-Wl,-soname," + ctx.attr.soname,
            "-Wl,--version-script=" + ctx.file.version_script.path,
            "-o",
            output.path,
            source.path,
        ],
        inputs = depset([source, ctx.file.version_script], transitive = [linker.files]),
        outputs = [output],
        env = linker.env,
        mnemonic = "ElfStub",
        progress_message = "Making the stub of %s" % ctx.attr.soname,
    )
    return [
        DefaultInfo(files = depset([output]), runfiles = ctx.runfiles([output])),
        ElfStubInfo(soname = ctx.attr.soname, file = output),
    ]

elf_stub = rule(
    implementation = _elf_stub_impl,
    doc = "A shared object made only from a version script: what others link against.",
    attrs = dict(
        PLATFORM_ATTRS,
        soname = attr.string(mandatory = True),
        version_script = attr.label(mandatory = True, allow_single_file = True),
        _version_stub = attr.label(default = "//tools:version_stub", executable = True, cfg = "host"),
        **_TOOLCHAIN_ATTRS
    ),
    cfg = platform_transition,
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _image_without_debug_impl(ctx):
    linker = _linker(ctx)
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run_shell(
        command = '"$("$1" -print-prog-name=strip)" --strip-debug -o "$3" "$2"',
        arguments = [linker.path, ctx.file.image.path, output.path],
        inputs = depset([ctx.file.image], transitive = [linker.files]),
        outputs = [output],
        env = linker.env,
        mnemonic = "ElfStrip",
        progress_message = "Stripping %s" % ctx.file.image.short_path,
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles([output]))]

image_without_debug = rule(
    implementation = _image_without_debug_impl,
    doc = "An image without what only debuggers read; it keeps its .symtab and its build-id.",
    attrs = dict(
        PLATFORM_ATTRS,
        image = attr.label(mandatory = True, allow_single_file = True),
        **_TOOLCHAIN_ATTRS
    ),
    cfg = platform_transition,
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
