// SPDX-License-Identifier: BSD-2-Clause
//
// System registers (Arm ARM, DDI 0487, D17) and the barriers that go with them.
#pragma once

#include <cstdint>

// A register by its assembler's name.
#define AARCH64_READ(name)                                \
  ({                                                      \
    uint64_t aarch64_value;                               \
    asm volatile("mrs %0, " #name : "=r"(aarch64_value)); \
    aarch64_value;                                        \
  })
#define AARCH64_WRITE(name, value) \
  asm volatile("msr " #name ", %x0" ::"rZ"(static_cast<uint64_t>(value)) : "memory")

namespace arch::aarch64 {

// What was written to system registers holds for the instructions that follow.
inline void Synchronise() { asm volatile("isb" ::: "memory"); }

inline constexpr uint64_t kDaifInterrupts = 1 << 7;

// CPACR_EL1.FPEN: neither EL0 nor EL1 traps; 0: both do.
inline constexpr uint64_t kFpuOn = 3 << 20;

}  // namespace arch::aarch64
