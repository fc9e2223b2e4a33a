// SPDX-License-Identifier: BSD-2-Clause
//
// sysctl [-eNnq] name[=value] ... | sysctl [-eNn] -a
#include <cerrno>
#include <string>

#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::sysctl {
namespace {

constexpr std::string_view kName = "sysctl";
constexpr std::string_view kUsageText = "sysctl [-eNnq] name[=value] ...\n       sysctl [-eNn] -a";

struct Style {
  std::string separator = ": ";
  bool names_only = false;
  bool values_only = false;
  bool quiet = false;
};

void PrintValue(Terminal& terminal, const Style& style, const std::string& name,
                const std::string& value) {
  if (style.names_only) {
    terminal.Out(name + "\n");
  } else if (style.values_only) {
    terminal.Out(value + "\n");
  } else {
    terminal.Out(name + style.separator + value + "\n");
  }
}

// Prints every variable whose name begins with `prefix`; false if there is none.
bool PrintTree(System& system, Terminal& terminal, const Style& style, const std::string& prefix) {
  bool found = false;
  std::string name, next;
  while (system.SysctlNext(name, next) > 0) {
    name = next;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    std::string value;
    if (system.Sysctl(name, &value, nullptr) < 0) continue;  // not for this user
    PrintValue(terminal, style, name, value);
    found = true;
  }
  return found;
}

bool Read(System& system, Terminal& terminal, const Style& style, const std::string& name) {
  std::string value;
  const int64_t error = system.Sysctl(name, &value, nullptr);
  if (error == 0) {
    PrintValue(terminal, style, name, value);
    return true;
  }
  if (error == -ENOENT) {
    if (PrintTree(system, terminal, style, name + ".")) return true;
    if (!style.quiet) terminal.Err("sysctl: unknown oid '" + name + "'\n");
    return false;
  }
  terminal.Err("sysctl: " + name + ": " + kld::ErrorText(-error) + "\n");
  return false;
}

bool Write(System& system, Terminal& terminal, const Style& style, const std::string& name,
           const std::string& value) {
  std::string old, now;
  int64_t error = system.Sysctl(name, &old, &value);
  if (error == 0) error = system.Sysctl(name, &now, nullptr);
  if (error == -ENOENT) {
    if (!style.quiet) terminal.Err("sysctl: unknown oid '" + name + "'\n");
    return false;
  }
  if (error < 0) {
    terminal.Err("sysctl: " + name + "=" + value + ": " + kld::ErrorText(-error) + "\n");
    return false;
  }
  if (!style.quiet) {
    PrintValue(terminal, style, name, style.values_only ? now : old + " -> " + now);
  }
  return true;
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  kld::Options options(arguments, "aeNnq");
  Style style;
  bool all = false;
  while (const auto option = options.Next()) {
    if (*option == 'a') all = true;
    if (*option == 'e') style.separator = "=";
    if (*option == 'N') style.names_only = true;
    if (*option == 'n') style.values_only = true;
    if (*option == 'q') style.quiet = true;
  }
  std::string error = options.error();
  if (error.empty() && all && !options.operands().empty()) error = "-a takes no names";
  if (error.empty() && !all && options.operands().empty()) error = "no name given";
  if (!error.empty()) return PrintUsage(terminal, kName, error, kUsageText);
  if (all) return PrintTree(system, terminal, style, "") ? 0 : kFailure;

  int status = 0;
  for (const std::string& word : options.operands()) {
    const size_t equals = word.find('=');
    const bool done =
        equals == std::string::npos
            ? Read(system, terminal, style, word)
            : Write(system, terminal, style, word.substr(0, equals), word.substr(equals + 1));
    if (!done) status = kFailure;
  }
  return status;
}

}  // namespace sbin::sysctl
