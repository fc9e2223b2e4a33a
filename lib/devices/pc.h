// SPDX-License-Identifier: BSD-2-Clause
//
// A PC as QEMU builds it: where its devices are, and its end.
#pragma once

#include <cstdint>

#include "lib/devices/ns16550.h"
#include "lib/devices/registers.h"

namespace devices {

template <Ports P>
struct Pc {
  // The UART at COM1.
  using Uart = Ns16550<PortRegisters<P, 0x3f8>>;
  static constexpr unsigned kUartLine = 4;
  static constexpr uint16_t kUartDivisor = 1;  // 115200 baud

  // The status goes to the emulator's debug console; then the power goes off through the ACPI PM1a
  // control register, at the address that the firmware of its PC gives it. The machine ends a little
  // later.
  static void PowerOff(uint8_t status) {
    constexpr uint16_t kDebugConsole = 0xe9;
    constexpr uint16_t kPowerControl = 0x604;
    constexpr uint16_t kSoftOff = 0x2000;  // SLP_EN, sleep type 0: S5
    P::Out8(kDebugConsole, status);
    P::Out16(kPowerControl, kSoftOff);
  }

  // Through the keyboard controller.
  static void Reset() {
    constexpr uint16_t kKeyboardController = 0x64;
    constexpr uint8_t kPulseReset = 0xfe;
    P::Out8(kKeyboardController, kPulseReset);
  }
};

}  // namespace devices
