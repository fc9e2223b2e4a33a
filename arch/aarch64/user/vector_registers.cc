// SPDX-License-Identifier: BSD-2-Clause
//
// SIMD and floating-point registers, FPSR and FPCR.
#include "arch/contract/user/vector_registers.h"

#include <cstddef>
#include <cstring>

namespace arch {
namespace {

// Known to the code below.
struct Registers {
  uint64_t q[32][2];
  uint64_t fpsr, fpcr;
};
static_assert(offsetof(Registers, fpsr) == 512 && offsetof(Registers, fpcr) == 520);

// What every CPU has of FPSR: QC, IDC, IXC, UFC, OFC, DZC, IOC. Of FPCR: AHP, DN, FZ, RMode.
constexpr uint64_t kOddStatus = 1 << 27 | 1 << 4 | 1 << 2 | 1 << 0;
constexpr uint64_t kEvenStatus = 1 << 7 | 1 << 3 | 1 << 1;
constexpr uint64_t kOddControl = 1 << 26 | 1 << 24 | 1 << 22;
constexpr uint64_t kEvenControl = 1 << 25 | 2 << 22;

Registers Values(unsigned long seed) {
  Registers values;
  for (unsigned i = 0; i < 64; ++i) values.q[i / 2][i % 2] = RegisterValue(seed, i);
  values.fpsr = seed % 2 ? kOddStatus : kEvenStatus;
  values.fpcr = seed % 2 ? kOddControl : kEvenControl;
  return values;
}

}  // namespace

// Linux keeps all of them in system calls.
bool KeepVectorRegisters(const volatile long* counter, long until, unsigned long seed,
                         RepeatedCall* call) {
  const Registers values = Values(seed);
  Registers kept;
  // The compiler keeps what it wants of v0 to v31.
  asm volatile(
      "mrs x9, fpsr\n mrs x10, fpcr\n"
      ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
      " ldr q\\n, [%[values], #16 * \\n]\n .endr\n"
      ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
      " ldr q\\n, [%[values], #16 * \\n]\n .endr\n"
      "ldr x11, [%[values], #512]\n msr fpsr, x11\n"
      "ldr x11, [%[values], #520]\n msr fpcr, x11\n"
      "1: cbz %[call], 2f\n"
      "ldp x8, x0, [%[call]]\n mov x1, #0\n svc #0\n str x0, [%[call], #16]\n"
      "2: ldr x11, [%[counter]]\n cmp x11, %[until]\n b.lt 1b\n"
      ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
      " str q\\n, [%[kept], #16 * \\n]\n .endr\n"
      ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
      " str q\\n, [%[kept], #16 * \\n]\n .endr\n"
      "mrs x11, fpsr\n str x11, [%[kept], #512]\n"
      "mrs x11, fpcr\n str x11, [%[kept], #520]\n"
      "msr fpsr, x9\n msr fpcr, x10\n"
      :
      : [values] "r"(&values), [kept] "r"(&kept), [counter] "r"(counter), [until] "r"(until),
        [call] "r"(call)
      : "x0", "x1", "x8", "x9", "x10", "x11", "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5",
        "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18",
        "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
  return std::memcmp(&kept, &values, sizeof kept) == 0;
}

}  // namespace arch
