// SPDX-License-Identifier: BSD-2-Clause
//
// Instructions of kernel mode that have no C++ spelling (Intel SDM volume 2).
#pragma once

#include <cstdint>

#include "arch/x86/instructions.h"

namespace arch::x86 {

inline uint64_t ReadMsr(uint32_t msr) {
  uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return uint64_t{high} << 32 | low;
}
inline void WriteMsr(uint32_t msr, uint64_t value) {
  asm volatile("wrmsr" ::"c"(msr), "a"(static_cast<uint32_t>(value)),
               "d"(static_cast<uint32_t>(value >> 32))
               : "memory");
}
inline constexpr uint32_t kMsrEfer = 0xc0000080;

inline constexpr uint64_t kEferNoExecute = 1 << 11;

#define DYNLINK_CONTROL_REGISTER(Name, name)                   \
  inline uintptr_t Read##Name() {                              \
    uintptr_t value;                                           \
    asm volatile("mov %%" name ", %0" : "=r"(value));          \
    return value;                                              \
  }                                                            \
  inline void Write##Name(uintptr_t value) {                   \
    asm volatile("mov %0, %%" name : : "r"(value) : "memory"); \
  }
DYNLINK_CONTROL_REGISTER(Cr0, "cr0")
DYNLINK_CONTROL_REGISTER(Cr2, "cr2")
DYNLINK_CONTROL_REGISTER(Cr3, "cr3")
DYNLINK_CONTROL_REGISTER(Cr4, "cr4")
#undef DYNLINK_CONTROL_REGISTER

inline constexpr uintptr_t kCr0MonitorCoprocessor = 1 << 1;
inline constexpr uintptr_t kCr0Emulation = 1 << 2;
inline constexpr uintptr_t kCr0TaskSwitched = 1 << 3;
inline constexpr uintptr_t kCr0NumericError = 1 << 5;
inline constexpr uintptr_t kCr0WriteProtect = 1 << 16;

inline constexpr uintptr_t kCr4Fxsave = 1 << 9;
inline constexpr uintptr_t kCr4SimdExceptions = 1 << 10;
inline constexpr uintptr_t kCr4Umip = 1 << 11;
inline constexpr uintptr_t kCr4Xsave = 1 << 18;
inline constexpr uintptr_t kCr4Smep = 1 << 20;
inline constexpr uintptr_t kCr4Smap = 1 << 21;

inline constexpr uintptr_t kFlagTrap = 1 << 8;
inline constexpr uintptr_t kFlagInterrupts = 1 << 9;
inline constexpr uintptr_t kFlagDirection = 1 << 10;
inline constexpr uintptr_t kFlagPrivilege = 3 << 12;
inline constexpr uintptr_t kFlagNestedTask = 1 << 14;
inline constexpr uintptr_t kFlagResume = 1 << 16;
inline constexpr uintptr_t kFlagAlignment = 1 << 18;

inline void ClearTaskSwitched() { asm volatile("clts" ::: "memory"); }
inline void SetTaskSwitched() { WriteCr0(ReadCr0() | kCr0TaskSwitched); }

}  // namespace arch::x86
