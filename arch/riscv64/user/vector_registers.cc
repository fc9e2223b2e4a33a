// SPDX-License-Identifier: BSD-2-Clause
//
// Registers of the F and D extensions, and of the V extension 1.0 where there is one.
#include "arch/contract/user/vector_registers.h"

#include <sys/auxv.h>

#include <cstddef>
#include <cstring>

namespace arch {
namespace {

constexpr size_t kMostBytes = 128;  // of a vector register

// Known to the code below.
struct Registers {
  uint64_t f[32];
  uint64_t fcsr;
  uint64_t length, type, vcsr;
  uint8_t v[32 * kMostBytes];  // one after the other, as long as they are
};
static_assert(offsetof(Registers, fcsr) == 256 && offsetof(Registers, length) == 264 &&
              offsetof(Registers, type) == 272 && offsetof(Registers, vcsr) == 280 &&
              offsetof(Registers, v) == 288);

// How many bytes a vector register has, 0 if there are none.
size_t VectorBytes() {
  constexpr unsigned long kVectors = 1ul << ('v' - 'a');
  if (!(getauxval(AT_HWCAP) & kVectors)) return 0;
  size_t bytes;
  asm(".option push\n .option arch, +v\n csrr %0, vlenb\n .option pop" : "=r"(bytes));
  return bytes <= kMostBytes ? bytes : 0;
}

void SetValues(Registers& values, unsigned long seed) {
  constexpr uint64_t kTowardsZero = 1, kDown = 2, kToEven = 1, kTruncate = 2;
  constexpr uint64_t kWordsInPairs = 2 << 3 | 1, kHalves = 1 << 3;  // e32, m2; e16, m1
  const bool odd = seed % 2 != 0;
  for (unsigned i = 0; i < 32; ++i) values.f[i] = RegisterValue(seed, i);
  values.fcsr = odd ? kTowardsZero << 5 | 0x15 : kDown << 5 | 0xa;
  values.length = odd ? 3 : 5;
  values.type = odd ? kWordsInPairs : kHalves;
  values.vcsr = odd ? kToEven << 1 | 1 : kTruncate << 1;
  for (unsigned i = 0; i < sizeof values.v / 8; ++i) {
    const uint64_t value = RegisterValue(seed, 32 + i);
    std::memcpy(values.v + 8 * i, &value, sizeof value);
  }
}

}  // namespace

// Linux lets system calls change the registers of V.
bool KeepVectorRegisters(const volatile long* counter, long until, unsigned long seed,
                         RepeatedCall* call) {
  const size_t bytes = call ? 0 : VectorBytes();
  Registers values, kept{};
  SetValues(values, seed);
  asm volatile(
      ".option push\n .option arch, +v\n"
      "frcsr t0\n"
      ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n"
      " fld f\\n, 8 * \\n(%[values])\n .endr\n"
      "fld f30, 240(%[values])\n fld f31, 248(%[values])\n"
      "ld t1, 256(%[values])\n fscsr t1\n"
      "beqz %[bytes], 1f\n"
      "slli t2, %[bytes], 3\n addi t1, %[values], 288\n"
      "vl8r.v v0, (t1)\n add t1, t1, t2\n vl8r.v v8, (t1)\n add t1, t1, t2\n"
      "vl8r.v v16, (t1)\n add t1, t1, t2\n vl8r.v v24, (t1)\n"
      "ld t1, 264(%[values])\n ld t2, 272(%[values])\n vsetvl zero, t1, t2\n"
      "ld t1, 280(%[values])\n csrw vcsr, t1\n"
      "1: beqz %[call], 2f\n"
      "ld a7, (%[call])\n ld a0, 8(%[call])\n li a1, 0\n ecall\n sd a0, 16(%[call])\n"
      "2: ld t1, (%[counter])\n blt t1, %[until], 1b\n"
      ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n"
      " fsd f\\n, 8 * \\n(%[kept])\n .endr\n"
      "fsd f30, 240(%[kept])\n fsd f31, 248(%[kept])\n"
      "frcsr t1\n sd t1, 256(%[kept])\n fscsr t0\n"
      "beqz %[bytes], 3f\n"
      "csrr t1, vl\n sd t1, 264(%[kept])\n csrr t1, vtype\n sd t1, 272(%[kept])\n"
      "csrr t1, vcsr\n sd t1, 280(%[kept])\n"
      "slli t2, %[bytes], 3\n addi t1, %[kept], 288\n"
      "vs8r.v v0, (t1)\n add t1, t1, t2\n vs8r.v v8, (t1)\n add t1, t1, t2\n"
      "vs8r.v v16, (t1)\n add t1, t1, t2\n vs8r.v v24, (t1)\n"
      "3:\n"
      ".option pop"
      :
      : [values] "r"(&values), [kept] "r"(&kept), [counter] "r"(counter), [until] "r"(until),
        [call] "r"(call), [bytes] "r"(bytes)
      : "t0", "t1", "t2", "a0", "a1", "a7", "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",
        "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7", "fs2",
        "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10",
        "ft11");
  const size_t compared = bytes ? offsetof(Registers, v) + 32 * bytes : offsetof(Registers, length);
  return std::memcmp(&kept, &values, compared) == 0;
}

}  // namespace arch
