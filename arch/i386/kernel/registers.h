// SPDX-License-Identifier: BSD-2-Clause
//
// Instructions that have no C++ spelling (Intel SDM volume 2).
#pragma once

#include <cstdint>

namespace arch::i386 {

// The bus of lib/devices.
struct IoPorts {
  static void Out8(uint16_t port, uint8_t value) {
    asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
  }
  static void Out16(uint16_t port, uint16_t value) {
    asm volatile("outw %0, %1" ::"a"(value), "Nd"(port));
  }
  static uint8_t In8(uint16_t port) {
    uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
  }
};

inline uint64_t ReadMsr(uint32_t msr) {
  uint64_t value;
  asm volatile("rdmsr" : "=A"(value) : "c"(msr));
  return value;
}
inline void WriteMsr(uint32_t msr, uint64_t value) {
  asm volatile("wrmsr" ::"c"(msr), "A"(value) : "memory");
}
inline constexpr uint32_t kMsrEfer = 0xc0000080;
inline constexpr uint64_t kEferNoExecute = 1 << 11;

#define DYNLINK_CONTROL_REGISTER(Name, name)                   \
  inline uint32_t Read##Name() {                               \
    uint32_t value;                                            \
    asm volatile("mov %%" name ", %0" : "=r"(value));          \
    return value;                                              \
  }                                                            \
  inline void Write##Name(uint32_t value) {                    \
    asm volatile("mov %0, %%" name : : "r"(value) : "memory"); \
  }
DYNLINK_CONTROL_REGISTER(Cr0, "cr0")
DYNLINK_CONTROL_REGISTER(Cr2, "cr2")
DYNLINK_CONTROL_REGISTER(Cr3, "cr3")
DYNLINK_CONTROL_REGISTER(Cr4, "cr4")
#undef DYNLINK_CONTROL_REGISTER

inline constexpr uint32_t kCr0MonitorCoprocessor = 1 << 1;
inline constexpr uint32_t kCr0Emulation = 1 << 2;
inline constexpr uint32_t kCr0TaskSwitched = 1 << 3;
inline constexpr uint32_t kCr0NumericError = 1 << 5;
inline constexpr uint32_t kCr0WriteProtect = 1 << 16;

inline constexpr uint32_t kCr4Fxsave = 1 << 9;
inline constexpr uint32_t kCr4SimdExceptions = 1 << 10;
inline constexpr uint32_t kCr4Umip = 1 << 11;
inline constexpr uint32_t kCr4Xsave = 1 << 18;
inline constexpr uint32_t kCr4Smep = 1 << 20;
inline constexpr uint32_t kCr4Smap = 1 << 21;

inline constexpr uint32_t kFlagInterrupts = 1 << 9;

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult Cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  CpuidResult result;
  asm volatile("cpuid"
               : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
               : "a"(leaf), "c"(subleaf));
  return result;
}

inline void ClearTaskSwitched() { asm volatile("clts" ::: "memory"); }
inline void SetTaskSwitched() { WriteCr0(ReadCr0() | kCr0TaskSwitched); }

// Segment selectors. The kernel's data goes through the user's segment, which is as flat, so that no
// way in or out has to change DS and ES back; the stack's segment must be the kernel's own.
inline constexpr uint16_t kKernelCode = 0x08;
inline constexpr uint16_t kKernelStack = 0x10;
inline constexpr uint16_t kUserCode = 0x18 | 3;
inline constexpr uint16_t kUserData = 0x20 | 3;
inline constexpr uint16_t kTaskSegment = 0x28;
inline constexpr uint16_t kDoubleFaultTask = 0x30;
// The first of the three that set_thread_area(2) gives, numbered as Linux numbers them.
inline constexpr unsigned kFirstTlsEntry = 7;
inline constexpr unsigned kTlsEntries = 3;

}  // namespace arch::i386
