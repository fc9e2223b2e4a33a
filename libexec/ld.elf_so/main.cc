// SPDX-License-Identifier: BSD-2-Clause
//
// From the kernel's stack to the program's entry.
#include "libexec/ld.elf_so/lifecycle.h"
#include "libexec/ld.elf_so/options.h"
#include "libexec/ld.elf_so/printer.h"
#include "libexec/ld.elf_so/program.h"
#include "libexec/ld.elf_so/self.h"
#include "libexec/ld.elf_so/start_info.h"

namespace ldso {
namespace {

// A program that could not be started, as a shell says it.
constexpr int kCannotRun = 127;

// What the program calls when it exits, as the psABIs have it.
void AtExit() { lifecycle.Terminate(); }

void TakeCommandLine(const StartInfo& start, Options& options) {
  if (!ReadCommandLine(start.argc(), start.argv(), options)) {
    Printer(kStandardError) << "ld.elf_so: " << options.error_word
                            << (options.error_word[0] ? " " : "") << options.error << "\n"
                            << kHelpText;
    Exit(kCannotRun);
  }
  if (options.help) {
    Printer(kStandardOutput) << kHelpText;
    Exit(0);
  }
}

// The program sees itself as the kernel would have started it.
void BecomeProgram(StartInfo& start, const Options& options, const Module& program) {
  start.Set(kAuxPhdr, program.plan.phdrs.empty() ? 0 : program.RunTime(program.plan.phdrs.begin));
  start.Set(kAuxPhnum, program.plan.phdrs.size / sizeof(Traits::Layout::Phdr));
  start.Set(kAuxEntry, program.RunTime(program.entry));
  start.Set(kAuxBase, OwnBias());
  start.Set(kAuxExecFn, reinterpret_cast<uintptr_t>(options.program));
  start.DropArguments(options.own_arguments);
  if (options.argv0) start.argv()[0] = const_cast<char*>(options.argv0);
}

// The linker's state lives as long as the process: its destructor would unmap the program.
alignas(ProgramLinker) char linker_memory[sizeof(ProgramLinker)];

}  // namespace

void Main(uintptr_t* stack) {
  // 1. What the user wants.
  StartInfo start(stack);
  Options options;
  ReadEnvironment(start.environment(), start.Get(kAuxSecure) != 0, options);
  if (!options.unknown_debug.empty()) {
    Printer(kStandardError) << "ld.elf_so: LD_DEBUG: unknown topic " << options.unknown_debug
                            << "\n";
  }
  // The kernel starts us where it starts the program itself when we are the program.
  const bool is_command = start.Get(kAuxEntry) == reinterpret_cast<uintptr_t>(&_start);
  if (is_command) TakeCommandLine(start, options);

  // 2. The program and all it needs.
  auto& linker = *new (linker_memory) ProgramLinker(start, options);
  const bool opened = is_command ? linker.OpenProgram(options.program) : linker.AdoptProgram();
  if (options.verify) Exit(opened ? 0 : 1);
  if (!opened) Exit(kCannotRun);
  const bool planned = linker.Plan();
  if (options.list) Exit(linker.List());

  // 3. Linked, initialised, started.
  if (!planned || !linker.Link()) Exit(kCannotRun);
  if (is_command) BecomeProgram(start, options, linker.program());
  lifecycle.Initialise({start.argc(), start.argv(), start.environment()});
  arch::EnterProgram(linker.entry(), reinterpret_cast<uintptr_t>(start.stack()),
                     reinterpret_cast<uintptr_t>(&AtExit));
}

}  // namespace ldso
