// SPDX-License-Identifier: BSD-2-Clause
//
// FPU and SIMD registers of user mode. The kernel itself runs with CPACR_EL1.FPEN at zero and never
// uses them; these functions lift that for their own duration. SVE and SME stay off: programs that
// use them get SIGILL, and AT_HWCAP does not offer them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::aarch64 {

// Known to entry.S, and in this order to signal frames.
struct alignas(16) VectorState {
  uint64_t q[32][2];
  uint32_t fpsr;
  uint32_t fpcr;
};
static_assert(offsetof(VectorState, fpsr) == 512 && sizeof(VectorState) == 528);

void SaveVectorState(VectorState* to);
void LoadVectorState(const VectorState& from);

}  // namespace arch::aarch64
