// SPDX-License-Identifier: BSD-2-Clause
//
// The module manager in this kernel: host.h over mm, sched and vfs, and its start.
#pragma once

#include "kernel/dynamic/handoff.h"

namespace kld {

// Where modules go: near the kernel if there is room, or, to show that nothing needs that, as far
// from it as there is.
enum class Placement { kNear, kFar };

// Starts the manager, adopts the boot images, names addresses in panics, adds kern.module_path,
// kern.securelevel and kern.kld_held. Once files can be opened and devices made. The boot archive
// must not have been freed yet: it holds the images' symbols, which are copied.
void StartInKernel(const dynamic::Handoff& handoff, Placement placement);

}  // namespace kld
