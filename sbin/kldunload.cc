// SPDX-License-Identifier: BSD-2-Clause
//
// kldunload [-fv] -i id ... | kldunload [-fv] [-n] name ...
#include <cerrno>
#include <climits>
#include <string>
#include <vector>

#include "lib/kld/report.h"
#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::kldunload {
namespace {

constexpr std::string_view kName = "kldunload";
constexpr std::string_view kUsageText =
    "kldunload [-fv] -i id ...\n       kldunload [-fv] [-n] name ...";

// A path names the file it was loaded from, whose name is its last component.
std::string BaseName(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

// The id of the file `word` means, or a negated errno, explained.
int64_t FindFile(System& system, Terminal& terminal, const std::string& word, bool by_id) {
  if (!by_id) {
    const int64_t id = system.Find(BaseName(word));
    if (id < 0)
      terminal.Err("kldunload: can't find file " + word + ": " + kld::ErrorText(-id) + "\n");
    return id;
  }
  const auto id = kld::ParseInteger(word);
  if (id && *id > 0 && *id <= INT_MAX) return *id;
  terminal.Err("kldunload: '" + word + "' is not a file id\n");
  return -EINVAL;
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  kld::Options options(arguments, "finv");
  bool force = false, by_id = false, verbose = false;
  while (const auto option = options.Next()) {
    if (*option == 'f') force = true;
    if (*option == 'i') by_id = true;
    if (*option == 'n') by_id = false;
    if (*option == 'v') verbose = true;
  }
  if (!options.error().empty()) return PrintUsage(terminal, kName, options.error(), kUsageText);
  if (options.operands().empty()) {
    return PrintUsage(terminal, kName, by_id ? "no id given" : "no name given", kUsageText);
  }

  int status = 0;
  for (const std::string& word : options.operands()) {
    const int64_t id = FindFile(system, terminal, word, by_id);
    if (id < 0) {
      status = kFailure;
      continue;
    }
    if (verbose) {
      kld_file_stat stat;
      const bool known = system.Stat(id, stat) == 0;
      terminal.Out(kld::Format("Unloading %s, id=%d\n", known ? stat.name : word.c_str(),
                               static_cast<int>(id)));
    }
    const int64_t error = system.Unload(id, force ? KLD_UNLOAD_FORCE : 0);
    if (error < 0) {
      kld::PrintFailure(system, terminal, kName, "can't unload " + word, error);
      status = kFailure;
    }
  }
  return status;
}

}  // namespace sbin::kldunload
