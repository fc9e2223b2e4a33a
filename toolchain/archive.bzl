# SPDX-License-Identifier: BSD-2-Clause
"""Static libraries of more than one target, for use outside the tree."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load(":transitions.bzl", "PLATFORM_ATTRS", "platform_transition")

def _objects(deps):
    """The objects of all that `deps` depend on, as keys."""
    objects = {}
    for dep in deps:
        for linked in dep[CcInfo].linking_context.linker_inputs.to_list():
            for library in linked.libraries:
                files = library.objects or library.pic_objects
                if not files:
                    fail("%s comes with a library whose objects are not known" % dep.label)
                for file in files:
                    objects[file] = True
    return objects

def _static_archive_impl(ctx):
    cc = find_cpp_toolchain(ctx)
    configuration = cc_common.configure_features(ctx = ctx, cc_toolchain = cc)
    action = ACTION_NAMES.cpp_link_static_library
    output = ctx.actions.declare_file(ctx.attr.out)
    elsewhere = _objects(ctx.attr.without)
    objects = [file for file in _objects(ctx.attr.deps) if file not in elsewhere]
    names = {}
    for file in objects:
        # An archive holds names without folders.
        if file.basename in names:
            fail("%s: both %s and %s" % (ctx.label, names[file.basename].path, file.path))
        names[file.basename] = file
    args = ctx.actions.args()
    args.add_all(["rcsD", output])
    args.add_all(objects)
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(feature_configuration = configuration, action_name = action),
        arguments = [args],
        inputs = depset(objects, transitive = [cc.all_files]),
        outputs = [output],
        env = cc_common.get_environment_variables(
            feature_configuration = configuration,
            action_name = action,
            variables = cc_common.create_link_variables(feature_configuration = configuration, cc_toolchain = cc),
        ),
        mnemonic = "StaticArchive",
        progress_message = "Making %s" % output.short_path,
    )
    return [DefaultInfo(files = depset([output]))]

static_archive = rule(
    implementation = _static_archive_impl,
    doc = "One library with every object of `deps` and of all that they depend on.",
    attrs = dict(
        PLATFORM_ATTRS,
        deps = attr.label_list(mandatory = True, providers = [CcInfo]),
        out = attr.string(mandatory = True),
        without = attr.label_list(
            doc = "libraries whose objects are in another archive",
            providers = [CcInfo],
        ),
        _cc_toolchain = attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    ),
    cfg = platform_transition,
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
