// SPDX-License-Identifier: BSD-2-Clause
//
// Links a program and its libraries: rtld_shared's session with what only a process needs around it
// (preloads, TLS, the debugger's list, listings).
#pragma once

#include <cstdint>
#include <string_view>

#include "libexec/ld.elf_so/options.h"
#include "libexec/ld.elf_so/seams.h"
#include "libexec/ld.elf_so/start_info.h"

namespace ldso {

class ProgramLinker {
 public:
  ProgramLinker(const StartInfo& start, const Options& options);

  // The program is the kernel's: its headers are where the auxiliary vector says.
  [[nodiscard]] bool AdoptProgram();
  // The program is a file that the user named.
  [[nodiscard]] bool OpenProgram(const char* path);

  // Finds everything it needs and reads the headers. A listing may go on after a failure.
  [[nodiscard]] bool Plan();
  // Prints what was planned, as ldd does; returns the exit status.
  int List();
  // Maps, relocates, runs resolvers, seals, starts TLS. Then the program can run.
  [[nodiscard]] bool Link();

  // After Link: the program, and where it begins.
  const Module& program() const { return *program_; }
  uintptr_t entry() const { return program_entry_; }

 private:
  [[nodiscard]] bool AddPreloads(std::string_view names);
  [[nodiscard]] bool AdoptSelf();
  [[nodiscard]] std::string_view OwnPath();
  [[nodiscard]] bool StartTls();
  [[nodiscard]] bool TellDebugger();
  void TellFiles();
  void TellRelocations();
  void TellStatistics(std::span<Module* const> modules);
  // Reports what the session does not know of.
  bool Fail(std::string_view image, std::string_view what);

  const StartInfo& start_;
  const Options& options_;
  bool secure_;
  PageArena arena_;
  Reporter reporter_;
  LibraryFinder finder_;
  MmapLoader loader_;
  LookupStatistics lookups_;
  Session session_;
  ImageFile program_file_;
  const Module* program_ = nullptr;
  uintptr_t program_entry_ = 0;
  uint64_t began_ = 0, planned_ = 0, mapped_ = 0, relocated_ = 0, finished_ = 0;  // nanoseconds
};

}  // namespace ldso
