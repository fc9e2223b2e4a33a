// SPDX-License-Identifier: BSD-2-Clause
//
// boot_run --qemu ARGS --loader FILE --archive FILE [--append TEXT] [--timeout SECONDS]
//          [--command TEXT] [--with FILE]...
//          [--gdb KERNEL [--target-description FILE] [--sources FOLDER] [--debugger NAME]]
//
// What `./build.sh run` starts. Without --command: the console is this terminal (Ctrl-A X ends
// QEMU). With it: TEXT goes into the booted system as /boot/command, each --with file as
// /extra/NAME, the console from the marker on goes to standard output, and the exit status is the
// booted system's. A crash or a time-out is 125, with the panic's text on standard error.
//
// With --gdb the machine stands still until GDB comes: the line for it, with KERNEL and its
// modules, goes to standard error.

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "tests/boot/gdb.h"
#include "tests/boot/qemu.h"
#include "tools/newc.h"

namespace {

struct Options {
  std::string qemu, loader, archive, append;
  std::optional<boot::GdbFiles> gdb;
  std::optional<std::string> command;
  std::vector<std::string> with;
  int timeout = 120;
};

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "boot_run: " << what << "\n";
  std::exit(2);
}

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) Fail("cannot read " + path);
  return content.str();
}

boot::GdbFiles& Gdb(Options& options) {
  if (!options.gdb) options.gdb.emplace();
  return *options.gdb;
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) Fail(name + " wants a value");
    const std::string value = argv[i + 1];
    if (name == "--qemu") {
      options.qemu = value;
    } else if (name == "--loader") {
      options.loader = value;
    } else if (name == "--archive") {
      options.archive = value;
    } else if (name == "--append") {
      options.append = value;
    } else if (name == "--command") {
      options.command = value;
    } else if (name == "--with") {
      options.with.push_back(value);
    } else if (name == "--gdb") {
      Gdb(options).kernel = value;
    } else if (name == "--target-description") {
      Gdb(options).target_description = value;
    } else if (name == "--sources") {
      Gdb(options).sources = value;
    } else if (name == "--debugger") {
      Gdb(options).program = value;
    } else if (name == "--timeout") {
      char* end = nullptr;
      const long seconds = std::strtol(value.c_str(), &end, 10);
      if (*end != '\0' || seconds < 1 || seconds > 86400) Fail("--timeout: 1 to 86400 seconds");
      options.timeout = static_cast<int>(seconds);
    } else {
      Fail("unknown option " + name);
    }
  }
  if (options.qemu.empty() || options.loader.empty() || options.archive.empty()) {
    Fail("--qemu, --loader and --archive are needed");
  }
  if (options.gdb && options.gdb->kernel.empty()) Fail("--gdb is needed");
  return options;
}

std::string ExtraArchive(const Options& options) {
  tools::NewcArchive archive;
  if (options.command) {
    const std::string script = std::string(boot::kScriptHead) + *options.command + "\n";
    if (!archive.AddFile("/boot/command", 0644, script)) Fail("cannot add the command");
  }
  for (const std::string& file : options.with) {
    const std::string name = std::filesystem::path(file).filename();
    if (!archive.AddFile("/extra/" + name, 0755, Read(file))) Fail("bad name: " + file);
  }
  return archive.Serialise();
}

int RunCommand(const std::vector<std::string>& arguments, const std::string& status_file,
               int timeout) {
  boot::MarkerFilter filter;
  const auto outcome = boot::Boot(arguments, status_file, timeout, [&](std::string_view piece) {
    std::cout << filter.Feed(piece) << std::flush;
  });
  if (!outcome) Fail("cannot run " + arguments[0]);
  if (outcome->timed_out) {
    std::cerr << "boot_run: timed out after " << timeout << " s; the console ended:\n";
  }
  if (outcome->status == boot::kCrashed) std::cerr << boot::CrashText(outcome->console);
  return outcome->status;
}

// Prepares `folder` for GDB, prints the line for it, and returns what QEMU must be told.
std::vector<std::string> PrepareGdb(const boot::GdbFiles& files, const std::string& archive,
                                    const std::string& folder) {
  std::string error;
  const std::string sysroot = folder + "/root";
  const std::vector<std::string> folders = boot::UnpackModules(archive, sysroot, &error);
  if (!error.empty()) Fail(error);
  const std::string path = folder + "/gdb";
  const int listening = boot::ListenAt(path);
  if (listening < 0) Fail("cannot listen at " + path + ": " + std::strerror(errno));
  std::cerr << boot::GdbCommand(files, path, sysroot, folders) << std::endl;
  return boot::GdbStubOptions(listening);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  char folder[] = "/tmp/boot.XXXXXX";
  if (mkdtemp(folder) == nullptr) Fail("cannot make a temporary folder");
  boot::Machine machine;
  machine.loader = options.loader;
  machine.archive = std::string(folder) + "/archive";
  machine.status_file = std::string(folder) + "/status";
  machine.command_line = options.append;
  const std::string archive = Read(options.archive) + ExtraArchive(options);
  std::ofstream(machine.archive, std::ios::binary) << archive;

  const std::string text = Read(options.qemu);
  std::vector<std::string> arguments = boot::QemuArguments(text, machine);
  if (arguments.empty()) Fail(options.qemu + ": no program, or an unknown % escape");
  if (options.gdb) {
    for (std::string& option : PrepareGdb(*options.gdb, archive, folder)) {
      arguments.push_back(std::move(option));
    }
  }
  const std::string status_file = boot::StatusFile(text, machine);
  const int status = options.command ? RunCommand(arguments, status_file, options.timeout)
                                     : boot::BootInteractive(arguments, status_file);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return status;
}
