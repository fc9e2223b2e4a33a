// SPDX-License-Identifier: BSD-2-Clause
//
// Process 1 on a real kernel.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "lib/kld/report.h"
#include "lib/kld/system.h"
#include "lib/kld/terminal.h"
#include "lib/kld/text.h"
#include "sbin/init.h"

namespace {

constexpr char kConsole[] = "/dev/console";
char* const kEnvironment[] = {const_cast<char*>("PATH=/sbin:/bin:/usr/sbin:/usr/bin"),
                              const_cast<char*>("HOME=/"),
                              const_cast<char*>("SHELL=/bin/sh"),
                              const_cast<char*>("USER=root"),
                              const_cast<char*>("TERM=vt100"),
                              const_cast<char*>("ENV=/etc/shrc"),  // of interactive shells
                              nullptr};

// The console stays free to become the controlling terminal of each shell's session.
bool MakeConsoleStandard() {
  const int console = open(kConsole, O_RDWR | O_NOCTTY);
  if (console < 0) return false;
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (descriptor != console && dup2(console, descriptor) < 0) return false;
  }
  if (console > 2) close(console);
  return true;
}

class RealMachine final : public sbin::Machine {
 public:
  bool OpenConsole() override { return MakeConsoleStandard(); }

  bool IsExecutable(const char* path) override { return access(path, X_OK) == 0; }
  bool Exists(const char* path) override { return access(path, F_OK) == 0; }

  std::optional<std::string> ReadFile(const char* path) override {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    std::string text;
    char piece[1024];
    ssize_t got;
    while ((got = read(file, piece, sizeof piece)) > 0) text.append(piece, got);
    close(file);
    if (got < 0) return std::nullopt;
    return text;
  }

  void LoadModule(const std::string& name) override {
    kld::StandardTerminal terminal;
    const int64_t id = system_.Load(name, "", 0);
    if (id < 0) kld::PrintFailure(system_, terminal, "init", name, id);
  }

  void Write(std::string_view text) override {
    while (!text.empty()) {
      const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      text.remove_prefix(written);
    }
  }

  void SetConsoleLevel(const char* level) override {
    const std::string value = level;
    const int64_t error = system_.Sysctl("kern.console_level", nullptr, &value);
    if (error < 0) Write("init: kern.console_level: " + kld::ErrorText(-error) + "\n");
  }

  int Run(const std::vector<std::string>& arguments) override {
    std::vector<char*> words;
    for (const std::string& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) Become(words.data());
    for (;;) {
      int status = 0;
      const pid_t dead = waitpid(-1, &status, 0);
      if (dead == child) return status;
      if (dead < 0 && errno != EINTR) return -errno;
    }
  }

  void PowerOff(int status) override {
    const int64_t error = system_.PowerOff(status);
    Write("init: power-off: " + kld::ErrorText(-error) + "\n");
  }

 private:
  [[noreturn]] void Become(char** words) {
    setsid();
    // Without a controlling terminal the program still runs; the shell says what it misses.
    ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    execve(words[0], words, kEnvironment);
    Write(std::string("init: ") + words[0] + ": " + kld::ErrorText(errno) + "\n");
    _exit(127);
  }

  kld::KernelSystem system_;
};

}  // namespace

int main() {
  if (getpid() != 1) {
    static constexpr char kMessage[] = "init: not process 1\n";
    return write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1) < 0 ? 2 : 1;
  }
  RealMachine machine;
  sbin::Init(machine);
  for (;;) pause();
}
