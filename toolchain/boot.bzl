# SPDX-License-Identifier: BSD-2-Clause
"""Boot archives, bootable systems and boot tests."""

load(":cpus.bzl", "BOOT_CPUS", "cpu_tags")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

BootArchiveInfo = provider(
    "What a boot archive holds, for archives that add to it.",
    fields = {"lines": "manifest lines of tools/newc", "sources": "depset of the files they name"},
)

# Everything that goes into a booted system is hosted code or chooses its own mode.
_TARGET_ATTRS = dict(
    PLATFORM_ATTRS,
    mode = attr.string(default = "linux"),
)

def _destinations(target, destination):
    """(file, path) of each file of a target; a destination that ends in "/" is a folder."""
    files = target[DefaultInfo].files.to_list()
    if destination.endswith("/"):
        return [(file, destination + file.basename) for file in files]
    if len(files) != 1:
        fail("%s has %d files; its destination must end in /" % (target.label, len(files)))
    return [(files[0], destination)]

def _boot_archive_impl(ctx):
    lines = []
    sources = []
    inherited = []
    for base in ctx.attr.bases:
        lines += base[BootArchiveInfo].lines
        inherited.append(base[BootArchiveInfo].sources)
    for path, mode in ctx.attr.directories.items():
        lines.append("dir %s %s" % (mode, path))
    for target, destination in ctx.attr.files.items():
        for file, path in _destinations(target, destination):
            mode = ctx.attr.modes.get(path, "0755")
            lines.append("file %s %s %s" % (mode, path, file.path))
            sources.append(file)
    for path, target in ctx.attr.symlinks.items():
        lines.append("link %s %s" % (path, target))
    for target, link in ctx.attr.links.items():
        for file in target[DefaultInfo].files.to_list():
            lines.append("links %s %s" % (link, file.path))
            sources.append(file)
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest")
    ctx.actions.write(manifest, "\n".join(lines) + "\n")
    output = ctx.actions.declare_file(ctx.label.name + ".cpio")
    inputs = depset(sources, transitive = inherited)
    ctx.actions.run(
        executable = ctx.executable._newc,
        arguments = [output.path, manifest.path],
        inputs = depset([manifest], transitive = [inputs]),
        outputs = [output],
        mnemonic = "BootArchive",
        progress_message = "Making %s" % output.short_path,
    )
    return [
        DefaultInfo(files = depset([output]), runfiles = ctx.runfiles([output])),
        BootArchiveInfo(lines = lines, sources = inputs),
    ]

boot_archive = rule(
    implementation = _boot_archive_impl,
    doc = "NAME.cpio: a deterministic newc archive. A later entry of a path replaces an earlier one.",
    attrs = dict(
        _TARGET_ATTRS,
        bases = attr.label_list(
            doc = "archives whose entries come first",
            cfg = platform_transition,
            providers = [BootArchiveInfo],
        ),
        directories = attr.string_dict(doc = "path -> octal mode; parents of files need no mention"),
        files = attr.label_keyed_string_dict(
            doc = "target -> path, or folder with a trailing slash; built for the CPU",
            allow_files = True,
            cfg = platform_transition,
        ),
        links = attr.label_keyed_string_dict(
            doc = "file of names -> \"FOLDER TARGET\": FOLDER/NAME is a symbolic link to TARGET",
            allow_files = True,
        ),
        modes = attr.string_dict(doc = "path -> octal mode of a file; otherwise 0755"),
        symlinks = attr.string_dict(doc = "path -> what it points to"),
        _newc = attr.label(default = "//tools:newc", executable = True, cfg = "host"),
    ),
)

def _boot_system_impl(ctx):
    """Loader, archive and kernel (for debuggers) of one CPU, under names that build.sh knows."""
    outputs = []
    inputs = {"archive": ctx.files.archive, "kernel": ctx.files.kernel, "loader": ctx.files.loader}
    for name, files in inputs.items():
        if not files:
            continue
        output = ctx.actions.declare_file(ctx.label.name + "/" + name)
        ctx.actions.symlink(output = output, target_file = files[0])
        outputs.append(output)
    return [DefaultInfo(files = depset(outputs), runfiles = ctx.runfiles(outputs))]

_boot_system = rule(
    implementation = _boot_system_impl,
    attrs = dict(
        _TARGET_ATTRS,
        archive = attr.label(mandatory = True, cfg = platform_transition),
        kernel = attr.label(cfg = platform_transition),
        loader = attr.label(mandatory = True, cfg = platform_transition),
    ),
)

def boot_systems(archive, loader = "//stand:loader", kernel = None):
    """Of each CPU that boots, :<cpu> with the files <cpu>/loader, <cpu>/archive and <cpu>/kernel."""
    for cpu in BOOT_CPUS:
        _boot_system(name = cpu, archive = archive, cpu = cpu, kernel = kernel, loader = loader)

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _boot_test_impl(ctx):
    inputs = [ctx.file.qemu_args, ctx.files.loader[0], ctx.files.archive[0], ctx.file.scenario]
    extra = []
    for target, destination in ctx.attr.files.items():
        for file, path in _destinations(target, destination):
            extra.append(file.short_path + "=" + path)
            inputs.append(file)
    words = [
        ctx.executable._runner.short_path,
        str(ctx.label).split("//")[-1],
        ctx.file.qemu_args.short_path,
        ctx.files.loader[0].short_path,
        ctx.files.archive[0].short_path,
        ctx.attr.command_line,
        ctx.file.scenario.short_path,
    ] + extra
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        script,
        "#!/bin/sh\nexec " + " ".join([_quoted(word) for word in words]) + "\n",
        is_executable = True,
    )
    runfiles = ctx.runfiles(inputs).merge(ctx.attr._runner[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

# A rule's transition would move its test.xml, so it sits on the attributes.
_boot_test = rule(
    implementation = _boot_test_impl,
    attrs = dict(
        _TARGET_ATTRS,
        archive = attr.label(mandatory = True, cfg = platform_transition, allow_files = True),
        command_line = attr.string(),
        files = attr.label_keyed_string_dict(allow_files = True, cfg = platform_transition),
        loader = attr.label(mandatory = True, cfg = platform_transition, allow_files = True),
        qemu_args = attr.label(mandatory = True, allow_single_file = True),
        scenario = attr.label(mandatory = True, allow_single_file = True),
        _runner = attr.label(default = "//tests/boot:boot_test", executable = True, cfg = "host"),
    ),
    test = True,
)

def boot_test(
        name,
        scenario,
        archive,
        loader = "//stand:loader",
        command_line = "",
        files = {},
        cpus = BOOT_CPUS,
        tags = [],
        **kwargs):
    """Boots `archive` under QEMU and checks what `scenario` says: NAME_<cpu> for each CPU.

    Args:
      name: the targets' names begin with it.
      scenario: a file; tests/boot/README.md has its format.
      archive: a boot_archive.
      loader: a boot_image.
      command_line: the kernel's; the scenario's `cmdline:` is added.
      files: target -> path (or folder with a trailing slash): what is added to the archive.
      cpus: those to boot on.
      tags: more tags.
      **kwargs: as for every test.
    """
    for cpu in cpus:
        _boot_test(
            name = name + "_" + cpu,
            size = "medium",
            archive = archive,
            command_line = command_line,
            cpu = cpu,
            files = files,
            loader = loader,
            qemu_args = "//arch:%s/qemu.args" % cpu,
            scenario = scenario,
            tags = tags + ["boot"] + cpu_tags(cpu),
            **kwargs
        )
