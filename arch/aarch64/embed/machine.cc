// SPDX-License-Identifier: BSD-2-Clause
//
// QEMU's `virt` machine: a PL011 at 0x9000000, semihosting.
#include "machine.h"

// UARTDR; the emulator's UART is never full.
void machine_put(char c) {
  *reinterpret_cast<volatile uint32_t*>(uintptr_t{0x9000000}) = static_cast<uint8_t>(c);
}

// Arm ARM (DDI 0487), B2.4.4. CTR_EL0.DminLine is the log2 of the words in the smallest line.
void machine_sync_code(uintptr_t start, size_t bytes) {
  uint64_t type;
  asm("mrs %0, ctr_el0" : "=r"(type));
  const uintptr_t line = uintptr_t{4} << (type >> 16 & 0xf);
  for (uintptr_t at = start & ~(line - 1); at < start + bytes; at += line) {
    asm volatile("dc cvau, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

// Semihosting (Arm's specification, 6.7): SYS_EXIT with ADP_Stopped_ApplicationExit and the status.
void machine_end(uint8_t status) {
  const uint64_t block[2] = {0x20026, status};
  register uint64_t operation asm("x0") = 0x18;
  register const uint64_t* argument asm("x1") = block;
  asm volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
  for (;;) asm volatile("wfi");
}
