// SPDX-License-Identifier: BSD-2-Clause
//
// The first line of a script: "#!" interpreter [one argument], as execve(2) on Linux reads it. The
// argument is everything behind the interpreter but leading and trailing blanks. Pure.
#pragma once

#include <string_view>

namespace exec {

inline constexpr unsigned kScriptDepth = 4;      // scripts run by scripts
inline constexpr size_t kScriptLineBytes = 256;  // how much of the file is looked at

struct ScriptLine {
  std::string_view interpreter;  // empty: not a script, or one without interpreter (ENOEXEC)
  std::string_view argument;     // empty: none
};

// `head` is the start of the file, and one NUL if that is all of it. A line that does not end within
// it is no script line, unless the interpreter's name does.
constexpr ScriptLine ParseScriptLine(std::string_view head) {
  ScriptLine result;
  if (!head.starts_with("#!")) return result;
  head.remove_prefix(2);
  size_t length = 0;
  while (length < head.size() && head[length] != '\n' && head[length] != '\0') ++length;
  const bool complete = length < head.size();
  std::string_view line(head.data(), length);
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && (blank(line.back()))) line.remove_suffix(1);
  size_t name = 0;
  while (name < line.size() && !blank(line[name])) ++name;
  if (!complete && name == line.size()) return result;
  result.interpreter = {line.data(), name};
  line.remove_prefix(name);
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  result.argument = line;
  return result;
}

}  // namespace exec
