// SPDX-License-Identifier: BSD-2-Clause
//
// A machine started as `./build.sh run --gdb` starts it, and a stock GDB started with the very line
// that was printed for it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/gdb/child.h"

namespace gdb_test {

// Paths of one CPU's system, in the test's runfiles.
struct System {
  std::string run;   // tests/boot:boot_run
  std::string qemu;  // arch/<cpu>/qemu.args
  std::string loader;
  std::string archive;
  std::string kernel;
  std::string debugger;            // the program
  std::string target_description;  // arch/<cpu>/gdb/target.xml; empty: the CPU needs none
};

class Session {
 public:
  // Boots `system` with `append` on the kernel's command line; with a `command` (not null) as
  // `run -c` does, otherwise with the console on machine()'s streams. GDB is connected, and the
  // machine stands before its first instruction.
  Session(const System& system, const std::string& append, const char* command);

  // Gives GDB a command and returns what it prints, standard error included, once it has done it.
  std::string Do(std::string_view command);
  // Do of a command that lets the machine run until it stops elsewhere. When a timer is due, QEMU can
  // end the step that leaves a breakpoint before it has begun, and GDB tells of that breakpoint once
  // more (docs/debugging.md): the command is given again then.
  std::string Go(std::string_view command);
  // The two halves of Do: for a command that runs until something else happens.
  void Begin(std::string_view command);
  std::string End();
  // What Ctrl-C does.
  void Interrupt();

  Child& machine() { return *machine_; }
  // The folder that is the system's root for GDB.
  const std::string& sysroot() const { return sysroot_; }
  const std::string& socket() const { return socket_; }

 private:
  // Program counter and stack pointer.
  std::string Place();

  std::string sysroot_, socket_;
  std::unique_ptr<Child> machine_, gdb_;
  int asked_ = 0;
};

}  // namespace gdb_test
