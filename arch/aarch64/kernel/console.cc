// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/console.h"

#include "arch/aarch64/kernel/devices.h"
#include "arch/contract/kernel/trap.h"
#include "kernel/mm/frames.h"
#include "lib/devices/pl011.h"

namespace arch {

using namespace aarch64;

namespace {

constinit devices::Pl011<devices::MemoryWordRegisters> uart;
constinit ConsoleInput console_input = nullptr;

void OnInterrupt(void*) { uart.DrainInput(console_input); }

}  // namespace

void InitConsole() {
  if (!KnownDevices().uart) return;
  const auto base = reinterpret_cast<uintptr_t>(mm::DirectMap(KnownDevices().uart));
  uart = devices::Pl011(devices::MemoryWordRegisters{base});
  uart.Init();
}

void ConsoleWrite(const char* text, size_t bytes) {
  if (KnownDevices().uart) uart.Write(text, bytes);
}

void SetConsoleInput(ConsoleInput input) {
  if (!KnownDevices().uart) return;
  console_input = input;
  SetInterruptHandler(KnownDevices().uart_line, OnInterrupt, nullptr);
  uart.EnableReceiveInterrupt();
}

}  // namespace arch
