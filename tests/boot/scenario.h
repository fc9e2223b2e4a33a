// SPDX-License-Identifier: BSD-2-Clause
//
// A boot scenario: what to type into a booted system and what must come out. README.md has the
// format; this is its parser, the shell script made of it, and the comparison.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/boot/qemu.h"

namespace boot {

// One command and all that it prints, standard error included.
struct Command {
  int line = 0;      // in the scenario file
  std::string text;  // one or more lines of shell
  std::vector<std::string> expected;
  int status = 0;
};

// A line that the kernel prints before the shell starts (everything, if none does).
struct ConsoleLine {
  int line = 0;
  std::string pattern;
  bool absent = false;  // `no console:`: no line may match
};

struct Case {
  std::string name;
  std::vector<std::variant<Command, ConsoleLine>> steps;
};

struct Scenario {
  std::string command_line;  // added to the kernel's
  int timeout_seconds = 120;
  bool hang_is_crash = false;  // a time-out is the status 125, and may be expected
  int status = 0;              // what the machine must end with
  std::vector<Case> cases;

  [[nodiscard]] bool HasCommands() const;
};

// Returns the message of the first error, or "" and fills `scenario`.
[[nodiscard]] std::string ParseScenario(std::string_view text, Scenario& scenario);

// The script for /boot/command: each command between two records, \x1e BEGIN n \x1e and
// \x1e END n STATUS \x1e, in one and the same shell.
[[nodiscard]] std::string ScriptOf(const Scenario& scenario);

// A pattern is the line itself, or a regular expression (ECMAScript, the whole line) if it ends in
// " (re)". In a command's output the line "..." stands for any lines, or none.
[[nodiscard]] bool LineMatches(const std::string& pattern, const std::string& line);
[[nodiscard]] bool LinesMatch(const std::vector<std::string>& patterns,
                              const std::vector<std::string>& lines);

struct CaseResult {
  std::string name;
  std::string failure;  // "" if the case passed
};

// One result for each case, and first one named "boot" for the machine's status.
[[nodiscard]] std::vector<CaseResult> Check(const Scenario& scenario, const Outcome& outcome);

// A JUnit file, as Bazel and CI read it.
[[nodiscard]] std::string ToXml(const std::string& suite, const std::vector<CaseResult>& results);

}  // namespace boot
