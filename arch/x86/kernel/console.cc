// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/console.h"

#include "arch/contract/kernel/trap.h"
#include "arch/current/kernel/registers.h"
#include "lib/devices/pc.h"

namespace arch {

using namespace x86;

namespace {

using Pc = devices::Pc<IoPorts>;
constinit Pc::Uart uart;
constinit ConsoleInput console_input = nullptr;

void OnInterrupt(void*) { uart.DrainInput(console_input); }

}  // namespace

void InitConsole() { uart.Init(Pc::kUartDivisor); }

void ConsoleWrite(const char* text, size_t bytes) { uart.Write(text, bytes); }

void SetConsoleInput(ConsoleInput input) {
  console_input = input;
  SetInterruptHandler(Pc::kUartLine, OnInterrupt, nullptr);
  uart.EnableReceiveInterrupt();
}

}  // namespace arch
