// SPDX-License-Identifier: BSD-2-Clause
//
// A program of the tests keeps values in the vector registers (V extension 1.0) and does nothing else
// meanwhile: they are still there unless the kernel has lost them.
#include <sys/auxv.h>

#include <cstddef>
#include <cstdint>

namespace {

constexpr size_t kMostWords = 128;  // of eight registers together
constexpr size_t kGroups = 4;
constexpr uint64_t kApart = 1000;

}  // namespace

// From now on until `*ticks` is `until`. 1: the values that were made from `seed` were kept, or the
// CPU has no such registers.
extern "C" int keep_vector_registers(const volatile long* ticks, long until, unsigned long seed) {
  constexpr unsigned long kVectors = 1ul << ('v' - 'a');
  if (!(getauxval(AT_HWCAP) & kVectors)) return 1;
  uint64_t kept[kGroups][kMostWords] = {};
  size_t words;
  asm volatile(
      ".option push\n .option arch, +v\n"
      "vsetvli %0, zero, e64, m8, ta, ma\n"
      "vid.v v0\n vadd.vx v0, v0, %3\n"
      "vadd.vx v8, v0, %4\n vadd.vx v16, v8, %4\n vadd.vx v24, v16, %4\n"
      "1: ld t0, (%1)\n blt t0, %2, 1b\n"
      "vse64.v v0, (%5)\n vse64.v v8, (%6)\n vse64.v v16, (%7)\n vse64.v v24, (%8)\n"
      ".option pop"
      : "=&r"(words)
      : "r"(ticks), "r"(until), "r"(seed), "r"(kApart), "r"(kept[0]), "r"(kept[1]), "r"(kept[2]),
        "r"(kept[3])
      : "t0", "memory");
  for (size_t group = 0; group < kGroups; group++) {
    for (size_t i = 0; i < words && i < kMostWords; i++) {
      if (kept[group][i] != seed + group * kApart + i) return 0;
    }
  }
  return 1;
}
