# SPDX-License-Identifier: BSD-2-Clause
"""The build-time tests of kernel images and modules, for each CPU that boots."""

load("//toolchain:image_check.bzl", "image_check_test")

def kernel_check_test(name, kernel, version, version_script = None, accepted = "//tests/elflint:kernel.txt", **kwargs):
    """Tests that `kernel`, a kernel_image(), is one: see check_kernel.sh.

    Args:
      name: of the tests, image_check_test()'s.
      kernel: the image.
      version: a version node it must define.
      version_script: whose names it must all export; or none.
      accepted: what eu-elflint may say about it.
      **kwargs: as for every test.
    """
    scripts = [version_script] if version_script else []
    image_check_test(
        name = name,
        script = "//kernel/dynamic/check:check_kernel.sh",
        image = kernel,
        args = [version, "$(location %s)" % accepted] + ["$(location %s)" % script for script in scripts],
        data = [accepted, "//kernel/dynamic/check:complaints.sh"] + scripts,
        **kwargs
    )

def module_check_test(name, module, soname, needed, accepted = "//tests/elflint:module.txt", **kwargs):
    """Tests that `module`, a kernel_module(), is one: see check_module.sh.

    Args:
      name: of the tests, image_check_test()'s.
      module: the image.
      soname: its DT_SONAME.
      needed: the file with its DT_NEEDED.
      accepted: what eu-elflint may say about it.
      **kwargs: as for every test.
    """
    image_check_test(
        name = name,
        script = "//kernel/dynamic/check:check_module.sh",
        image = module,
        args = [soname, "$(location %s)" % needed, "$(location %s)" % accepted],
        data = [needed, accepted, "//kernel/dynamic/check:complaints.sh"],
        **kwargs
    )
