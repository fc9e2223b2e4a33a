# SPDX-License-Identifier: BSD-2-Clause
"""clang-tidy as a test: every file of the named libraries and of what they depend on, one action
for each unit, so that only what changed is looked at again. A cc_library with the tag "c-abi" follows C's names."""

load(":modes.bzl", "MODES")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

_TidyInfo = provider(fields = ["reports"])

def _language(file):
    if file.extension in ["cc", "h"]:
        return ["-x", "c++", "-std=c++20"]
    return ["-x", "c"] if file.extension == "c" else None

def _aspect_impl(target, ctx):
    inherited = []
    for dep in getattr(ctx.rule.attr, "deps", []):
        if _TidyInfo in dep:
            inherited.append(dep[_TidyInfo].reports)

    # A test's own sources are left out: GoogleTest's macros follow other rules.
    reports = []
    if CcInfo in target and ctx.rule.kind in ["cc_library", "cc_binary"] and not ctx.label.workspace_name:
        context = target[CcInfo].compilation_context
        flags = ["-D" + define for define in context.defines.to_list() + context.local_defines.to_list()]
        flags += ["-iquote" + path for path in context.quote_includes.to_list()]
        flags += ["-isystem" + path for path in context.system_includes.to_list()]
        flags += ["-I" + path for path in context.includes.to_list()]

        # g++'s code generation options mean nothing to clang.
        flags += [flag for flag in getattr(ctx.rule.attr, "copts", []) if flag[:2] in ["-D", "-I"]]

        # Headers for C name things as C does.
        checks = "-readability-identifier-naming,-bugprone-macro-parentheses,-modernize-redundant-void-arg" if "c-abi" in ctx.rule.attr.tags else ""
        files = []
        united = []
        for attribute in ["srcs", "hdrs"]:
            for entry in getattr(ctx.rule.attr, attribute, []):
                files += [file for file in entry.files.to_list() if file.is_source]
                united += [file for file in entry.files.to_list() if file.path.endswith(".united.cc")]

        # What is compiled as one unit is checked as one.
        parts = [file for entry in getattr(ctx.rule.attr, "textual_hdrs", []) for file in entry.files.to_list() if file.is_source]
        if not united:
            files += parts
            parts = []
        files += united

        # A header beside the source of its name is checked with it: the source includes it first.
        sources = {file.path[:-len(file.extension)]: True for file in files + parts if file.extension in ["cc", "c"]}
        for file in files:
            language = _language(file)
            stem = file.path[:-len(file.extension)]
            if not language or (file.extension == "h" and stem in sources):
                continue
            with_it = [stem + "h"]
            not_here = ""
            if file in united:
                # Its parts are no headers.
                not_here = ",-bugprone-suspicious-include,-google-global-names-in-headers"
                with_it = [part.path for part in parts] + [part.path[:-len(part.extension)] + "h" for part in parts]
            report = ctx.actions.declare_file("%s.tidy/%s" % (ctx.label.name, file.short_path.replace("/", "_")))
            ctx.actions.run(
                executable = ctx.executable._tidy,
                arguments = [report.path, file.path, (checks + not_here).lstrip(","), "|".join(with_it)] + language + flags,
                inputs = depset([file, ctx.file._config, ctx.file._stamp], transitive = [context.headers]),
                outputs = [report],
                mnemonic = "ClangTidy",
                progress_message = "Checking %s" % file.short_path,
            )
            reports.append(report)
    return [_TidyInfo(reports = depset(reports, transitive = inherited))]

_tidy_aspect = aspect(
    implementation = _aspect_impl,
    attr_aspects = ["deps"],
    attrs = {
        "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
        "_stamp": attr.label(default = "@host//:stamp", allow_single_file = True),
        "_tidy": attr.label(default = "//toolchain:tidy.sh", allow_single_file = True, executable = True, cfg = "host"),
    },
)

def _tidy_test_impl(ctx):
    reports = depset(transitive = [target[_TidyInfo].reports for target in ctx.attr.targets])
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    paths = [report.short_path for report in reports.to_list()]
    if not paths:
        fail("no source to check")
    ctx.actions.write(
        script,
        "#!/bin/sh\n# Reports are empty unless clang-tidy found something.\n" +
        "! cat -- %s | grep .\n" % " ".join(["'%s'" % path for path in paths]),
        is_executable = True,
    )
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles(transitive_files = reports))]

tidy_test = rule(
    implementation = _tidy_test_impl,
    attrs = dict(
        PLATFORM_ATTRS,
        mode = attr.string(default = "linux", values = MODES.keys()),
        targets = attr.label_list(
            mandatory = True,
            aspects = [_tidy_aspect],
            cfg = platform_transition,
        ),
    ),
    test = True,
)
