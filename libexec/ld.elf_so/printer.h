// SPDX-License-Identifier: BSD-2-Clause
//
// Text to a file descriptor, without a libc. One Printer is one message: what it was given goes out
// when it is destroyed, or earlier if it is long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ldso {

inline constexpr int kStandardOutput = 1;
inline constexpr int kStandardError = 2;

class Printer {
 public:
  explicit Printer(int descriptor) : descriptor_(descriptor) {}
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;
  ~Printer() { Flush(); }

  Printer& operator<<(std::string_view text);
  Printer& Decimal(uint64_t value);
  // "0x" and at least one digit.
  Printer& Hex(uint64_t value);

 private:
  void Flush();

  int descriptor_;
  size_t length_ = 0;
  char buffer_[1024];
};

}  // namespace ldso
