// SPDX-License-Identifier: BSD-2-Clause
//
// The console is the UART that the device tree names.
#include "arch/contract/kernel/console.h"

#include "arch/contract/kernel/trap.h"
#include "arch/riscv64/kernel/machine.h"
#include "lib/devices/ns16550.h"

namespace arch {

using namespace riscv64;

namespace {

using Uart = devices::Ns16550<devices::MemoryRegisters>;

constinit Uart uart;
constinit ConsoleInput console_input = nullptr;

void OnInterrupt(void*) {
  uart.DrainInput([](const char* bytes, size_t count) { console_input(bytes, count); });
}

}  // namespace

// The firmware has used it, so that its rate is right.
void InitConsole() { uart = Uart({TheMachine().uart, TheMachine().uart_shift}); }

void ConsoleWrite(const char* text, size_t bytes) {
  if (TheMachine().uart) uart.Write(text, bytes);
}

void SetConsoleInput(ConsoleInput input) {
  console_input = input;
  if (!TheMachine().uart) return;
  SetInterruptHandler(TheMachine().uart_line, OnInterrupt, nullptr);
  uart.EnableReceiveInterrupt();
}

}  // namespace arch
