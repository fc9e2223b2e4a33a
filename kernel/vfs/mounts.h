// SPDX-License-Identifier: BSD-2-Clause
//
// The table of mounted file systems, for mount(2) and /proc/mounts.
#pragma once

#include "kernel/vfs/path.h"

namespace vfs {

inline constexpr size_t kMostMounts = 16;

struct MountInfo {
  char type[16];
  char path[kNameMax + 1];
};

// Mounts `root`, a file system of this type, on the directory that `path` names. As Node::Mount,
// Walk; ENOMEM when there are kMostMounts, ENAMETOOLONG.
base::Error MountAt(const Context& context, std::string_view path, std::string_view type,
                    const NodeRef& root);
// `path` names the mounted root. EINVAL when it is none, EBUSY when something is mounted within.
// What is still open stays usable.
base::Error UnmountAt(const Context& context, std::string_view path);

// The `index`-th mount in order of mounting; false at the end.
bool ListMount(size_t index, MountInfo* out);

}  // namespace vfs
