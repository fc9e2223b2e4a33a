// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a machine with a device tree, for the boot loader.
// System registers and instructions: Arm ARM (DDI 0487).
#include "arch/contract/boot/boot.h"
#include "lib/devices/pl011.h"
#include "lib/fdt/fdt.h"

namespace boot {
namespace {

devices::Pl011<devices::MemoryWordRegisters> console;
bool has_console = false;

}  // namespace

void UseFirmware(uint64_t firmware, uint64_t direct_map) {
  constexpr uint64_t kMostBytes = 2 << 20;  // booting.rst
  const auto tree = fdt::Tree::At(At(direct_map + firmware), kMostBytes);
  if (!tree) return;
  const fdt::Node node = tree->Console("arm,pl011");
  if (!node.valid()) return;
  if (const auto registers = node.Reg(0)) {
    console = devices::Pl011(devices::MemoryWordRegisters{direct_map + registers->base});
    console.Init();
    has_console = true;
  }
}

Layout AddressLayout() {
  // Images stay in the last 2 GiB, the kernel in the first of the two; the last 2 MiB stay free so
  // that no address computation wraps.
  return {.direct_map = 0xffff800000000000,
          .window = {.base = 0xffffffff80000000, .bytes = 0x7fe00000},
          .random_bytes = 0x40000000};
}

void PutChar(char c) {
  if (has_console) console.Write(&c, 1);
}

uint64_t Ticks() {
  uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
}

bool HardwareRandom(uint64_t* value) {
  // ID_AA64ISAR0_EL1.RNDR; the register is named by its encoding, which assemblers know without the
  // extension. It sets the flags to Z when there is no number.
  constexpr int kTries = 10;
  uint64_t features;
  asm("mrs %0, id_aa64isar0_el1" : "=r"(features));
  if (features >> 60 == 0) return false;
  for (int i = 0; i < kTries; ++i) {
    bool failed;
    asm volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*value), "=@cceq"(failed));
    if (!failed) return true;
  }
  return false;
}

void SyncCode(Range physical) {
  // CTR_EL0.DminLine: log2 of the words in the smallest line (B2.4.4, D7.5.9).
  uint64_t type;
  asm("mrs %0, ctr_el0" : "=r"(type));
  const uint64_t line = uint64_t{4} << (type >> 16 & 0xf);
  for (uint64_t at = physical.base & ~(line - 1); at < physical.end(); at += line) {
    asm volatile("dc cvau, %0" ::"r"(at) : "memory");
  }
  // Everything: the code will run at other addresses.
  asm volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

// Semihosting (Arm's specification, 6.7): SYS_EXIT with ADP_Stopped_ApplicationExit and the status.
void Stop(uint8_t status) {
  constexpr uint64_t kExit = 0x18;
  const uint64_t block[2] = {0x20026, status};
  register uint64_t operation asm("x0") = kExit;
  register const uint64_t* argument asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
  for (;;) asm volatile("wfi");
}

}  // namespace boot
