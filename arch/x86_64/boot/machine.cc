// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a PC, for the boot loader.
#include "arch/contract/boot/boot.h"
#include "arch/x86_64/boot/io.h"
#include "lib/devices/pc.h"

namespace boot {
namespace {

using arch::x86_64::Cpuid;
using Pc = devices::Pc<arch::x86_64::IoPorts>;

constinit Pc::Uart uart;

constexpr uint32_t kHasRdrand = 1u << 30;  // leaf 1, ecx
constexpr uint32_t kHasRdseed = 1u << 18;  // leaf 7, ebx
constexpr int kRandomTries = 10;           // Intel SDM volume 1, 7.3.17.1

bool Rdseed(uint64_t* value) {
  bool good;
  asm volatile("rdseed %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

bool Rdrand(uint64_t* value) {
  bool good;
  asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

}  // namespace

// A PC's devices are where they always were.
void UseFirmware(uint64_t, uint64_t) {}

Layout AddressLayout() {
  // Images stay in the last 2 GiB, the kernel in the first of the two; the last 2 MiB stay free so
  // that no address computation wraps.
  return {.direct_map = 0xffff800000000000,
          .window = {.base = 0xffffffff80000000, .bytes = 0x7fe00000},
          .random_bytes = 0x40000000};
}

void PutChar(char c) { uart.Write(&c, 1); }

uint64_t Ticks() { return arch::x86_64::ReadTsc(); }

bool HardwareRandom(uint64_t* value) {
  const uint32_t leaves = Cpuid(0, 0).eax;
  if (leaves >= 7 && (Cpuid(7, 0).ebx & kHasRdseed) != 0) {
    for (int i = 0; i < kRandomTries; ++i) {
      if (Rdseed(value)) return true;
    }
  }
  if ((Cpuid(1, 0).ecx & kHasRdrand) != 0) {
    for (int i = 0; i < kRandomTries; ++i) {
      if (Rdrand(value)) return true;
    }
  }
  return false;
}

// Instruction fetch sees stores (Intel SDM volume 3, 12.6); the jump to the kernel serialises.
void SyncCode(Range) {}

void Stop(uint8_t status) {
  Pc::PowerOff(status);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace boot
