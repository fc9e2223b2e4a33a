# SPDX-License-Identifier: BSD-2-Clause
"""The build-time test of a kernel image."""

def kernel_check_test(name, kernel, version, version_script = None, accepted = "//tests/elflint:kernel.txt", **kwargs):
    """Tests that `kernel`, a kernel_image(), is one: see check_kernel.sh.

    Args:
      name: of the test.
      kernel: the image.
      version: a version node it must define.
      accepted: what eu-elflint may say about it.
      **kwargs: as for every test.
    """
    scripts = [version_script] if version_script else []
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//kernel/dynamic/check:check_kernel.sh"],
        args = ["$(location %s)" % kernel, version, "$(location %s)" % accepted] +
               ["$(location %s)" % script for script in scripts],
        data = [kernel, accepted] + scripts,
        **kwargs
    )
