# SPDX-License-Identifier: BSD-2-Clause
"""Tests of what was linked, for each CPU."""

load(":cpus.bzl", "BOOT_CPUS", "cpu_tags")
load(":transitions.bzl", "for_platform")

def image_check_test(name, script, image, args = [], data = [], cpus = BOOT_CPUS, tags = [], **kwargs):
    """NAME_<cpu> for each CPU: `script` looks at `image` as it is for that CPU.

    Args:
      name: the targets' names begin with it.
      script: its arguments are the image and `args`.
      image: a target of one file.
      args: more arguments.
      data: files that they name, and that the script reads.
      cpus: those to look at it for.
      tags: more tags.
      **kwargs: as for every test.
    """
    for cpu in cpus:
        of_cpu = "%s_%s.image" % (name, cpu)
        for_platform(
            name = of_cpu,
            testonly = True,
            cpu = cpu,
            mode = "linux",  # images choose their own
            target = image,
        )
        native.sh_test(
            name = "%s_%s" % (name, cpu),
            size = "small",
            srcs = [script],
            args = ["$(location :%s)" % of_cpu] + args,
            data = [":" + of_cpu] + data,
            tags = tags + cpu_tags(cpu),
            **kwargs
        )
