// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/text.h"

#include <cctype>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kld {

std::string Format(const char* format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::string text(length < 0 ? 0 : length, '\0');
  vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

std::string Humanize(uint64_t bytes) {
  static constexpr char kUnits[] = {'\0', 'K', 'M', 'G', 'T', 'P', 'E'};
  if (bytes < 1000) return Format("%u", static_cast<unsigned>(bytes));
  double value = static_cast<double>(bytes);
  unsigned unit = 0;
  while (value >= 999.5) {
    value /= 1024;
    ++unit;
  }
  return Format(value < 9.95 ? "%.1f%c" : "%.0f%c", value, kUnits[unit]);
}

std::string JsonString(std::string_view text) {
  std::string quoted = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(c);
    } else if (c < 0x20) {
      quoted += Format("\\u%04x", c);
    } else {
      quoted += static_cast<char>(c);
    }
  }
  return quoted + '"';
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  const std::string copy(text);
  if (copy.empty() || isspace(static_cast<unsigned char>(copy[0]))) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const long long value = strtoll(copy.c_str(), &end, 0);
  if (errno || end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> ParseAddress(std::string_view text) {
  const std::string copy(text);
  if (copy.empty() || !isxdigit(static_cast<unsigned char>(copy[0]))) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = strtoull(copy.c_str(), &end, 0);
  if (errno || end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

std::string ErrorText(int64_t error) { return strerror(static_cast<int>(error)); }

}  // namespace kld
