// SPDX-License-Identifier: BSD-2-Clause
//
// kldd [-k kernel] [-p path] file ...
//
// Links each file with all it needs as the kernel would, into buffers: the same plan, the same
// lookups, the same refusals, for the CPU the file is for. No instruction of it runs.
#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/kld/text.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/session.h"
#include "sbin/commands.h"
#include "sbin/for_machine.h"
#include "sbin/image_file.h"

namespace sbin::kldd {
namespace {

constexpr std::string_view kName = "kldd";
constexpr std::string_view kUsageText = "kldd [-k kernel] [-p path] file ...";
constexpr char kDefaultPath[] = "/boot/modules";
constexpr char kDefaultKernel[] = "/boot/kernel";
constexpr std::string_view kKernelSoname = "kernel";

// Where files are looked for.
struct Places {
  std::string kernel = kDefaultKernel;
  std::vector<std::string> directories;
};

class Diagnostics {
 public:
  bool Error(const rtld::Report& report) { return Keep(report, ""); }
  void Warning(const rtld::Report& report) { Keep(report, "warning: "); }
  const std::string& text() const { return text_; }

 private:
  bool Keep(const rtld::Report& report, std::string_view prefix) {
    text_ += "kldd: " + std::string(prefix);
    rtld::FormatReport(report, [&](std::string_view piece) { text_ += piece; });
    text_ += "\n";
    return true;
  }

  std::string text_;
};

// Files by name; what was read is kept until the session has ended.
class FileFinder {
 public:
  explicit FileFinder(const Places& places) : places_(places) {}

  // `name` as kldload takes it: a path if it has a '/', else searched, as it is and with ".kld".
  ImageFile* Open(const std::string& name) {
    looked_in_.clear();
    own_directory_.clear();
    if (const size_t slash = name.rfind('/'); slash != std::string::npos) {
      own_directory_ = name.substr(0, std::max<size_t>(slash, 1));
      return Read(name);
    }
    for (const std::string& directory : places_.directories) {
      looked_in_.push_back(directory);
      for (const char* suffix : {"", ".kld"}) {
        if (ImageFile* file = Read(directory + "/" + name + suffix)) return file;
      }
    }
    return nullptr;
  }

  // For a DT_NEEDED entry of what was opened: as it is, in the path and then in the directory of a
  // file that was given by its path. With a '/' it would leave them.
  ImageFile* Find(const std::string& soname) {
    if (soname == kKernelSoname) {
      looked_in_ = {places_.kernel};
      return Read(places_.kernel);
    }
    looked_in_.clear();
    if (soname.find('/') != std::string::npos) return nullptr;
    looked_in_ = places_.directories;
    if (!own_directory_.empty()) looked_in_.push_back(own_directory_);
    for (const std::string& directory : looked_in_) {
      if (ImageFile* file = Read(directory + "/" + soname)) return file;
    }
    return nullptr;
  }

  rtld::Names looked_in() {
    names_.assign(looked_in_.begin(), looked_in_.end());
    return names_;
  }

 private:
  ImageFile* Read(const std::string& path) {
    std::unique_ptr<ImageFile> file = ImageFile::Read(path);
    if (!file) return nullptr;
    files_.push_back(std::move(file));
    return files_.back().get();
  }

  const Places& places_;
  std::vector<std::unique_ptr<ImageFile>> files_;
  std::string own_directory_;
  std::vector<std::string> looked_in_;
  std::vector<std::string_view> names_;
};

template <arch::ElfArch A>
class Linker {
 public:
  Linker(Terminal& terminal, FileFinder& files) : terminal_(terminal), finder_{files} {}

  // Prints the tree and what would fail; true if nothing would.
  bool Run(ImageFile& root) {
    typename Seams::Loader loader;
    HeapArena arena;
    Diagnostics diagnostics;
    bool good = false;
    {
      rtld::Session<Seams> session(rtld::kKernelPolicy, A::kPageSize, rtld::ModuleScope<A>(),
                                   finder_, loader, arena, diagnostics);
      if (session.AddRoot(root)) {
        const bool planned = session.Plan();
        Tree(*session.records()[0], 0);
        good =
            planned && session.Map() && session.Relocate() && session.Protect() && session.Seal();
      }
    }
    terminal_.Err(diagnostics.text());
    return good;
  }

