// SPDX-License-Identifier: BSD-2-Clause
//
// The PL011 UART (PrimeCell UART technical reference manual, DDI 0183), polled output and
// interrupt-driven input. The line's rate and format are left as the firmware made them. Nothing here
// allocates, waits for an interrupt or takes a lock: the caller serialises output with output and
// input with input.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/devices/registers.h"

namespace devices {

template <WordRegisters Registers>
class Pl011 {
 public:
  constexpr Pl011() = default;
  constexpr explicit Pl011(Registers registers) : registers_(registers) {}

  // On, with FIFOs and without interrupts. Not needed for output where the firmware has left the UART
  // working.
  void Init() {
    registers_.Write(kInterruptMask, 0);
    registers_.Write(kInterruptClear, kAllInterrupts);
    // DDI 0183, 3.3.8: the format changes while the UART is off, which it goes when nothing is under
    // way.
    while ((registers_.Read(kFlags) & kBusy) != 0) {
    }
    registers_.Write(kControl, 0);
    registers_.Write(kLineControl, k8Bits | kFifos);
    registers_.Write(kControl, kEnable | kTransmit | kReceive);
  }

  // One byte as it is. Waits while the FIFO is full.
  void WriteByte(char c) {
    while ((registers_.Read(kFlags) & kTransmitFull) != 0) {
    }
    registers_.Write(kData, static_cast<uint8_t>(c));
  }

  // All bytes; a newline goes out as carriage return and newline.
  void Write(const char* text, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) {
      if (text[i] == '\n') WriteByte('\r');
      WriteByte(text[i]);
    }
  }

  // From now on the device raises its line when the FIFO has filled up to its mark, and when bytes
  // have waited below it for the time of 32 bits.
  void EnableReceiveInterrupt() { registers_.Write(kInterruptMask, kReceived | kReceiveTimeout); }

  // Gives `input(bytes, count)` runs of received bytes until nothing waits, which lowers the line. To
  // be called by the line's handler.
  template <class Input>
  void DrainInput(Input&& input) {
    for (;;) {
      char bytes[kFifoBytes];
      size_t count = 0;
      while (count < sizeof bytes && (registers_.Read(kFlags) & kReceiveEmpty) == 0) {
        bytes[count++] = static_cast<char>(registers_.Read(kData));
      }
      if (count == 0) return;
      input(bytes, count);
    }
  }

 private:
  static constexpr unsigned kFifoBytes = 16;

  // Byte offsets of the registers (DDI 0183, table 3-1).
  static constexpr unsigned kData = 0x000;
  static constexpr unsigned kFlags = 0x018;
  static constexpr unsigned kLineControl = 0x02c;
  static constexpr unsigned kControl = 0x030;
  static constexpr unsigned kInterruptMask = 0x038;
  static constexpr unsigned kInterruptClear = 0x044;

  static constexpr uint32_t kBusy = 1 << 3;  // of kFlags
  static constexpr uint32_t kReceiveEmpty = 1 << 4;
  static constexpr uint32_t kTransmitFull = 1 << 5;
  static constexpr uint32_t kFifos = 1 << 4;  // of kLineControl
  static constexpr uint32_t k8Bits = 3 << 5;
  static constexpr uint32_t kEnable = 1 << 0;  // of kControl
  static constexpr uint32_t kTransmit = 1 << 8;
  static constexpr uint32_t kReceive = 1 << 9;
  static constexpr uint32_t kReceived = 1 << 4;  // of kInterruptMask and kInterruptClear
  static constexpr uint32_t kReceiveTimeout = 1 << 6;
  static constexpr uint32_t kAllInterrupts = 0x7ff;

  [[no_unique_address]] Registers registers_{};
};

}  // namespace devices
