// SPDX-License-Identifier: BSD-2-Clause
//
// The smallest thing QEMU boots, for tests of what boots and watches a machine: prints "probe: " and
// the command line on the firmware's console, then does what the command line's first letter says: h
// hangs, t traps for ever, p prints a panic and ends with status 125, anything else ends with 0.
#include <cstdint>
#include <string_view>

#include "lib/fdt/fdt.h"

extern "C" {
[[noreturn]] void ProbeMain(uintptr_t tree);
[[noreturn]] void TrapForEver();
}

namespace {

// SBI specification 1.0, 5.2: sbi_console_putchar. The firmware makes carriage return and newline of
// a newline.
void PutChar(char c) {
  register uintptr_t a0 asm("a0") = static_cast<uint8_t>(c);
  register uintptr_t a7 asm("a7") = 1;
  asm volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

void Print(std::string_view text) {
  for (const char c : text) PutChar(c);
}

[[noreturn]] void Hang() {
  for (;;) asm volatile("wfi");
}

}  // namespace

void ProbeMain(uintptr_t address) {
  const auto tree = fdt::Tree::At(reinterpret_cast<const std::byte*>(address), 2 << 20);
  if (!tree) Hang();
  const std::string_view line = tree->Child("chosen").PropertyText("bootargs");
  Print("probe: ");
  Print(line);
  Print("\n");
  const char order = line.empty() ? '\0' : line[0];
  if (order == 'h') Hang();
  if (order == 't') TrapForEver();
  if (order == 'p') Print("panic: asked for\n");
  const auto finisher = tree->Compatible("sifive,test0").Reg(0);
  if (!finisher) Hang();
  *reinterpret_cast<volatile uint32_t*>(finisher->base) =
      order == 'p' ? 125u << 16 | 0x3333 : 0x5555;
  Hang();
}
