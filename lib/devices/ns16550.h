// SPDX-License-Identifier: BSD-2-Clause
//
// The 16550 UART (National Semiconductor PC16550D data sheet), polled output and interrupt-driven
// input. Nothing here allocates, waits for an interrupt or takes a lock: the caller serialises
// output with output and input with input; the two share no register.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/devices/registers.h"

namespace devices {

template <ByteRegisters Registers>
class Ns16550 {
 public:
  static constexpr unsigned kFifoBytes = 16;

  constexpr Ns16550() = default;
  constexpr explicit Ns16550(Registers registers) : registers_(registers) {}

  // 8 bits, no parity, one stop bit, FIFOs on and empty, no interrupts. The rate is the UART's clock
  // / 16 / `divisor`. Not needed for output where the firmware has left the UART working.
  void Init(uint16_t divisor) {
    constexpr uint8_t kDivisorAccess = 0x80;
    constexpr uint8_t k8N1 = 0x03;
    constexpr uint8_t kEnableAndClearFifos = 0x07;
    constexpr uint8_t kReadySignalsAndInterruptGate = 0x0b;
    registers_.Write(kInterruptEnable, 0);
    registers_.Write(kLineControl, kDivisorAccess);
    registers_.Write(kData, static_cast<uint8_t>(divisor));
    registers_.Write(kInterruptEnable, static_cast<uint8_t>(divisor >> 8));
    registers_.Write(kLineControl, k8N1);
    registers_.Write(kFifoControl, kEnableAndClearFifos);
    registers_.Write(kModemControl, kReadySignalsAndInterruptGate);
    room_ = 0;
  }

  // One byte as it is. Waits while the FIFO is full; an absent UART reads as all ones, which counts
  // as empty.
  void WriteByte(char c) {
    while (room_ == 0) {
      if ((registers_.Read(kLineStatus) & kTransmitterEmpty) != 0) room_ = kFifoBytes;
    }
    registers_.Write(kData, static_cast<uint8_t>(c));
    --room_;
  }

  // All bytes; a newline goes out as carriage return and newline.
  void Write(const char* text, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) {
      if (text[i] == '\n') WriteByte('\r');
      WriteByte(text[i]);
    }
  }

  // From now on the device raises its line while received bytes wait.
  void EnableReceiveInterrupt() {
    constexpr uint8_t kReceivedData = 0x01;
    registers_.Write(kInterruptEnable, kReceivedData);
  }

  // Gives `input(bytes, count)` runs of received bytes until nothing waits: an edge-triggered line
  // stays up until then. To be called by the line's handler.
  template <class Input>
  void DrainInput(Input&& input) {
    for (;;) {
      char bytes[kFifoBytes];
      size_t count = 0;
      while (count < sizeof bytes && (registers_.Read(kLineStatus) & kDataReady) != 0) {
        bytes[count++] = static_cast<char>(registers_.Read(kData));
      }
      if (count == 0) return;
      input(bytes, count);
    }
  }

 private:
  // Register indices. With the divisor access bit set, the first two are the divisor's halves.
  static constexpr unsigned kData = 0;
  static constexpr unsigned kInterruptEnable = 1;
  static constexpr unsigned kFifoControl = 2;
  static constexpr unsigned kLineControl = 3;
  static constexpr unsigned kModemControl = 4;
  static constexpr unsigned kLineStatus = 5;

  static constexpr uint8_t kDataReady = 0x01;
  static constexpr uint8_t kTransmitterEmpty = 0x20;

  [[no_unique_address]] Registers registers_{};
  unsigned room_ = 0;  // known to be left in the transmitter's FIFO
};

}  // namespace devices
