// SPDX-License-Identifier: BSD-2-Clause
//
// Text without allocation: a buffer that is cut when it is full, numbers, and a copy into the
// fixed character arrays of the hand-off.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace stand {

// A number to be written as 0x and lower-case hexadecimal digits.
struct Hex {
  uint64_t value;
};

// Appends to a caller's buffer, which is NUL-terminated at every moment. What does not fit is
// dropped and cut() says so.
class TextWriter {
 public:
  // `buffer` holds at least one character.
  explicit TextWriter(std::span<char> buffer) : buffer_(buffer) { buffer_[0] = '\0'; }

  std::string_view text() const { return {buffer_.data(), size_}; }
  bool cut() const { return cut_; }

  void Append(char c) {
    if (size_ + 1 >= buffer_.size()) {
      cut_ = true;
      return;
    }
    buffer_[size_++] = c;
    buffer_[size_] = '\0';
  }

  void Append(std::string_view text) {
    for (const char c : text) Append(c);
  }
  void Append(const char* text) { Append(View(text)); }

  void Append(std::unsigned_integral auto value) { AppendDigits(value, 10); }

  void Append(Hex hex) {
    Append("0x");
    AppendDigits(hex.value, 16);
  }

  template <class... Parts>
  requires(sizeof...(Parts) > 1) void Append(const Parts&... parts) { (Append(parts), ...); }

  // A C string as a view; the standard constructor calls strlen, which freestanding code lacks.
  static constexpr std::string_view View(const char* text) {
    size_t length = 0;
    while (text[length] != '\0') ++length;
    return {text, length};
  }

 private:
  void AppendDigits(uint64_t value, unsigned base) {
    char digits[20];
    size_t n = 0;
    do {
      digits[n++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (n != 0) Append(digits[--n]);
  }

  std::span<char> buffer_;
  size_t size_ = 0;
  bool cut_ = false;
};

// string_view::find calls memchr, which freestanding code lacks too.
constexpr bool Contains(std::string_view text, char wanted) {
  for (const char c : text) {
    if (c == wanted) return true;
  }
  return false;
}

// Copies `text` into a fixed array with its NUL. False when it was cut.
template <size_t N>
bool CopyText(char (&to)[N], std::string_view text) {
  TextWriter writer{std::span<char>(to)};
  writer.Append(text);
  return !writer.cut();
}

}  // namespace stand
