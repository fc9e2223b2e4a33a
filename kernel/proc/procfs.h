// SPDX-License-Identifier: BSD-2-Clause
//
// /proc: processes and a few totals as text, in Linux's formats, as far as ps, top, free, uptime
// and a shell that runs /proc/self/exe read them. A file's text is made when it is opened. What
// the kernel does not count is 0.
#pragma once

#include "kernel/vfs/node.h"

namespace proc {

// A root to mount. ENOMEM.
base::Result<vfs::NodeRef> CreateProcTree();

}  // namespace proc
