// SPDX-License-Identifier: BSD-2-Clause
//
// A PC as QEMU builds it.
#include "machine.h"

// The UART at COM1, when its transmitter is empty (line status, bit 5).
void machine_put(char c) {
  uint8_t status;
  do {
    asm volatile("inb %w1, %0" : "=a"(status) : "d"(0x3fd));
  } while ((status & 0x20) == 0);
  asm volatile("outb %0, %w1" : : "a"(c), "d"(0x3f8));
}

// Instruction fetch sees stores (Intel SDM volume 3, 12.6).
void machine_sync_code(uintptr_t, size_t) {}

// The status to the emulator's debug console; then the power off, by PM1a_CNT: SLP_EN, type 0.
void machine_end(uint8_t status) {
  asm volatile("outb %0, $0xe9" : : "a"(status));
  asm volatile("outw %w0, %w1" : : "a"(0x2000), "d"(0x604));
  for (;;) asm volatile("cli; hlt");
}
