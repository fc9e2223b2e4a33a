// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/printer.h"

#include "libexec/ld.elf_so/system.h"

namespace ldso {

Printer& Printer::operator<<(std::string_view text) {
  for (const char c : text) {
    if (length_ == sizeof(buffer_)) Flush();
    buffer_[length_++] = c;
  }
  return *this;
}

Printer& Printer::Decimal(uint64_t value) {
  char digits[20];
  size_t at = sizeof(digits);
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return *this << std::string_view(digits + at, sizeof(digits) - at);
}

Printer& Printer::Hex(uint64_t value) {
  char digits[16];
  size_t at = sizeof(digits);
  do {
    digits[--at] = "0123456789abcdef"[value & 0xf];
    value >>= 4;
  } while (value != 0);
  return *this << "0x" << std::string_view(digits + at, sizeof(digits) - at);
}

void Printer::Flush() {
  if (length_ != 0) Write(descriptor_, std::string_view(buffer_, length_));
  length_ = 0;
}

}  // namespace ldso
