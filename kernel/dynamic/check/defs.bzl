# SPDX-License-Identifier: BSD-2-Clause
"""The build-time tests of kernel images and modules."""

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
        data = [kernel, accepted, "//kernel/dynamic/check:complaints.sh"] + scripts,
        **kwargs
    )

def module_check_test(name, module, soname, needed, accepted = "//tests/elflint:module.txt", **kwargs):
    """Tests that `module`, a kernel_module(), is one: see check_module.sh.

    Args:
      name: of the test.
      module: the image.
      soname: its DT_SONAME.
      needed: the file with its DT_NEEDED.
      accepted: what eu-elflint may say about it.
      **kwargs: as for every test.
    """
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//kernel/dynamic/check:check_module.sh"],
        args = ["$(location %s)" % module, soname, "$(location %s)" % needed, "$(location %s)" % accepted],
        data = [module, needed, accepted, "//kernel/dynamic/check:complaints.sh"],
        **kwargs
    )
