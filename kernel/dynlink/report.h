// SPDX-License-Identifier: BSD-2-Clause
//
// What a request says about itself: why it failed, or what a successful one wants to be known
// (warnings). Lines of text for the caller's terminal; the first line says what failed as a whole.
// The storage is fixed (too large for a kernel stack: allocate it), so a report can be written when
// there is no memory left; what does not fit is counted and said in the last line.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

namespace kld {

// Each line of `text` to the kernel's log; the newlines are zeros meanwhile.
void LogLines(int important, char* text);

class Report {
 public:
  static constexpr size_t kCapacity = 16384;

  Report() { Clear(); }

  void Clear();

  // Appends one line; format.h says what `format` may hold.
  __attribute__((format(printf, 2, 3))) void Line(const char* format, ...);
  void LineWith(const char* format, va_list arguments);

  // A line in pieces: BeginLine, any number of Append, EndLine.
  void BeginLine();
  void Append(const char* piece, size_t size);
  void EndLine();

  // NUL-terminated, lines separated by '\n', the last one without.
  const char* text() const { return text_; }
  size_t length() const { return length_; }
  bool empty() const { return length_ == 0; }
  // To the kernel's log, line by line.
  void Log(int important) { LogLines(important, text_); }
  uint32_t dropped() const { return dropped_; }  // lines that did not fit

 private:
  char text_[kCapacity];
  size_t length_;
  size_t kept_;      // length without the line under way, or the one that counts the dropped ones
  bool overflowed_;  // the line under way does not fit
  uint32_t dropped_;
};

}  // namespace kld
