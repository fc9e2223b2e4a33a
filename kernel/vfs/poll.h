// SPDX-License-Identifier: BSD-2-Clause
//
// Waiting for one of several files. There is one queue for everybody: whoever changes what some
// File::Poll would answer calls PollNotify, and all pollers look again. A poller takes the
// generation first, asks its files, and sleeps only if nothing was notified in between:
//
//   for (;;) {
//     uint64_t seen = PollGeneration();
//     if (... any file ready ...) return;
//     error = PollWait(seen, deadline);
//   }
#pragma once

#include <cstdint>

#include "kernel/base/result.h"

namespace vfs {

uint64_t PollGeneration();
// Callable from interrupt handlers.
void PollNotify();
// Returns when the generation is no longer `seen`; EINTR on a signal, ETIMEDOUT at `deadline_ns`
// (monotonic; ~0 = never).
base::Error PollWait(uint64_t seen, uint64_t deadline_ns);

}  // namespace vfs
