// SPDX-License-Identifier: BSD-2-Clause
//
// The page of code that signal handlers return to on CPUs whose programs give no sa_restorer
// (LinuxAbi::signal_return). One frame, which all programs share.
#pragma once

#include "kernel/base/result.h"
#include "kernel/mm/address_space.h"

namespace exec {

// Maps it into `space` at a random place, which goes to `at`; 0 where this CPU has no such code.
// ENOMEM.
base::Error MapSignalReturn(mm::AddressSpace& space, mm::VirtAddr* at);

}  // namespace exec
