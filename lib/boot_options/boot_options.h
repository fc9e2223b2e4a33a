// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's command line, which the loader puts together and both read: words between blanks,
// `name` or `name=value`. Blanks between double quotes are the word's own; a value that begins with
// a quote ends at the next one or at the end of its word. The last of several words of one name
// counts: loader.conf comes first, the machine's own line last.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace boot_options {

// Takes the first word off; empty at the end of the line.
inline std::string_view TakeWord(std::string_view& line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  size_t length = 0;
  bool quoted = false;
  while (length < line.size() && (quoted || line[length] != ' ')) {
    if (line[length] == '"') quoted = !quoted;
    ++length;
  }
  const std::string_view word(line.data(), length);
  line.remove_prefix(length);
  return word;
}

// Whether `word` stands alone.
inline bool HasWord(std::string_view line, std::string_view word) {
  if (word.empty()) return false;
  for (std::string_view each; !(each = TakeWord(line)).empty();) {
    if (each == word) return true;
  }
  return false;
}

// The value of the last `name=value`, without its quotes; none when there is no such word.
inline std::optional<std::string_view> ValueOf(std::string_view line, std::string_view name) {
  std::optional<std::string_view> value;
  for (std::string_view each; !(each = TakeWord(line)).empty();) {
    if (each.size() <= name.size() || each[name.size()] != '=' || !each.starts_with(name)) continue;
    each.remove_prefix(name.size() + 1);
    if (each.starts_with('"')) {
      each.remove_prefix(1);
      size_t length = 0;
      while (length < each.size() && each[length] != '"') ++length;
      each.remove_suffix(each.size() - length);
    }
    value = each;
  }
  return value;
}

// A number of decimal digits, the whole text; none for anything else or more than 64 bits.
inline std::optional<uint64_t> ToNumber(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    if (number > (~uint64_t{0} - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

}  // namespace boot_options
