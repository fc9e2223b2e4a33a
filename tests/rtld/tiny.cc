// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

#include "arch/contract/rtld/machine.h"

namespace {

void Write(const char* text, size_t length) {
  arch::SystemCall(arch::kCallNumbers.write, 1, reinterpret_cast<uintptr_t>(text), length);
}

void WriteDigits(unsigned long value, unsigned base) {
  char digits[24];
  size_t at = sizeof(digits);
  digits[--at] = ' ';
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  Write(digits + at, sizeof(digits) - at);
}

}  // namespace

void say(const char* text) {
  size_t length = 0;
  while (text[length]) ++length;
  Write(text, length);
}

void say_number(long value) {
  if (value < 0) say("-");
  WriteDigits(value < 0 ? 0ul - value : value, 10);
}

void say_hex(unsigned long value) { WriteDigits(value, 16); }
