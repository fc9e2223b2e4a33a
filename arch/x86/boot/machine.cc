// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a PC, for the boot loader.
#include "arch/contract/boot/boot.h"
#include "arch/current/boot/layout.h"
#include "arch/x86/instructions.h"
#include "lib/devices/pc.h"

namespace boot {
namespace {

using arch::x86::Cpuid;
using arch::x86::DrawRandom;
using arch::x86::Rdrand;
using arch::x86::Rdseed;
using Pc = devices::Pc<arch::x86::IoPorts>;

constinit Pc::Uart uart;

constexpr uint32_t kHasRdrand = 1u << 30;  // leaf 1, ecx
constexpr uint32_t kHasRdseed = 1u << 18;  // leaf 7, ebx

}  // namespace

// A PC's devices are where they always were.
void UseFirmware(uint64_t, uint64_t) {}

Layout AddressLayout() {
  using namespace arch::x86;
  return {.direct_map = kDirectMap,
          .window = {.base = kWindow, .bytes = kWindowBytes},
          .random_bytes = kRandomBytes};
}

void PutChar(char c) { uart.Write(&c, 1); }

uint64_t Ticks() { return arch::x86::ReadTsc(); }

bool HardwareRandom(uint64_t* value) {
  const uint32_t leaves = Cpuid(0).eax;
  if (leaves >= 7 && (Cpuid(7).ebx & kHasRdseed) != 0 && DrawRandom(Rdseed, value)) return true;
  return (Cpuid(1).ecx & kHasRdrand) != 0 && DrawRandom(Rdrand, value);
}

// Instruction fetch sees stores (Intel SDM volume 3, 12.6); the jump to the kernel serialises.
void SyncCode(Range) {}

void Stop(uint8_t status) {
  Pc::PowerOff(status);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace boot
