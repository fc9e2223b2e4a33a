// SPDX-License-Identifier: BSD-2-Clause

#include "tests/gdb/session.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

namespace gdb_test {
namespace {

// For everything that one session does; the test's own limit is 300 s.
constexpr std::chrono::seconds kLimit(120);

// What comes behind `command` in `line`, up to the quote.
std::string Argument(const std::string& line, std::string_view command) {
  const size_t at = line.find(command) + command.size();
  return line.substr(at, line.find('\'', at) - at);
}

std::string Absolute(const std::string& path) { return std::filesystem::absolute(path); }

}  // namespace

Session::Session(const System& system, const std::string& append, const char* command) {
  const Deadline deadline = std::chrono::steady_clock::now() + kLimit;
  std::vector<std::string> arguments = {
      system.run,      "--qemu",    system.qemu,  "--loader", system.loader,           "--archive",
      system.archive,  "--append",  append,       "--gdb",    Absolute(system.kernel), "--debugger",
      system.debugger, "--sources", Absolute(".")};
  if (!system.target_description.empty()) {
    arguments.insert(arguments.end(),
                     {"--target-description", Absolute(system.target_description)});
  }
  if (command != nullptr) {
    arguments.insert(arguments.end(), {"--command", command, "--timeout", "3600"});
  }
  machine_ = std::make_unique<Child>(arguments, deadline);
  machine_->Until(Child::kErr, system.debugger + " ");
  std::string line = system.debugger + " " + machine_->Until(Child::kErr, "\n");
  line.pop_back();
  sysroot_ = Argument(line, "'set sysroot ");
  socket_ = Argument(line, "'target remote ");
  // -nx: the caller's own settings are none of the test's business.
  gdb_ = std::make_unique<Child>(
      std::vector<std::string>{"sh", "-c",
                               "exec " + line + " -nx -q -ex 'set width 0' -ex 'set prompt' 2>&1"},
      deadline);
  End();
}

std::string Session::Do(std::string_view command) {
  Begin(command);
  return End();
}

std::string Session::Place() { return Do("output $pc") + " " + Do("output $sp"); }

std::string Session::Go(std::string_view command) {
  const std::string before = Place();
  std::string text = Do(command);
  while (!testing::Test::HasFailure() && Place() == before) text = Do(command);
  return text;
}

void Session::Begin(std::string_view command) { gdb_->Write(std::string(command) + "\n"); }

std::string Session::End() {
  const std::string mark = "<<" + std::to_string(++asked_) + ">>";
  gdb_->Write("echo " + mark + "\\n\n");
  std::string text = gdb_->Until(Child::kOut, mark + "\n");
  return text.substr(0, text.rfind(mark));
}

void Session::Interrupt() { gdb_->Signal(SIGINT); }

}  // namespace gdb_test
