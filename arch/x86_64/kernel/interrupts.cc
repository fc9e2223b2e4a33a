// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86_64/kernel/interrupts.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "arch/x86_64/kernel/registers.h"
#include "kernel/base/panic.h"

namespace arch {

using namespace x86_64;

namespace {

constexpr unsigned kLines = 16;
constexpr unsigned kCascade = 2;  // the second controller's line on the first

struct Controller {
  uint16_t command;
  uint16_t data;
};
constexpr Controller kFirst{0x20, 0x21};
constexpr Controller kSecond{0xa0, 0xa1};

struct Line {
  InterruptHandler handler;
  void* context;
};
constinit Line lines[kLines] = {};
constinit uint16_t unmasked = 0;

void WriteMasks() {
  Out8(kFirst.data, static_cast<uint8_t>(~unmasked));
  Out8(kSecond.data, static_cast<uint8_t>(~unmasked >> 8));
}

void EndOfInterrupt(unsigned line) {
  constexpr uint8_t kNonSpecific = 0x20;
  if (line >= 8) Out8(kSecond.command, kNonSpecific);
  Out8(kFirst.command, kNonSpecific);
}

// The lowest line of a controller is also raised for a request that went away again; then its bit
// in the in-service register is clear and it must not be acknowledged.
bool IsSpurious(unsigned line) {
  constexpr uint8_t kReadInService = 0x0b;
  if (line != 7 && line != 15) return false;
  const Controller& controller = line == 7 ? kFirst : kSecond;
  Out8(controller.command, kReadInService);
  if (In8(controller.command) & 0x80) return false;
  if (line == 15) EndOfInterrupt(kCascade);
  return true;
}

}  // namespace

namespace x86_64 {

void MaskAllInterrupts() {
  constexpr uint8_t kInitialise = 0x11;  // edge triggered, cascaded, ICW4 follows
  constexpr uint8_t k8086Mode = 0x01;
  Out8(kFirst.command, kInitialise);
  Out8(kSecond.command, kInitialise);
  Out8(kFirst.data, kFirstLineVector);
  Out8(kSecond.data, kFirstLineVector + 8);
  Out8(kFirst.data, 1 << kCascade);
  Out8(kSecond.data, kCascade);
  Out8(kFirst.data, k8086Mode);
  Out8(kSecond.data, k8086Mode);
  unmasked = 1 << kCascade;
  WriteMasks();
}

void HandleLine(unsigned line) {
  if (IsSpurious(line)) return;
  Line& entry = lines[line];
  if (entry.handler) entry.handler(entry.context);
  EndOfInterrupt(line);
}

}  // namespace x86_64

unsigned InterruptLines() { return kLines; }

void SetInterruptHandler(unsigned line, InterruptHandler handler, void* context) {
  bool on = DisableInterrupts();
  BASE_CHECK(line < kLines && line != kCascade && !lines[line].handler);
  lines[line] = {handler, context};
  unmasked |= static_cast<uint16_t>(1 << line);
  WriteMasks();
  RestoreInterrupts(on);
}

void RemoveInterruptHandler(unsigned line) {
  bool on = DisableInterrupts();
  BASE_CHECK(line < kLines && lines[line].handler);
  unmasked &= static_cast<uint16_t>(~(1 << line));
  WriteMasks();
  lines[line] = {};
  RestoreInterrupts(on);
}

}  // namespace arch
