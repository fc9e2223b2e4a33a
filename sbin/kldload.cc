// SPDX-License-Identifier: BSD-2-Clause
//
// kldload [-dnqv] [-b|-i|-s name=value]... file [name=value]... [file ...]
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "lib/kld/plist.h"
#include "lib/kld/report.h"
#include "lib/kld/text.h"
#include "sbin/commands.h"

namespace sbin::kldload {
namespace {

constexpr std::string_view kName = "kldload";
constexpr std::string_view kUsageText =
    "kldload [-dnqv] [-b name=bool] [-i name=number] [-s name=string] file [name=value ...] ...";

struct Request {
  std::string file;
  std::vector<kld::Parameter> parameters;
};

struct CommandLine {
  bool link_only = false;
  bool present_is_success = false;
  bool quiet = false;
  bool verbose = false;
  std::vector<Request> requests;
  std::string error;
};

// Assignments belong to the file before them; those in front of the first file, to the first.
class Parser {
 public:
  explicit Parser(Arguments arguments) : options_(arguments, "dnqvb:i:s:") {}

  CommandLine Parse() {
    do {
      while (const std::optional<char> option = options_.Next()) TakeOption(*option);
      if (line_.error.empty()) line_.error = options_.error();
      if (line_.error.empty() && !options_.operands().empty()) TakeWord(options_.TakeOperand());
    } while (line_.error.empty() && !options_.operands().empty());
    if (line_.error.empty() && line_.requests.empty()) line_.error = "no file given";
    return std::move(line_);
  }

 private:
  void TakeOption(char option) {
    switch (option) {
      case 'd':
        line_.link_only = true;
        break;
      case 'n':
        line_.present_is_success = true;
        break;
      case 'q':
        line_.quiet = true;
        break;
      case 'v':
        line_.verbose = true;
        break;
      case 'b':
        TakeAssignment(options_.argument(), kld::ParameterType::kBoolean);
        break;
      case 'i':
        TakeAssignment(options_.argument(), kld::ParameterType::kNumber);
        break;
      default:
        TakeAssignment(options_.argument(), kld::ParameterType::kString);
    }
  }

  void TakeAssignment(const std::string& text, kld::ParameterType type) {
    kld::Parameter parameter = {.type = type};
    if (!kld::ParseAssignment(text, parameter)) {
      line_.error = "'" + text + "' is not name=value";
    } else if (!kld::IsWellTyped(parameter)) {
      line_.error = "'" + text + "' is not a " +
                    (type == kld::ParameterType::kBoolean ? "boolean" : "number");
    } else {
      (line_.requests.empty() ? early_ : line_.requests.back().parameters).push_back(parameter);
    }
  }

  void TakeWord(const std::string& word) {
    kld::Parameter parameter;
    if (kld::ParseAssignment(word, parameter)) {
      if (line_.requests.empty()) {
        line_.error = "'" + word + "' stands before any file";
      } else {
        line_.requests.back().parameters.push_back(parameter);
      }
      return;
    }
    line_.requests.push_back({word, std::move(early_)});
    early_.clear();
  }

  kld::Options options_;
  CommandLine line_;
  std::vector<kld::Parameter> early_;
};

struct Identity {
  dev_t device;
  ino_t inode;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> Identify(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

// A bare name is looked up in kern.module_path, never here: says so if there is a file of that name
// here that is not the one the kernel will take.
void WarnAboutLocalFile(System& system, Terminal& terminal, const std::string& file) {
  if (file.find('/') != std::string::npos) return;
  const std::optional<Identity> here = Identify(file);
  if (!here) return;
  std::string path;
  if (system.Sysctl("kern.module_path", &path, nullptr) < 0) return;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find(';', start), path.size());
    for (const std::string& name : {file, file + ".kld"}) {
      const std::string candidate = path.substr(start, end - start) + "/" + name;
      const std::optional<Identity> found = Identify(candidate);
      if (!found) continue;
      if (*found != *here) {
        terminal.Err("kldload: " + file + " will be loaded from " + candidate +
                     ", not the current directory\n");
      }
      return;
    }
    start = end + 1;
  }
  terminal.Err("kldload: " + file + " is not in the module path\n");
}

// True if the file is loaded now (or, link-only, could be).
bool LoadOne(System& system, Terminal& terminal, const CommandLine& line, const Request& request) {
  if (!line.quiet) WarnAboutLocalFile(system, terminal, request.file);
  const int64_t id = system.Load(request.file, kld::MakePlist(request.parameters),
                                 line.link_only ? KLD_LINK_ONLY : 0);
  if (id == -EEXIST && line.present_is_success && !line.link_only) return true;
  if (id < 0) {
    kld::PrintFailure(system, terminal, kName, "can't load " + request.file, id);
    return false;
  }
  // After a success the report holds warnings, or what a link-only load found.
  const std::string report = kld::LastReport(system);
  if (line.link_only) {
    terminal.Out(report);
    if (line.verbose) terminal.Out("Linked " + request.file + ", not loaded\n");
    return true;
  }
  if (!report.empty() && !line.quiet) terminal.Err("kldload: " + report);
  if (line.verbose) {
    terminal.Out(kld::Format("Loaded %s, id=%d\n", request.file.c_str(), static_cast<int>(id)));
  }
  return true;
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  const CommandLine line = Parser(arguments).Parse();
  if (!line.error.empty()) return PrintUsage(terminal, kName, line.error, kUsageText);
  int status = 0;
  for (const Request& request : line.requests) {
    if (!LoadOne(system, terminal, line, request)) status = kFailure;
  }
  return status;
}

}  // namespace sbin::kldload
