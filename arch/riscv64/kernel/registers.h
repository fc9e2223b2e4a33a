// SPDX-License-Identifier: BSD-2-Clause
//
// Control and status registers (RISC-V privileged architecture 1.12, chapter 4) and SBI calls.
#pragma once

#include <cstdint>

namespace arch::riscv64 {

// The compilers are told of the base instructions only, for they do not agree on the names of the
// rest; what the assembler needs beyond that stands in its text.
#define DYNLINK_WITH(extensions, text) \
  ".option push\n .option arch, " extensions "\n" text "\n .option pop"

#define DYNLINK_CSR(Name, name)                                                       \
  inline uint64_t Read##Name() {                                                      \
    uint64_t value;                                                                   \
    asm volatile(DYNLINK_WITH("+zicsr", "csrr %0, " name) : "=r"(value)::"memory");   \
    return value;                                                                     \
  }                                                                                   \
  inline void Write##Name(uint64_t value) {                                           \
    asm volatile(DYNLINK_WITH("+zicsr", "csrw " name ", %0")::"r"(value) : "memory"); \
  }                                                                                   \
  inline void Set##Name(uint64_t bits) {                                              \
    asm volatile(DYNLINK_WITH("+zicsr", "csrs " name ", %0")::"r"(bits) : "memory");  \
  }                                                                                   \
  inline void Clear##Name(uint64_t bits) {                                            \
    asm volatile(DYNLINK_WITH("+zicsr", "csrc " name ", %0")::"r"(bits) : "memory");  \
  }
DYNLINK_CSR(Status, "sstatus")
DYNLINK_CSR(InterruptEnable, "sie")
DYNLINK_CSR(TrapVector, "stvec")
DYNLINK_CSR(Scratch, "sscratch")
DYNLINK_CSR(Translation, "satp")
DYNLINK_CSR(CounterEnable, "scounteren")
#undef DYNLINK_CSR

// sstatus.
inline constexpr uint64_t kStatusInterrupts = 1 << 1;          // SIE
inline constexpr uint64_t kStatusPreviousInterrupts = 1 << 5;  // SPIE
inline constexpr uint64_t kStatusVectorInitial = 1 << 9;       // VS; 0 is off
inline constexpr uint64_t kStatusVector = 3 << 9;
inline constexpr uint64_t kStatusFloatInitial = 1 << 13;  // FS
inline constexpr uint64_t kStatusFloat = 3 << 13;
inline constexpr uint64_t kStatusUserMemory = 1 << 18;          // SUM
inline constexpr uint64_t kStatusExecutableReadable = 1 << 19;  // MXR
inline constexpr uint64_t kStatusUser64 = uint64_t{2} << 32;    // UXL

// sie, and the interrupt's number in scause.
inline constexpr unsigned kTimerInterrupt = 5;
inline constexpr unsigned kExternalInterrupt = 9;

// scounteren: what user mode may read.
inline constexpr uint64_t kCounters = 7;  // cycle, time, instret

// satp: Sv39.
inline constexpr uint64_t kTranslationSv39 = uint64_t{8} << 60;

// RISC-V SBI specification 1.0, chapter 3: extension in a7, function in a6; error in a0, value in a1.
inline int64_t SbiCall(uint64_t extension, uint64_t function, uint64_t first, uint64_t second) {
  register uint64_t a0 asm("a0") = first;
  register uint64_t a1 asm("a1") = second;
  register uint64_t a6 asm("a6") = function;
  register uint64_t a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return static_cast<int64_t>(a0);
}
// The value that such a call gives beside its error.
inline uint64_t SbiValue(uint64_t extension, uint64_t function) {
  register uint64_t a0 asm("a0") = 0;
  register uint64_t a1 asm("a1") = 0;
  register uint64_t a6 asm("a6") = function;
  register uint64_t a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return a0 ? 0 : a1;
}
// Base extension (chapter 4), functions 4 to 6: mvendorid, marchid, mimpid.
inline uint64_t SbiMachineId(uint64_t which) { return SbiValue(0x10, 4 + which); }
inline constexpr uint64_t kSbiTimer = 0x54494d45;  // "TIME", function 0: set_timer
inline constexpr uint64_t kSbiReset = 0x53525354;  // "SRST", function 0: system_reset
inline constexpr uint64_t kSbiColdReboot = 1;

}  // namespace arch::riscv64
