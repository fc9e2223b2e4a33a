// SPDX-License-Identifier: BSD-2-Clause
//
// QEMU's `virt` machine with SBI firmware.
#include "machine.h"

// SBI specification 1.0, 5.2: sbi_console_putchar. The firmware makes carriage return and newline of
// a newline.
void machine_put(char c) {
  register uintptr_t a0 asm("a0") = static_cast<uint8_t>(c);
  register uintptr_t a7 asm("a7") = 1;
  asm volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

void machine_sync_code(uintptr_t, size_t) {
  asm volatile(".option push\n .option arch, +zifencei\n fence.i\n .option pop" ::: "memory");
}

// The machine's test finisher: 0x5555 passes, 0x3333 fails with the status in the upper half.
void machine_end(uint8_t status) {
  auto* const finisher = reinterpret_cast<volatile uint32_t*>(uintptr_t{0x100000});
  *finisher = status == 0 ? 0x5555 : uint32_t{status} << 16 | 0x3333;
  for (;;) asm volatile("wfi");
}
