// SPDX-License-Identifier: BSD-2-Clause
//
// The two 8259 interrupt controllers of a PC (Intel 8259A data sheet), lines 0-15, with a handler for
// each line. The caller has interrupts off.
#pragma once

#include <cstdint>

#include "lib/devices/registers.h"

namespace devices {

template <Ports P>
class I8259Pair {
 public:
  static constexpr unsigned kLines = 16;
  using Handler = void (*)(void* context);

  // Moves the lines to the vectors from `first_vector` on and masks them: the firmware leaves the
  // timer's line live at vector 8, which looks like a double fault.
  void Init(uint8_t first_vector) {
    constexpr uint8_t kInitialise = 0x11;  // edge triggered, cascaded, ICW4 follows
    constexpr uint8_t k8086Mode = 0x01;
    P::Out8(kFirst.command, kInitialise);
    P::Out8(kSecond.command, kInitialise);
    P::Out8(kFirst.data, first_vector);
    P::Out8(kSecond.data, static_cast<uint8_t>(first_vector + 8));
    P::Out8(kFirst.data, 1 << kCascade);
    P::Out8(kSecond.data, kCascade);
    P::Out8(kFirst.data, k8086Mode);
    P::Out8(kSecond.data, k8086Mode);
    unmasked_ = 1 << kCascade;
    WriteMasks();
  }

  // All lines, as they are: what a loader needs.
  static void MaskAll() {
    P::Out8(kFirst.data, 0xff);
    P::Out8(kSecond.data, 0xff);
  }

  // False when the line does not exist or has a handler.
  [[nodiscard]] bool Set(unsigned line, Handler handler, void* context) {
    if (line >= kLines || line == kCascade || lines_[line].handler != nullptr) return false;
    lines_[line] = {handler, context};
    unmasked_ |= static_cast<uint16_t>(1 << line);
    WriteMasks();
    return true;
  }

  // False when the line has no handler.
  [[nodiscard]] bool Remove(unsigned line) {
    if (line >= kLines || lines_[line].handler == nullptr) return false;
    unmasked_ &= static_cast<uint16_t>(~(1 << line));
    WriteMasks();
    lines_[line] = {};
    return true;
  }

  void Handle(unsigned line) {
    if (IsSpurious(line)) return;
    const Line& entry = lines_[line];
    if (entry.handler != nullptr) entry.handler(entry.context);
    EndOfInterrupt(line);
  }

 private:
  struct Controller {
    uint16_t command;
    uint16_t data;
  };
  struct Line {
    Handler handler;
    void* context;
  };
  static constexpr Controller kFirst{0x20, 0x21};
  static constexpr Controller kSecond{0xa0, 0xa1};
  static constexpr unsigned kCascade = 2;  // the second controller's line on the first

  void WriteMasks() const {
    P::Out8(kFirst.data, static_cast<uint8_t>(~unmasked_));
    P::Out8(kSecond.data, static_cast<uint8_t>(~unmasked_ >> 8));
  }

  static void EndOfInterrupt(unsigned line) {
    constexpr uint8_t kNonSpecific = 0x20;
    if (line >= 8) P::Out8(kSecond.command, kNonSpecific);
    P::Out8(kFirst.command, kNonSpecific);
  }

  // The lowest line of a controller is also raised for a request that went away again; then its bit
  // in the in-service register is clear and it must not be acknowledged.
  static bool IsSpurious(unsigned line) {
    constexpr uint8_t kReadInService = 0x0b;
    if (line != 7 && line != 15) return false;
    const Controller& controller = line == 7 ? kFirst : kSecond;
    P::Out8(controller.command, kReadInService);
    if ((P::In8(controller.command) & 0x80) != 0) return false;
    if (line == 15) EndOfInterrupt(kCascade);
    return true;
  }

  Line lines_[kLines] = {};
  uint16_t unmasked_ = 0;
};

}  // namespace devices
