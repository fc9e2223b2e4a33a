// SPDX-License-Identifier: BSD-2-Clause
//
// The smallest thing QEMU boots, for tests of what boots and watches a machine: prints "probe: " and
// the command line on the PL011, then does what the command line's first letter says: h hangs, t
// traps for ever, p prints a panic and ends with status 125, anything else ends with 0.
#include <cstdint>
#include <string_view>

#include "lib/fdt/fdt.h"

extern "C" {
[[noreturn]] void ProbeMain(uintptr_t tree);
[[noreturn]] void TrapForEver();
}

namespace {

void Print(uintptr_t uart, std::string_view text) {
  for (const char c : text) *reinterpret_cast<volatile uint32_t*>(uart) = static_cast<uint8_t>(c);
}

[[noreturn]] void Hang() {
  for (;;) asm volatile("wfi");
}

// Semihosting (Arm's specification, 6.7): SYS_EXIT with ADP_Stopped_ApplicationExit and the status.
[[noreturn]] void Exit(uint64_t status) {
  const uint64_t block[2] = {0x20026, status};
  register uint64_t operation asm("x0") = 0x18;
  register const uint64_t* argument asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
  Hang();
}

}  // namespace

void ProbeMain(uintptr_t address) {
  const auto tree = fdt::Tree::At(reinterpret_cast<const std::byte*>(address), 2 << 20);
  if (!tree) Hang();
  const std::string_view line = tree->Child("chosen").PropertyText("bootargs");
  const auto registers = tree->Compatible("arm,pl011").Reg(0);
  if (!registers) Hang();
  const uintptr_t uart = registers->base;
  Print(uart, "probe: ");
  Print(uart, line);
  Print(uart, "\r\n");
  const char order = line.empty() ? '\0' : line[0];
  if (order == 'h') Hang();
  if (order == 't') TrapForEver();
  if (order == 'p') Print(uart, "panic: asked for\r\n");
  Exit(order == 'p' ? 125 : 0);
}
