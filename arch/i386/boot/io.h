// SPDX-License-Identifier: BSD-2-Clause
//
// The instructions that the loader needs and C++ lacks. Intel SDM volume 2.
#pragma once

#include <cstdint>

namespace arch::i386 {

// The bus of lib/devices.
struct IoPorts {
  static void Out8(uint16_t port, uint8_t value) {
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
  }
  static void Out16(uint16_t port, uint16_t value) {
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
  }
  static uint8_t In8(uint16_t port) {
    uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
  }
};

inline uint64_t ReadTsc() {
  uint64_t value;
  asm volatile("rdtsc" : "=A"(value));
  return value;
}

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};

inline CpuidResult Cpuid(uint32_t leaf, uint32_t subleaf) {
  CpuidResult r;
  asm volatile("cpuid"
               : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
               : "a"(leaf), "c"(subleaf));
  return r;
}

}  // namespace arch::i386
