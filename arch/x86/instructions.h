// SPDX-License-Identifier: BSD-2-Clause
//
// Instructions that loader and kernel need and C++ lacks (Intel SDM volume 2).
#pragma once

#include <cstdint>

namespace arch::x86 {

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
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return uint64_t{high} << 32 | low;
}

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};

inline CpuidResult Cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  CpuidResult r;
  asm volatile("cpuid"
               : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
               : "a"(leaf), "c"(subleaf));
  return r;
}

inline bool Rdseed(uint32_t* value) {
  bool good;
  asm volatile("rdseed %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

inline bool Rdrand(uint32_t* value) {
  bool good;
  asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

// Both halves from one generator. It may be drained for a moment: ten tries for each (Intel SDM
// volume 1, 7.3.17.1).
inline bool DrawRandom(bool (*generator)(uint32_t*), uint64_t* value) {
  constexpr int kTries = 10;
  uint32_t halves[2];
  int have = 0;
  for (int i = 0; i < 2 * kTries && have < 2; ++i) have += generator(&halves[have]) ? 1 : 0;
  if (have < 2) return false;
  *value = uint64_t{halves[1]} << 32 | halves[0];
  return true;
}

}  // namespace arch::x86
