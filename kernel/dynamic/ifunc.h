// SPDX-License-Identifier: BSD-2-Clause
//
// What the loader leaves to the kernel of an image: indirect functions, whose resolvers run once
// the CPU's features are known, and RELRO, which stays writable until then.
#pragma once

#include <cstddef>

#include "kernel/dynamic/handoff.h"

namespace dynamic {

// Calls every pending resolver of image `image` of the hand-off and stores what it returned. The
// image's RELRO must still be writable; no lock may be held, as resolvers are foreign code. Returns
// how many there were.
size_t RunIfuncs(const Handoff& handoff, size_t image);

// Points DT_DEBUG of the kernel's own dynamic section, which lies in RELRO, to the debugger's
// struct r_debug. Before RELRO is sealed. False: the kernel was linked without a DT_DEBUG.
bool SetDebugPointer(const void* r_debug);

// The run-time range of an image's RELRO in whole pages: PT_GNU_RELRO from the start of its first
// page to the start of its last partial one. No bytes: it has none. The image is mapped; its
// program headers are read where they run.
struct AddressRange {
  uintptr_t start = 0;
  size_t bytes = 0;
};
AddressRange RelroOf(const HandoffImage& image);

}  // namespace dynamic
