// SPDX-License-Identifier: BSD-2-Clause
//
// The 16550 UART at COM1 (National Semiconductor PC16550D data sheet).
#include "arch/contract/kernel/console.h"

#include <cstdint>

#include "arch/contract/kernel/trap.h"
#include "arch/x86_64/kernel/registers.h"

namespace arch {

using namespace x86_64;

namespace {

constexpr uint16_t kPort = 0x3f8;
constexpr unsigned kLine = 4;
constexpr uint16_t kData = kPort + 0;
constexpr uint16_t kInterruptEnable = kPort + 1;
constexpr uint16_t kFifoControl = kPort + 2;
constexpr uint16_t kLineControl = kPort + 3;
constexpr uint16_t kModemControl = kPort + 4;
constexpr uint16_t kLineStatus = kPort + 5;

constexpr uint8_t kDataReady = 0x01;
constexpr uint8_t kTransmitterEmpty = 0x20;
constexpr unsigned kFifoBytes = 16;

constinit ConsoleInput console_input = nullptr;
// Room known to be left in the transmitter's FIFO.
constinit unsigned room = 0;

void WriteByte(char c) {
  // An absent UART reads as all ones, which counts as empty.
  while (!room) {
    if (In8(kLineStatus) & kTransmitterEmpty) room = kFifoBytes;
  }
  Out8(kData, static_cast<uint8_t>(c));
  room--;
}

void OnInterrupt(void*) {
  // Until nothing is left: the line is edge-triggered and stays up while there is data.
  for (;;) {
    char bytes[kFifoBytes];
    size_t count = 0;
    while (count < sizeof bytes && (In8(kLineStatus) & kDataReady)) {
      bytes[count++] = static_cast<char>(In8(kData));
    }
    if (!count) return;
    console_input(bytes, count);
  }
}

}  // namespace

void InitConsole() {
  constexpr uint8_t kDivisorAccess = 0x80;
  constexpr uint8_t k8N1 = 0x03;
  constexpr uint8_t kEnableAndClearFifos = 0x07;
  constexpr uint8_t kReadySignalsAndInterruptGate = 0x0b;
  Out8(kInterruptEnable, 0);
  Out8(kLineControl, kDivisorAccess);
  Out8(kData, 1);  // 115200 baud
  Out8(kInterruptEnable, 0);
  Out8(kLineControl, k8N1);
  Out8(kFifoControl, kEnableAndClearFifos);
  Out8(kModemControl, kReadySignalsAndInterruptGate);
}

void ConsoleWrite(const char* text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if (text[i] == '\n') WriteByte('\r');
    WriteByte(text[i]);
  }
}

void SetConsoleInput(ConsoleInput input) {
  constexpr uint8_t kReceivedData = 0x01;
  console_input = input;
  SetInterruptHandler(kLine, OnInterrupt, nullptr);
  Out8(kInterruptEnable, kReceivedData);
}

}  // namespace arch
