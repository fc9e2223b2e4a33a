// SPDX-License-Identifier: BSD-2-Clause
//
// kldstat [-hqv] [-i id] [-n file] [--json] | kldstat [-q] -m module | kldstat --counters
#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "lib/kld/files.h"
#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::kldstat {
namespace {

constexpr std::string_view kName = "kldstat";
constexpr std::string_view kUsageText =
    "kldstat [-hqv] [-i id] [-n file] [--json]\n       kldstat [-q] -m module\n       "
    "kldstat --counters";
constexpr std::string_view kLongNames[] = {"counters", "json"};

// "0x" and the digits of a pointer; addresses are 64 bits on the wire whatever the CPU.
constexpr int kAddressWidth = 2 + 2 * sizeof(void*);

struct CommandLine {
  bool human = false;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  bool counters = false;
  std::string id;
  std::string file;
  std::string module;
};

const char* StateName(int32_t state) {
  switch (state) {
    case KLD_LOADING:
      return "loading";
    case KLD_LIVE:
      return "live";
    case KLD_QUIESCING:
      return "quiescing";
    case KLD_UNLOADING:
      return "unloading";
    case KLD_DEAD:
      return "dead";
  }
  return "unknown";
}

std::string BuildId(const kld_file_stat& stat) {
  std::string text;
  for (uint32_t i = 0; i < std::min<uint32_t>(stat.build_id_size, sizeof(stat.build_id)); ++i) {
    text += kld::Format("%02x", stat.build_id[i]);
  }
  return text;
}

std::vector<kld_module_stat> ModulesOf(System& system, int file_id) {
  std::vector<kld_module_stat> modules;
  for (int64_t id = system.FirstModule(file_id); id > 0; id = system.NextModuleOfFile(id)) {
    kld_module_stat stat;
    if (system.StatModule(id, stat) < 0) break;  // the file went away while we looked
    modules.push_back(stat);
  }
  return modules;
}

void PrintHeader(Terminal& terminal, const CommandLine& line) {
  terminal.Out(kld::Format("Id Refs Address%*s %*s Name\n", kAddressWidth - 7, "",
                           line.human ? 5 : 8, "Size"));
}

void PrintFile(System& system, Terminal& terminal, const CommandLine& line,
               const kld_file_stat& stat) {
  std::string text = kld::Format("%2d %4d %#*llx ", stat.id, stat.refs, kAddressWidth,
                                 static_cast<unsigned long long>(stat.address));
  // printf's '#' leaves a zero address without its 0x.
  if (stat.address == 0)
    text = kld::Format("%2d %4d %*s ", stat.id, stat.refs, kAddressWidth, "0x0");
  text += line.human ? kld::Format("%5s", kld::Humanize(stat.size).c_str())
                     : kld::Format("%8llx", static_cast<unsigned long long>(stat.size));
  text += std::string(" ") + stat.name;
  if (stat.state != KLD_LIVE) text += std::string(" [") + StateName(stat.state) + "]";
  if (line.verbose) {
    text += kld::Format(" (%s)\n", stat.pathname);
    text += line.human ? "\tResident " + kld::Humanize(stat.resident_size)
                       : kld::Format("\tResident %llx",
                                     static_cast<unsigned long long>(stat.resident_size));
    text += kld::Format(", user references %d", stat.user_refs);
    if (stat.build_id_size) text += ", build-id " + BuildId(stat);
    text += "\n\tContains modules:\n\t\t Id Name\n";
    for (const kld_module_stat& module : ModulesOf(system, stat.id)) {
      text += kld::Format("\t\t%3d %s", module.id, module.name);
      if (module.module_version[0]) text += std::string(" ") + module.module_version;
      text += "\n";
    }
  } else {
    text += "\n";
  }
  terminal.Out(text);
}

std::string JsonFile(System& system, const kld_file_stat& stat) {
  std::string text = kld::Format(
      "{\"id\": %d, \"refs\": %d, \"user_refs\": %d, \"state\": \"%s\", \"address\": \"0x%llx\", "
      "\"size\": %llu, \"resident_size\": %llu, ",
      stat.id, stat.refs, stat.user_refs, StateName(stat.state),
      static_cast<unsigned long long>(stat.address), static_cast<unsigned long long>(stat.size),
      static_cast<unsigned long long>(stat.resident_size));
  text += "\"name\": " + kld::JsonString(stat.name) +
          ", \"path\": " + kld::JsonString(stat.pathname) +
          ", \"build_id\": " + kld::JsonString(BuildId(stat)) + ", \"modules\": [";
  const char* separator = "";
  for (const kld_module_stat& module : ModulesOf(system, stat.id)) {
    text += separator +
            kld::Format("{\"id\": %d, \"refs\": %d, \"name\": ", module.id, module.refs) +
            kld::JsonString(module.name) +
            ", \"version\": " + kld::JsonString(module.module_version) + "}";
    separator = ", ";
  }
  return text + "]}";
}

int StatModule(System& system, Terminal& terminal, const CommandLine& line) {
  const int64_t id = system.FindModule(line.module);
  kld_module_stat stat;
  const int64_t error = id < 0 ? id : system.StatModule(id, stat);
  if (error < 0) {
    if (!line.quiet) {
      terminal.Err("kldstat: can't find module " + line.module + ": " + kld::ErrorText(-error) +
                   "\n");
    }
    return kFailure;
  }
  if (!line.quiet) {
    terminal.Out("Id  Refs Name\n");
    terminal.Out(kld::Format("%3d %4d %s\n", stat.id, stat.refs, stat.name));
  }
  return 0;
}

// What the linker holds, a name and a number a line, in the order of the structure.
int PrintCounters(System& system, Terminal& terminal) {
  kld_counters counters;
  if (const int64_t error = system.Counters(counters); error < 0) {
    terminal.Err("kldstat: can't count: " + kld::ErrorText(-error) + "\n");
    return kFailure;
  }
  const std::pair<const char*, uint64_t> lines[] = {
      {"files", counters.files},
      {"modules", counters.modules},
      {"references", counters.references},
      {"symbols", counters.symbols},
      {"generations", counters.generations},
      {"heap_blocks", counters.heap_blocks},
      {"heap_bytes", counters.heap_bytes},
      {"reserved_bytes", counters.reserved_bytes},
      {"mapped_bytes", counters.mapped_bytes},
      {"registrations", counters.registrations},
      {"kernel_heap_blocks", counters.kernel_heap_blocks},
      {"kernel_heap_bytes", counters.kernel_heap_bytes},
      {"free_frames", counters.free_frames},
      {"loads", counters.loads},
      {"unloads", counters.unloads},
      {"failures", counters.failures},
  };
  for (const auto& [name, value] : lines) {
    terminal.Out(kld::Format("%s %llu\n", name, static_cast<unsigned long long>(value)));
  }
  return 0;
}

// The files asked for, in load order.
int64_t CollectFiles(System& system, const CommandLine& line, std::vector<kld_file_stat>& files) {
  kld_file_stat stat;
  if (!line.file.empty() || !line.id.empty()) {
    int64_t id = line.file.empty() ? *kld::ParseInteger(line.id) : system.Find(line.file);
    if (id >= 0) id = system.Stat(id, stat);
    if (id < 0) return id;
    files.push_back(stat);
    return 0;
  }
  return kld::ListFiles(system, files);
}

std::string Parse(Arguments arguments, CommandLine& line) {
  kld::Options options(arguments, "hqvi:n:m:", kLongNames);
  while (const auto option = options.Next()) {
    if (*option == 'h') line.human = true;
    if (*option == 'q') line.quiet = true;
    if (*option == 'v') line.verbose = true;
    if (*option == 'i') line.id = options.argument();
    if (*option == 'n') line.file = options.argument();
    if (*option == 'm') line.module = options.argument();
    if (*option == kld::Options::kLong) {
      (options.name() == "json" ? line.json : line.counters) = true;
    }
  }
  if (!options.error().empty()) return options.error();
  if (!options.operands().empty()) return "unexpected '" + options.operands()[0] + "'";
  if (!line.id.empty()) {
    const auto id = kld::ParseInteger(line.id);
    if (!id || *id <= 0 || *id > INT_MAX) return "'" + line.id + "' is not a file id";
  }
  if (line.counters && arguments.size() > 1) return "--counters goes with nothing else";
  const int selectors = !line.id.empty() + !line.file.empty() + !line.module.empty();
  if (selectors > 1) return "-i, -n and -m exclude each other";
  return "";
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  CommandLine line;
  const std::string error = Parse(arguments, line);
  if (!error.empty()) return PrintUsage(terminal, kName, error, kUsageText);
  if (line.counters) return PrintCounters(system, terminal);
  if (!line.module.empty()) return StatModule(system, terminal, line);

  std::vector<kld_file_stat> files;
  const int64_t failure = CollectFiles(system, line, files);
  if (failure < 0) {
    if (!line.quiet) {
      const std::string what = !line.file.empty() ? "can't find file " + line.file
                               : !line.id.empty() ? "can't stat file id " + line.id
                                                  : "can't list files";
      terminal.Err("kldstat: " + what + ": " + kld::ErrorText(-failure) + "\n");
    }
    return kFailure;
  }
  if (line.quiet) return 0;

  if (line.json) {
    std::string text = "[";
    for (const kld_file_stat& file : files) {
      text += (text.size() > 1 ? ",\n " : "") + JsonFile(system, file);
    }
    terminal.Out(text + "]\n");
    return 0;
  }
  PrintHeader(terminal, line);
  for (const kld_file_stat& file : files) PrintFile(system, terminal, line, file);
  return 0;
}

}  // namespace sbin::kldstat
