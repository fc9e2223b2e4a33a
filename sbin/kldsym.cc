// SPDX-License-Identifier: BSD-2-Clause
//
// kldsym [-i id | -n file] name ... | kldsym [-i id | -n file] -a address ...
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::kldsym {
namespace {

constexpr std::string_view kName = "kldsym";
constexpr std::string_view kUsageText = "kldsym [-a] [-i id | -n file] name|address ...";

std::string FileName(System& system, int id) {
  kld_file_stat stat;
  return system.Stat(id, stat) == 0 ? stat.name : kld::Format("file %d", id);
}

bool PrintByName(System& system, Terminal& terminal, int file_id, const std::string& name) {
  kld_sym_lookup lookup = {};
  int64_t error = -ENAMETOOLONG;
  if (name.size() < sizeof(lookup.symname)) {
    memcpy(lookup.symname, name.c_str(), name.size() + 1);
    error = system.Symbol(file_id, KLDSYM_LOOKUP, lookup);
  }
  if (error < 0) {
    terminal.Err("kldsym: can't find symbol " + name + ": " + kld::ErrorText(-error) + "\n");
    return false;
  }
  terminal.Out(kld::Format("0x%016llx %8llx %s (%s)\n",
                           static_cast<unsigned long long>(lookup.value),
                           static_cast<unsigned long long>(lookup.size), name.c_str(),
                           FileName(system, lookup.file_id).c_str()));
  return true;
}

bool PrintByAddress(System& system, Terminal& terminal, int file_id, const std::string& word) {
  const auto address = kld::ParseAddress(word);
  if (!address) {
    terminal.Err("kldsym: '" + word + "' is not an address\n");
    return false;
  }
  kld_sym_lookup lookup = {};
  lookup.value = *address;
  const int64_t error = system.Symbol(file_id, KLDSYM_ADDRESS, lookup);
  if (error < 0) {
    terminal.Err("kldsym: no symbol at " + word + ": " + kld::ErrorText(-error) + "\n");
    return false;
  }
  std::string name = lookup.symname;
  if (lookup.offset) {
    name += kld::Format("+0x%llx", static_cast<unsigned long long>(lookup.offset));
  }
  terminal.Out(kld::Format("0x%016llx %s (%s)\n", static_cast<unsigned long long>(*address),
                           name.c_str(), FileName(system, lookup.file_id).c_str()));
  return true;
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  kld::Options options(arguments, "ai:n:");
  bool addresses = false;
  std::string id_text, file;
  while (const auto option = options.Next()) {
    if (*option == 'a') addresses = true;
    if (*option == 'i') id_text = options.argument();
    if (*option == 'n') file = options.argument();
  }
  std::string error = options.error();
  const auto id = kld::ParseInteger(id_text.empty() ? "0" : id_text);
  if (error.empty() && (!id || *id < 0 || *id > INT_MAX))
    error = "'" + id_text + "' is not a file id";
  if (error.empty() && !id_text.empty() && !file.empty()) error = "-i and -n exclude each other";
  if (error.empty() && options.operands().empty()) error = "nothing to look up";
  if (!error.empty()) return PrintUsage(terminal, kName, error, kUsageText);

  int64_t file_id = *id;
  if (!file.empty() && (file_id = system.Find(file)) < 0) {
    terminal.Err("kldsym: can't find file " + file + ": " + kld::ErrorText(-file_id) + "\n");
    return kFailure;
  }
  int status = 0;
  for (const std::string& word : options.operands()) {
    const bool found = addresses ? PrintByAddress(system, terminal, file_id, word)
                                 : PrintByName(system, terminal, file_id, word);
    if (!found) status = kFailure;
  }
  return status;
}

}  // namespace sbin::kldsym
