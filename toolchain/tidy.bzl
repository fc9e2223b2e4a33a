# SPDX-License-Identifier: BSD-2-Clause
"""clang-tidy as a test: every file of the named libraries and of what they depend on.

One action for each source and the header of its name. Headers without a source are one unit for each
test, as most of what clang-tidy looks at are the standard headers that it is told to keep quiet
about. A cc_library with the tag "c-abi" follows C's names."""

load(":modes.bzl", "MODES")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

_TidyInfo = provider(fields = {
    "reports": "depset of files",
    "headers": "depset of headers that no report is about yet",
    "c_headers": "the same, of C's names",
    "flags": "depset of compiler options",
    "inputs": "depset of files that headers include",
})

# Headers for C name things as C does.
_C_ABI = "-readability-identifier-naming,-bugprone-macro-parentheses,-modernize-redundant-void-arg"

def _language(file):
    if file.extension in ["cc", "h"]:
        return ["-x", "c++", "-std=c++20"]
    return ["-x", "c"] if file.extension == "c" else None

def _tidy(ctx, tidy, config, output, file, checks, with_it, flags, inputs):
    report = ctx.actions.declare_file(output)
    ctx.actions.run(
        executable = tidy,
        arguments = [report.path, file.path, ",".join(checks), "|".join(with_it)] + _language(file) + flags,
        inputs = depset([file] + config, transitive = [inputs]),
        outputs = [report],
        mnemonic = "ClangTidy",
        progress_message = "Checking %s" % file.short_path,
    )
    return report

def _flags_of(target, rule):
    context = target[CcInfo].compilation_context
    flags = ["-D" + define for define in context.defines.to_list() + context.local_defines.to_list()]
    flags += ["-iquote" + path for path in context.quote_includes.to_list()]
    flags += ["-isystem" + path for path in context.system_includes.to_list()]
    flags += ["-I" + path for path in context.includes.to_list()]

    # g++'s code generation options mean nothing to clang.
    return flags + [flag for flag in getattr(rule.attr, "copts", []) if flag[:2] in ["-D", "-I"]]

def _files_of(rule):
    """Sources, headers, and for each united source its parts."""
    files = []
    united = []
    for attribute in ["srcs", "hdrs"]:
        for entry in getattr(rule.attr, attribute, []):
            files += [file for file in entry.files.to_list() if file.is_source]
            united += [file for file in entry.files.to_list() if file.path.endswith(".united.cc")]
    parts = [file for entry in getattr(rule.attr, "textual_hdrs", []) for file in entry.files.to_list() if file.is_source]
    if not united:
        return files + parts, [], []
    return files, united, parts

def _aspect_impl(target, ctx):
    inherited = [dep[_TidyInfo] for dep in getattr(ctx.rule.attr, "deps", []) if _TidyInfo in dep]
    reports = []
    headers = []
    flags = []
    inputs = []
    c_abi = False

    # A test's own sources are left out: GoogleTest's macros follow other rules.
    if CcInfo in target and ctx.rule.kind in ["cc_library", "cc_binary"] and not ctx.label.workspace_name:
        flags = _flags_of(target, ctx.rule)
        inputs = [target[CcInfo].compilation_context.headers]
        c_abi = "c-abi" in ctx.rule.attr.tags
        files, united, parts = _files_of(ctx.rule)

        # A header beside the source of its name is checked with it: the source includes it first.
        sources = {file.path[:-len(file.extension)]: True for file in files + parts if file.extension in ["cc", "c"]}
        for file in files + united:
            stem = file.path[:-len(file.extension)]
            if not _language(file) or (file.extension == "h" and stem in sources):
                continue
            if file.extension == "h":
                headers.append(file)
                continue
            checks = [_C_ABI] if c_abi else []
            with_it = [stem + "h"]
            if file in united:
                # What is compiled as one unit is checked as one. Its parts are no headers.
                checks.append("-bugprone-suspicious-include,-google-global-names-in-headers")
                with_it = [part.path for part in parts] + [part.path[:-len(part.extension)] + "h" for part in parts]
            reports.append(_tidy(
                ctx,
                ctx.executable._tidy,
                [ctx.file._config, ctx.file._stamp],
                "%s.tidy/%s" % (ctx.label.name, file.short_path.replace("/", "_")),
                file,
                checks,
                with_it,
                flags,
                inputs[0],
            ))
    return [_TidyInfo(
        reports = depset(reports, transitive = [info.reports for info in inherited]),
        headers = depset([] if c_abi else headers, transitive = [info.headers for info in inherited]),
        c_headers = depset(headers if c_abi else [], transitive = [info.c_headers for info in inherited]),
        flags = depset(flags, transitive = [info.flags for info in inherited]),
        inputs = depset(transitive = inputs + [info.inputs for info in inherited]),
    )]

_TIDY_ATTRS = {
    "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
    "_stamp": attr.label(default = "@host//:stamp", allow_single_file = True),
    "_tidy": attr.label(default = "//toolchain:tidy.sh", allow_single_file = True, executable = True, cfg = "host"),
}

_tidy_aspect = aspect(
    implementation = _aspect_impl,
    attr_aspects = ["deps"],
    attrs = _TIDY_ATTRS,
)

def _headers_report(ctx, name, headers, checks, infos):
    unit = ctx.actions.declare_file("%s.%s.cc" % (ctx.label.name, name))
    paths = sorted([header.short_path for header in headers])
    ctx.actions.write(unit, "".join(["#include \"%s\"\n" % path for path in paths]))
    return _tidy(
        ctx,
        ctx.executable._tidy,
        [ctx.file._config, ctx.file._stamp],
        "%s.tidy/%s" % (ctx.label.name, name),
        unit,
        checks,
        paths,
        depset(transitive = [info.flags for info in infos]).to_list(),
        depset(transitive = [info.inputs for info in infos]),
    )

_HeadersInfo = provider(fields = {"seen": "dict of lists: headers that this test, or one before it, looks at"})

def _tidy_test_impl(ctx):
    infos = [target[_TidyInfo] for target in ctx.attr.targets]
    reports = [report for info in infos for report in info.reports.to_list()]
    seen = {}
    for name, checks, all_headers in [
        ("headers", [], [info.headers for info in infos]),
        ("c_headers", [_C_ABI], [info.c_headers for info in infos]),
    ]:
        before = [header for test in ctx.attr.after for header in test[_HeadersInfo].seen[name]]
        headers = [header for header in depset(transitive = all_headers).to_list() if header not in before]
        seen[name] = before + headers
        if headers:
            reports.append(_headers_report(ctx, name, headers, checks, infos))
    reports = depset(reports)
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
    return [
        DefaultInfo(executable = script, runfiles = ctx.runfiles(transitive_files = reports)),
        _HeadersInfo(seen = seen),
    ]

tidy_test = rule(
    implementation = _tidy_test_impl,
    attrs = dict(
        dict(PLATFORM_ATTRS, **_TIDY_ATTRS),
        after = attr.label_list(
            providers = [_HeadersInfo],
            doc = "tests whose headers this one does not look at again",
        ),
        mode = attr.string(default = "linux", values = MODES.keys()),
        targets = attr.label_list(
            mandatory = True,
            aspects = [_tidy_aspect],
            cfg = platform_transition,
        ),
    ),
    test = True,
)
