// SPDX-License-Identifier: BSD-2-Clause
//
// The generic interrupt controller, version 2 (ARM IHI 0048): lines 0-15 are of software, 16-31 of
// this CPU's own devices, the rest shared.
#pragma once

namespace arch::aarch64 {

// Masks all lines, then switches distributor and CPU interface on.
void InitInterruptController();
void HandleInterrupt();

}  // namespace arch::aarch64
