// SPDX-License-Identifier: BSD-2-Clause

#include "tests/boot/qemu.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace boot {
namespace {

using Clock = std::chrono::steady_clock;

std::string WithoutReturns(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || (i + 1 < text.size() && text[i + 1] != '\n')) out += text[i];
  }
  return out;
}

std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// An empty status file means that the machine stopped without saying so.
int Status(const std::string& status_file, int wait_status) {
  if (!status_file.empty()) {
    std::ifstream in(status_file, std::ios::binary);
    const int byte = in.get();
    return byte == std::ifstream::traits_type::eof() ? kCrashed : byte;
  }
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kCrashed;
}

int WaitFor(pid_t child) {
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  return wait_status;
}

// A machine that is gone takes no more keys.
void Type(int keyboard, std::string_view keys) {
  while (!keys.empty()) {
    const ssize_t sent = send(keyboard, keys.data(), keys.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    keys.remove_prefix(static_cast<size_t>(sent));
  }
}

// `input` becomes the program's standard input; what `answer` returns is sent to `keyboard`.
std::optional<Outcome> Run(const std::vector<std::string>& arguments,
                           const std::string& status_file, int timeout_seconds, int input,
                           int keyboard,
                           const std::function<std::string(std::string_view)>& answer) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return std::nullopt;
  const std::vector<char*> argv = Pointers(arguments);
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    dup2(input, 0);
    dup2(pipe_ends[1], 1);
    execvp(argv[0], argv.data());
    std::fprintf(stderr, "%s: %s\n", argv[0], std::strerror(errno));
    _exit(127);
  }
  close(pipe_ends[1]);

  Outcome outcome;
  std::string raw;
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(timeout_seconds);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      outcome.timed_out = true;
      break;
    }
    pollfd ready{pipe_ends[0], POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
    char buffer[65536];
    const ssize_t got = read(pipe_ends[0], buffer, sizeof buffer);
    if (got == 0 || (got < 0 && errno != EINTR)) break;
    if (got < 0) continue;
    const std::string_view piece(buffer, static_cast<size_t>(got));
    raw += piece;
    Type(keyboard, answer(piece));
  }
  close(pipe_ends[0]);
  if (outcome.timed_out) kill(child, SIGKILL);
  const int wait_status = WaitFor(child);
  outcome.console = WithoutReturns(raw);
  if (outcome.timed_out) return outcome;
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 127) return std::nullopt;
  outcome.status = Status(status_file, wait_status);
  return outcome;
}

}  // namespace

std::vector<std::string> QemuArguments(std::string_view text, const Machine& machine) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;  // a word has begun; it may be empty, as an empty command line is
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\n';
    if (c == '#' && !inside) {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (inside) words.push_back(word);
      word.clear();
      inside = false;
    } else {
      inside = true;
      if (c != '%') {
        word += c;
        continue;
      }
      switch (++i < text.size() ? text[i] : '\0') {
        case 'L':
          word += machine.loader;
          break;
        case 'A':
          word += machine.archive;
          break;
        case 'C':
          word += machine.command_line;
          break;
        case 'S':
          word += machine.status_file;
          break;
        case '%':
          word += '%';
          break;
        default:
          return {};
      }
    }
  }
  return words;
}

std::string StatusFile(std::string_view text, const Machine& machine) {
  return text.find("%S") == std::string_view::npos ? "" : machine.status_file;
}

std::optional<Outcome> Boot(const std::vector<std::string>& arguments,
                            const std::string& status_file, int timeout_seconds,
                            const std::function<void(std::string_view)>& output) {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) return std::nullopt;
  auto outcome =
      Run(arguments, status_file, timeout_seconds, null, -1, [&](std::string_view piece) {
        output(piece);
        return std::string();
      });
  close(null);
  return outcome;
}

std::optional<Outcome> BootTyping(const std::vector<std::string>& arguments,
                                  const std::string& status_file, int timeout_seconds,
                                  const std::function<std::string(std::string_view)>& answer) {
  int line[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0) return std::nullopt;
  auto outcome = Run(arguments, status_file, timeout_seconds, line[0], line[1], answer);
  close(line[0]);
  close(line[1]);
  return outcome;
}

int BootInteractive(const std::vector<std::string>& arguments, const std::string& status_file) {
  const std::vector<char*> argv = Pointers(arguments);
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[0], argv.data());
    std::fprintf(stderr, "%s: %s\n", argv[0], std::strerror(errno));
    _exit(127);
  }
  if (child < 0) return kCrashed;
  return Status(status_file, WaitFor(child));
}

std::string CrashText(std::string_view console) {
  size_t start = console.rfind("\npanic");
  if (start != std::string_view::npos) return std::string(console.substr(start + 1));
  if (console.starts_with("panic")) return std::string(console);
  start = console.size();
  for (int lines = 0; start > 0; --start) {
    if (console[start - 1] == '\n' && start < console.size() && ++lines == 40) break;
  }
  return std::string(console.substr(start));
}

std::string MarkerFilter::Feed(std::string_view piece) {
  pending_ += piece;
  if (!passed_) {
    // Lines from the marker on; before it only the last, incomplete one is kept.
    size_t line = 0;
    for (size_t end; (end = pending_.find('\n', line)) != std::string::npos; line = end + 1) {
      std::string_view text(pending_.data() + line, end - line);
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text != kMarker) continue;
      passed_ = true;
      line = end + 1;
      break;
    }
    pending_.erase(0, line);
    if (!passed_) return "";
  }
  std::string out;
  std::swap(out, pending_);
  if (out.ends_with('\r')) {
    pending_ = "\r";
    out.pop_back();
  }
  return WithoutReturns(out);
}

}  // namespace boot
