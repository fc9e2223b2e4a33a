// SPDX-License-Identifier: BSD-2-Clause
//
// A whole program into a fresh address space: scripts, the image, its run-time linker, the stack.
#pragma once

#include "kernel/base/result.h"
#include "kernel/exec/arguments.h"
#include "kernel/mm/address_space.h"
#include "kernel/vfs/path.h"

namespace exec {

inline constexpr size_t kStackBytes = size_t{256} << 10;  // beside arguments and environment

struct Program {
  mm::AddressSpace* space = nullptr;  // the caller's to activate or destroy
  mm::VirtAddr entry = 0;
  mm::VirtAddr stack = 0;
  mm::VirtAddr signal_return = 0;  // where LinuxAbi::signal_return is; 0 where there is none
  size_t arguments_bytes = 0;      // of argv's strings, which come first in Arguments::strings
  uint32_t euid = 0;               // after set-id bits
  uint32_t egid = 0;
  char name[16] = {};        // last component of the path
  char path[vfs::kPathMax];  // of the file that was mapped: absolute, no symlinks
};

// As execve(2) of the caller `context`: ENOENT, EACCES (no permission, not a regular file, a
// segment that is writable and executable), ENOEXEC, ELIBBAD (the run-time linker is no ELF file of
// this machine), E2BIG, ELOOP, ENOMEM. `arguments` is changed by scripts. On failure nothing is
// left.
base::Error Load(const vfs::Context& context, std::string_view path, Arguments& arguments,
                 Program* out);

}  // namespace exec
