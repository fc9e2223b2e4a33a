// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/snapshot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tests {
namespace {

namespace fs = std::filesystem;

// Runs a command without input and output; its wait status, or -1.
int Run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, file, "/dev/null", O_RDWR, 0);
  }
  pid_t child = 0;
  int status = -1;
  if (posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0) {
    waitpid(child, &status, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

std::vector<std::string> CommandOf(const Launch& launch, const std::string& program,
                                   const std::string& output) {
  std::vector<std::string> command = {"timeout", "60"};
  const std::vector<std::string> variables = {"LD_PRELOAD=" + launch.preload, "LD_BIND_NOW=1",
                                              "SNAPSHOT=" + output};
  if (launch.emulator.empty()) {
    command.push_back("env");
    command.insert(command.end(), variables.begin(), variables.end());
  } else {
    std::istringstream words(launch.emulator);
    for (std::string word; words >> word;) command.push_back(word);
    // The linker would read this machine's cache, and find this machine's libraries there.
    command.insert(command.end(),
                   {"-L", launch.root, "-E", "LD_LIBRARY_PATH=" + launch.root + "/lib"});
    for (const std::string& variable : variables) command.insert(command.end(), {"-E", variable});
  }
  command.push_back(program);
  return command;
}

// Where the file is on this machine.
std::string PathOf(const Launch& launch, const std::string& path) {
  for (const std::string& candidate : {launch.root + path, path}) {
    std::error_code error;
    const fs::path real = fs::canonical(candidate, error);
    if (!error && fs::is_regular_file(real)) return real;
  }
  return {};
}

bool ReadMemory(std::ifstream& file, std::istringstream& line, SnapshotObject& object) {
  SnapshotObject::Memory memory;
  uint64_t size = 0;
  if (!(line >> memory.vaddr >> size)) return false;
  memory.bytes.resize(size);
  if (!file.read(reinterpret_cast<char*>(memory.bytes.data()),
                 static_cast<std::streamsize>(size))) {
    return false;
  }
  object.writable.push_back(std::move(memory));
  return file.get() == '\n';
}

bool Read(const Launch& launch, const std::string& program, const std::string& output,
          Snapshot& snapshot) {
  std::ifstream file(output, std::ios::binary);
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    line >> std::hex;
    std::string word;
    line >> word;
    if (word == "end") return !snapshot.objects.empty();
    if (word == "tls") {
      line >> snapshot.tls_variable;
    } else if (word == "object") {
      SnapshotObject& object = snapshot.objects.emplace_back();
      line >> object.bias >> object.tls_module >> object.tls_block;
      std::string path;
      if (!(line >> path) && snapshot.objects.size() == 1) path = program;
      object.path = PathOf(launch, path);
    } else if (word != "memory" || snapshot.objects.empty() ||
               !ReadMemory(file, line, snapshot.objects.back())) {
      return false;
    }
  }
  return false;
}

}  // namespace

const uint8_t* SnapshotObject::At(uint64_t vaddr, uint64_t size) const {
  for (const Memory& memory : writable) {
    const uint64_t at = vaddr - memory.vaddr;
    if (at <= memory.bytes.size() && size <= memory.bytes.size() - at) {
      return memory.bytes.data() + at;
    }
  }
  return nullptr;
}

bool Take(const Launch& launch, const std::string& program, Snapshot& snapshot,
          std::string& error) {
  std::string output = (fs::temp_directory_path() / "snapshot.XXXXXX").string();
  const int file = mkstemp(output.data());
  if (file < 0) return error = "no file for a snapshot", false;
  close(file);
  const int status = Run(CommandOf(launch, program, output));
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const bool read = ended && Read(launch, program, output, snapshot);
  fs::remove(output);
  if (read) return true;
  error = program + (ended ? ": no snapshot was taken"
                           : ": cannot be started, wait status " + std::to_string(status));
  return false;
}

}  // namespace tests
