// SPDX-License-Identifier: BSD-2-Clause
//
// boot_test NAME QEMU_ARGS LOADER ARCHIVE COMMAND_LINE SCENARIO [FILE=PATH]...
//
// Boots ARCHIVE followed by a second archive of the scenario's commands and the extra files, and
// checks what the scenario says. Writes $XML_OUTPUT_FILE. Exit: 0 if every case passed.

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/boot/qemu.h"
#include "tests/boot/scenario.h"
#include "tools/newc.h"

namespace {

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "boot_test: " << what << "\n";
  std::exit(1);
}

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) Fail("cannot read " + path);
  return content.str();
}

// A short path: QEMU's sockets and a test's own folder do not go together (108 characters).
class TemporaryFolder {
 public:
  TemporaryFolder() {
    if (mkdtemp(path_) == nullptr) Fail("cannot make a temporary folder");
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string operator/(const char* name) const {
    return path_ + ("/" + std::string(name));
  }

 private:
  char path_[32] = "/tmp/boot.XXXXXX";
};

std::string ExtraArchive(const boot::Scenario& scenario, const std::vector<std::string>& files) {
  tools::NewcArchive archive;
  bool good = true;
  if (scenario.HasCommands()) {
    good = archive.AddFile("/boot/command", 0644, boot::ScriptOf(scenario));
  }
  for (const std::string& file : files) {
    const size_t equals = file.find('=');
    if (equals == std::string::npos) Fail("`" + file + "': want FILE=PATH");
    good = good && archive.AddFile(file.substr(equals + 1), 0755, Read(file.substr(0, equals)));
  }
  if (!good) Fail("an extra file's path is bad");
  return archive.Serialise();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) Fail("usage: NAME QEMU_ARGS LOADER ARCHIVE COMMAND_LINE SCENARIO [FILE=PATH]...");
  boot::Scenario scenario;
  if (const std::string error = boot::ParseScenario(Read(argv[6]), scenario); !error.empty()) {
    Fail(std::string(argv[6]) + ": " + error);
  }
  const TemporaryFolder folder;
  boot::Machine machine;
  machine.loader = argv[3];
  machine.archive = folder / "archive";
  machine.status_file = folder / "status";
  machine.command_line = argv[5];
  if (!scenario.command_line.empty()) {
    machine.command_line += (machine.command_line.empty() ? "" : " ") + scenario.command_line;
  }
  std::ofstream(machine.archive, std::ios::binary)
      << Read(argv[4]) << ExtraArchive(scenario, {argv + 7, argv + argc});

  const std::string text = Read(argv[2]);
  const std::vector<std::string> arguments = boot::QemuArguments(text, machine);
  if (arguments.empty()) Fail(std::string(argv[2]) + ": no program, or an unknown % escape");
  const auto outcome = boot::Boot(arguments, boot::StatusFile(text, machine),
                                  scenario.timeout_seconds, [](std::string_view) {});
  if (!outcome) Fail("cannot run " + arguments[0]);

  const std::vector<boot::CaseResult> results = boot::Check(scenario, *outcome);
  if (const char* xml = std::getenv("XML_OUTPUT_FILE")) {
    std::ofstream(xml) << boot::ToXml(argv[1], results);
  }
  int failures = 0;
  for (const boot::CaseResult& result : results) {
    std::cout << (result.failure.empty() ? "ok    " : "FAIL  ") << result.name << "\n"
              << result.failure;
    failures += result.failure.empty() ? 0 : 1;
  }
  if (failures != 0) std::cout << "--- console ---\n" << outcome->console;
  return failures == 0 ? 0 : 1;
}
