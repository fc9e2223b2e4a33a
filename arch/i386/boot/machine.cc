// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a PC, for the boot loader.
#include "arch/contract/boot/boot.h"
#include "arch/i386/boot/io.h"
#include "arch/i386/boot/layout.h"
#include "lib/devices/pc.h"

namespace boot {
namespace {

using arch::i386::Cpuid;
using Pc = devices::Pc<arch::i386::IoPorts>;

constinit Pc::Uart uart;

constexpr uint32_t kHasRdrand = 1u << 30;  // leaf 1, ecx
constexpr uint32_t kHasRdseed = 1u << 18;  // leaf 7, ebx
constexpr int kRandomTries = 10;           // Intel SDM volume 1, 7.3.17.1

bool Rdseed(uint32_t* value) {
  bool good;
  asm volatile("rdseed %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

bool Rdrand(uint32_t* value) {
  bool good;
  asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(good));
  return good;
}

// Both halves from one generator, within its tries.
bool Draw(bool (*generator)(uint32_t*), uint64_t* value) {
  uint32_t halves[2];
  int have = 0;
  for (int i = 0; i < 2 * kRandomTries && have < 2; ++i) have += generator(&halves[have]) ? 1 : 0;
  *value = uint64_t{halves[1]} << 32 | halves[0];
  return have == 2;
}

}  // namespace

Layout AddressLayout() {
  // The last 2 MiB stay free so that no address computation wraps.
  constexpr uint64_t kTop = 0xffe00000;
  return {.direct_map = arch::i386::kDirectMap,
          .window = {.base = arch::i386::kWindow, .bytes = kTop - arch::i386::kWindow},
          .random_bytes = 0x10000000};
}

// A PC's devices are where they always were.
void UseFirmware(uint64_t, uint64_t) {}

void PutChar(char c) { uart.Write(&c, 1); }

uint64_t Ticks() { return arch::i386::ReadTsc(); }

bool HardwareRandom(uint64_t* value) {
  const uint32_t leaves = Cpuid(0, 0).eax;
  if (leaves >= 7 && (Cpuid(7, 0).ebx & kHasRdseed) != 0 && Draw(Rdseed, value)) return true;
  return (Cpuid(1, 0).ecx & kHasRdrand) != 0 && Draw(Rdrand, value);
}

// Instruction fetch sees stores (Intel SDM volume 3, 12.6); the jump to the kernel serialises.
void SyncCode(Range) {}

void Stop(uint8_t status) {
  Pc::PowerOff(status);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace boot