 private:
  struct Finder {
    FileFinder& files;
    rtld::Module<A>* Loaded(std::string_view) { return nullptr; }
    rtld::Found<ImageFile> Search(std::string_view soname, const rtld::Module<A>&) {
      ImageFile* file = files.Find(std::string(soname));
      return {.file = file, .looked_in = files.looked_in()};
    }
  };

  struct Seams {
    using Arch = A;
    using File = ImageFile;
    using Finder = Linker::Finder;
    using Loader = BufferLoader;
    using Arena = HeapArena;
    using Diagnostics = kldd::Diagnostics;
    using Scope = rtld::ModuleScope<A>;
  };

  // A module and what it needs, indented. What was shown already is not taken apart again.
  void Tree(const rtld::Module<A>& module, int depth) {
    const bool first = shown_.insert(&module).second;
    terminal_.Out(std::string(2 * depth, ' ') + std::string(module.name) + " => " +
                  std::string(module.path) +
                  (first || module.needed.empty() ? "\n" : " (above)\n"));
    if (!first) return;
    size_t at = 0;
    module.dynamic.ForEachNeeded([&](std::string_view name) {
      const rtld::Module<A>* needed = at < module.needed.size() ? module.needed[at] : nullptr;
      ++at;
      if (needed) {
        Tree(*needed, depth + 1);
      } else {
        terminal_.Out(std::string(2 * depth + 2, ' ') + std::string(name) + " => not usable\n");
      }
      return true;
    });
  }

  Terminal& terminal_;
  Finder finder_;
  std::set<const rtld::Module<A>*> shown_;
};

bool CheckFile(Terminal& terminal, const Places& places, const std::string& name) {
  FileFinder files(places);
  ImageFile* file = files.Open(name);
  if (!file) {
    std::string text = "kldd: " + name + ": " + kld::ErrorText(errno);
    const char* separator = " (searched ";
    for (const std::string_view place : files.looked_in()) {
      text += separator + std::string(place);
      separator = ", ";
    }
    terminal.Err(text + (files.looked_in().empty() ? "\n" : ")\n"));
    return false;
  }
  const std::optional<Identity> identity = IdentityOf(*file);
  if (!identity) {
    terminal.Err("kldd: " + std::string(file->Path()) + ": not an ELF file\n");
    return false;
  }
  bool good = false;
  const bool known = KnownMachines::Call(
      *identity, [&]<class A>() { good = Linker<A>(terminal, files).Run(*file); });
  if (!known) {
    terminal.Err(kld::Format("kldd: %s: for machine %u; this command knows %s\n", name.c_str(),
                             identity->machine, KnownMachines::Names().c_str()));
  }
  return good;
}

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= list.size();) {
    const size_t end = std::min(list.find(';', start), list.size());
    if (end != start) parts.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

int Run(System& system, Terminal& terminal, Arguments arguments) {
  kld::Options options(arguments, "k:p:");
  Places places;
  std::string path;
  bool path_given = false;
  while (const auto option = options.Next()) {
    if (*option == 'k') places.kernel = options.argument();
    if (*option == 'p') {
      path = options.argument();
      path_given = true;
    }
  }
  std::string error = options.error();
  if (error.empty() && options.operands().empty()) error = "no file given";
  if (!error.empty()) return PrintUsage(terminal, kName, error, kUsageText);

  // Where the kernel looks; another system has no such variable.
  if (!path_given && system.Sysctl("kern.module_path", &path, nullptr) < 0) path = kDefaultPath;
  places.directories = Split(path);
  int status = 0;
  for (const std::string& name : options.operands()) {
    if (!CheckFile(terminal, places, name)) status = kFailure;
  }
  return status;
}

}  // namespace sbin::kldd
