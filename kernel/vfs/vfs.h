// SPDX-License-Identifier: BSD-2-Clause
//
// The file layer as the rest of the kernel sees it: the root file system, filled from the boot
// archives, and opening and reading a file by path with the eyes of the caller.
//
//   auto file = vfs::Open(vfs::CurrentContext(), path, vfs::kOpenRead);
//   if (!file.ok()) return file.error();
//   size_t size = file.value()->Stat().size;
//   ... allocate size bytes ...
//   base::Error error = vfs::ReadExactly(*file.value(), 0, buffer, size);
#pragma once

#include <cstdint>

#include "kernel/vfs/file.h"
#include "kernel/vfs/node.h"
#include "kernel/vfs/path.h"
#include "kernel/vfs/poll.h"
#include "kernel/vfs/types.h"

namespace vfs {

// Wall-clock nanoseconds since 1970, for time stamps. Set once before Initialize.
void SetClock(uint64_t (*now)());
uint64_t Now();

// Makes the empty root file system with /dev. Once, at boot.
base::Error Initialize();

// Unpacks newc archives (several may be concatenated) into the root: directories that are missing
// on the way are made (0755), later entries replace earlier ones. EINVAL for a damaged archive;
// what was unpacked before stays. The archive's memory must stay as it is for ever: files refer to
// it until they are written.
base::Error UnpackInPlace(const void* archive, size_t bytes);

// The kernel's own view: root, uid 0.
const Context& KernelContext();
// The view of the process that the current thread executes; KernelContext() in kernel threads.
// Valid until that process changes it.
const Context& CurrentContext();

// Reads exactly `bytes`; EIO when the file ends before.
base::Error ReadExactly(File& file, uint64_t offset, void* to, size_t bytes);

}  // namespace vfs
