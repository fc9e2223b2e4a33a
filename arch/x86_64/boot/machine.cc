// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a PC, for the boot loader.
#include "arch/contract/boot/boot.h"
#include "arch/x86_64/boot/io.h"

namespace boot {
namespace {

using arch::x86_64::Cpuid;
using arch::x86_64::In8;
using arch::x86_64::Out16;
using arch::x86_64::Out8;

// COM1, a 16550: its line status register says when the transmitter is empty.
constexpr uint16_t kCom1 = 0x3f8;
constexpr uint16_t kLineStatus = kCom1 + 5;
constexpr uint8_t kTransmitterEmpty = 0x20;

// The emulator's exit status goes to its debug console; then the power goes off through the ACPI
// PM1a control register, at the address that the firmware of its PC gives it.
constexpr uint16_t kDebugConsole = 0xe9;
constexpr uint16_t kPowerControl = 0x604;
constexpr uint16_t kSleepEnable = 0x2000;

constexpr uint32_t kHasRdrand = 1u << 30;  // leaf 1, ecx
constexpr uint32_t kHasRdseed = 1u << 18;  // leaf 7, ebx
constexpr int kRandomTries = 10;           // Intel SDM volume 1, 7.3.17.1

void PutByte(char c) {
  while ((In8(kLineStatus) & kTransmitterEmpty) == 0) {
  }
  Out8(kCom1, static_cast<uint8_t>(c));
}

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

void PutChar(char c) {
  if (c == '\n') PutByte('\r');
  PutByte(c);
}

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
  Out8(kDebugConsole, status);
  Out16(kPowerControl, kSleepEnable);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace boot
