// SPDX-License-Identifier: BSD-2-Clause
//
// Console, counter, randomness and power of a machine with SBI firmware and a device tree, for the
// boot loader.
#include "arch/contract/boot/boot.h"
#include "arch/riscv64/boot/sbi.h"
#include "lib/fdt/fdt.h"

namespace boot {
namespace {

// The SiFive test finisher: a 32-bit register that ends the emulator with a status.
constexpr uint32_t kPass = 0x5555;
constexpr uint32_t kFail = 0x3333;  // with the status in the upper half

uintptr_t finisher = 0;

}  // namespace

void UseFirmware(uint64_t firmware, uint64_t direct_map) {
  constexpr uint64_t kMostBytes = 2 << 20;
  const auto* start = reinterpret_cast<const std::byte*>(direct_map + firmware);
  const auto tree = fdt::Tree::At(start, kMostBytes);
  if (!tree) return;
  const fdt::Node node = tree->Compatible("sifive,test0");
  if (!node.valid()) return;
  if (const auto registers = node.Reg(0)) finisher = direct_map + registers->base;
}

Layout AddressLayout() {
  // Sv39 gives the kernel 256 GiB. Images stay in the last 2 GiB, the kernel in the first of the
  // two; the last 2 MiB stay free so that no address computation wraps.
  return {.direct_map = 0xffffffc000000000,
          .window = {.base = 0xffffffff80000000, .bytes = 0x7fe00000},
          .random_bytes = 0x40000000};
}

// The firmware makes carriage return and newline of a newline.
void PutChar(char c) { arch::riscv64::SbiPutChar(c); }

// `time` is the one counter that never goes back, whatever the hart does.
uint64_t Ticks() {
  uint64_t value;
  asm volatile(".option push\n .option arch, +zicsr\n rdtime %0\n .option pop" : "=r"(value));
  return value;
}

// S-mode has no generator of its own unless the entropy source extension is delegated to it; the
// firmware's seed is what there is.
bool HardwareRandom(uint64_t*) { return false; }

void SyncCode(Range) {
  asm volatile(".option push\n .option arch, +zifencei\n fence.i\n .option pop" ::: "memory");
}

void Stop(uint8_t status) {
  if (finisher != 0) {
    auto* port = reinterpret_cast<volatile uint32_t*>(finisher);
    *port = status == 0 ? kPass : uint32_t{status} << 16 | kFail;
  }
  for (;;) asm volatile("wfi");
}

}  // namespace boot
