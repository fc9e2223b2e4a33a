// SPDX-License-Identifier: BSD-2-Clause
//
// Starting memory management from the boot loader's hand-off.
#pragma once

#include "kernel/dynamic/handoff.h"
#include "kernel/mm/types.h"

namespace mm {

// 1. Frame records for all RAM of the hand-off, lazily.
// 2. The loader's page tables become the kernel's; the identity map goes.
// 3. Every image's addresses are a reservation whose pages count as mapped, as if they had been
//    reserved, mapped and protected here; the direct-map aliases of executable pages become
//    read-only. A page that is writable and executable is a panic.
// 4. The loader's memory is freed: `handoff` must be a copy, outside of it. The usable range that
//    gives memory for the frame records is shortened in it.
//
// The archive's memory stays as it is until DonateFrames (frame_table.h) is called for it.
void Init(dynamic::Handoff& handoff);

}  // namespace mm
