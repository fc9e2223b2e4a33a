# SPDX-License-Identifier: BSD-2-Clause
"""Libraries of one translation unit."""

def _united_source_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".cc")
    sources = [file for file in ctx.files.srcs if file.extension == "cc"]
    ctx.actions.write(output, "".join(['#include "%s"\n' % file.short_path for file in sources]))
    return [DefaultInfo(files = depset([output]))]

_united_source = rule(
    implementation = _united_source_impl,
    attrs = {"srcs": attr.label_list(allow_files = [".cc", ".h"])},
)

def united_library(
        name,
        srcs,
        testonly = False,
        tags = [],
        textual_hdrs = [],
        target_compatible_with = [],
        **kwargs):
    """A cc_library that is one translation unit.

    The kernel is compiled for each CPU, a test for each CPU and each sanitizer, and most of what that
    costs are headers and templates that the sources have in common. So names of theirs must not
    collide, anonymous ones neither.

    Args:
      name: the library.
      srcs: C++ sources and private headers.
      testonly: as everywhere.
      tags: as everywhere.
      textual_hdrs: as everywhere.
      target_compatible_with: as everywhere.
      **kwargs: of the cc_library.
    """
    united = name + ".united"
    _united_source(
        name = united,
        testonly = testonly,
        srcs = srcs,
        tags = tags + ["manual"],
        target_compatible_with = target_compatible_with,
    )
    native.cc_library(
        name = name,
        testonly = testonly,
        srcs = [":" + united],
        tags = tags,
        target_compatible_with = target_compatible_with,
        textual_hdrs = textual_hdrs + srcs,
        **kwargs
    )
