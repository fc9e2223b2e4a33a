// SPDX-License-Identifier: BSD-2-Clause
//
// The module manager in this kernel: host.h over mm, sched and vfs, and its start.
#pragma once

#include "kernel/dynamic/handoff.h"

namespace kld {

// Starts the manager with kern.module_path of the boot option module_path=..., adopts the boot
// images, names addresses in panics, adds the sysctls. Once files can be opened. The boot archive
// must not have been freed yet: it holds the images' symbols.
void StartInKernel(const dynamic::Handoff& handoff);

}  // namespace kld
