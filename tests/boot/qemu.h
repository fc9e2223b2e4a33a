// SPDX-License-Identifier: BSD-2-Clause
//
// Runs a boot under QEMU without a terminal and collects what comes out of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boot {

// The status of a boot that ended in a panic, a crash of the machine or a time-out. A shell in the
// booted system can return it too, as with env(1) and its like.
inline constexpr int kCrashed = 125;

// What %L, %A, %C and %S stand for in arch/<cpu>/qemu.args.
struct Machine {
  std::string loader;        // %L
  std::string archive;       // %A
  std::string command_line;  // %C: one argument, whatever blanks it has
  std::string status_file;   // %S: the guest's status byte goes here; no %S: QEMU's exit code is it
};

// The argument vector of arch/<cpu>/qemu.args: words separated by white space, '#' to the end of a
// line is a comment, %% is a percent sign. Empty on an unknown escape or a file without words.
[[nodiscard]] std::vector<std::string> QemuArguments(std::string_view text, const Machine& machine);

// The file that the status of such a machine goes to; empty where QEMU's exit code is the status.
[[nodiscard]] std::string StatusFile(std::string_view text, const Machine& machine);

struct Outcome {
  int status = kCrashed;   // 0..255
  bool timed_out = false;  // then QEMU was killed, and the status is kCrashed
  std::string console;     // everything, carriage returns before line feeds removed
};

// Starts `arguments` with an empty standard input, gives its output to `output` as it comes, and
// ends it after `timeout_seconds`. QEMU's own complaints go to this process's standard error.
// Nothing if the program cannot be started.
[[nodiscard]] std::optional<Outcome> Boot(const std::vector<std::string>& arguments,
                                          const std::string& status_file, int timeout_seconds,
                                          const std::function<void(std::string_view)>& output);

// The same with somebody at the keyboard: what `answer` returns is typed on the console.
[[nodiscard]] std::optional<Outcome> BootTyping(
    const std::vector<std::string>& arguments, const std::string& status_file, int timeout_seconds,
    const std::function<std::string(std::string_view)>& answer);

// Starts `arguments` on this process's terminal, waits for its end, and returns the status.
[[nodiscard]] int BootInteractive(const std::vector<std::string>& arguments,
                                  const std::string& status_file);

// What to show of a boot that crashed: from the last line that starts with "panic" on, or the last
// 40 lines if there is none.
[[nodiscard]] std::string CrashText(std::string_view console);

// How every /boot/command starts.
inline constexpr std::string_view kScriptHead = "[ ! -r /etc/shrc ] || . /etc/shrc\n";

// Tells apart what a console prints before and behind the marker line, piece by piece: the line
// kMarker alone, which the booted system prints immediately before it runs /boot/command.
inline constexpr std::string_view kMarker =
    "\x1e"
    "DYNLINK-OUTPUT\x1e";

class MarkerFilter {
 public:
  // Returns the part of everything given so far that lies behind the marker line and has not been
  // returned yet. Carriage returns before line feeds vanish.
  [[nodiscard]] std::string Feed(std::string_view piece);

 private:
  std::string pending_;  // before the marker: the last, incomplete line; behind: a lone '\r'
  bool passed_ = false;
};

}  // namespace boot
