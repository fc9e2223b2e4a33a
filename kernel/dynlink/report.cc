// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/report.h"

#include <cstdarg>
#include <cstring>

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"

namespace kld {
namespace {

// Room kept for the line that counts the lines that were dropped.
constexpr size_t kReserve = 40;

static_assert(Report::kCapacity == KLD_HOST_LINE);

}  // namespace

void LogLines(int important, char* text) {
  while (*text != '\0') {
    char* end = text;
    while (*end != '\0' && *end != '\n') ++end;
    const char separator = *end;
    *end = '\0';
    kld_host_log(important, text);
    *end = separator;
    text = separator == '\0' ? end : end + 1;
  }
}

void Report::Clear() {
  text_[0] = '\0';
  length_ = 0;
  kept_ = 0;
  dropped_ = 0;
  overflowed_ = false;
}

void Report::Line(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  LineWith(format, arguments);
  va_end(arguments);
}

void Report::LineWith(const char* format, va_list arguments) {
  BeginLine();
  if (!overflowed_) {
    const size_t room = kCapacity - kReserve - length_;
    const size_t length = FormatWith(text_ + length_, room, format, arguments);
    if (length < room) {
      length_ += length;
    } else {
      overflowed_ = true;
    }
  }
  EndLine();
}

void Report::BeginLine() {
  overflowed_ = dropped_ != 0;
  if (overflowed_) return;
  kept_ = length_;
  if (length_ != 0) text_[length_++] = '\n';
}

void Report::Append(const char* piece, size_t size) {
  if (overflowed_ || size == 0) return;
  if (size >= kCapacity - kReserve - length_) {
    overflowed_ = true;
    return;
  }
  std::memcpy(text_ + length_, piece, size);
  length_ += size;
}

void Report::EndLine() {
  if (!overflowed_) {
    text_[length_] = '\0';
    return;
  }
  ++dropped_;
  const char* const separator = kept_ == 0 ? "" : "\n";
  length_ = kept_ + Format(text_ + kept_, kCapacity - kept_, "%s... and %u more lines", separator,
                           dropped_);
}

}  // namespace kld
