// SPDX-License-Identifier: BSD-2-Clause
//
// What `./build.sh run --gdb` adds to a boot: the machine waits for GDB at a Unix socket, the
// archive's modules lie unpacked where GDB finds them, and one command line brings it all together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace boot {

struct GdbFiles {
  std::string kernel;              // with debug information
  std::string target_description;  // arch/<cpu>/gdb/target.xml; empty: QEMU's own will do
  std::string sources;             // the folder that source paths are relative to
  std::string program = "gdb";     // one that knows the CPU
};

// Writes each regular file of `archive` (newc archives, one after the other) whose name ends in
// ".kld" below `folder`, at its path in the archive: GDB's `sysroot`. A later file of the same path
// replaces the earlier one. Returns the folders below `folder` that now have modules, sorted; says
// in `error`, and returns nothing, what is wrong with an archive that cannot be read to its end, a
// path that leaves `folder`, and a file that cannot be written.
[[nodiscard]] std::vector<std::string> UnpackModules(std::string_view archive,
                                                     const std::string& folder, std::string* error);

// A Unix socket at `path` that listens from now on, so that who connects before QEMU runs only
// waits. The descriptor is inherited by programs. -1, and errno, if it cannot be.
[[nodiscard]] int ListenAt(const std::string& path);

// QEMU's options: a GDB stub behind the listening `descriptor`, and no instruction before GDB says.
[[nodiscard]] std::vector<std::string> GdbStubOptions(int descriptor);

// The line for the shell. `sysroot` and `folders` are UnpackModules'.
[[nodiscard]] std::string GdbCommand(const GdbFiles& files, const std::string& socket,
                                     const std::string& sysroot,
                                     const std::vector<std::string>& folders);

}  // namespace boot
