// SPDX-License-Identifier: BSD-2-Clause
//
// files [COUNT [FOLDER]...]
//
// Loads the COUNT (100) largest shared objects below the folders (the host's library folders) as
// one scope, with what they need, and prints the time that each phase of the session took: the
// minimum and the median of several runs. They are mapped and relocated for where they are, and
// nothing of them is run: no page of theirs is executable, and IFUNC resolvers stay pending.
//
// An object that does not link by itself, because it needs what only some program has, is passed
// over, and the next largest is taken; so is one that has, or needs, another file of a name that a
// larger one has or needs (of two Java runtimes, one). How many those were is printed.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arch/current/elf_traits.h"
#include "rtld_shared/bench/seams.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/session.h"

namespace rtld::bench {
namespace {

using Arch = arch::Current;

constexpr int kRuns = 7;

// What a session cannot tell from outside: when its scope was built and first asked.
struct ScopeTimes {
  double built = 0, first = 0;  // ThreadSeconds
  uint64_t lookups = 0;
  bool indexed = false;
};

class TimedScope {
 public:
  static constexpr bool kGlobal = true;

  TimedScope(HostArena& arena, ScopeTimes& times) : scope_(arena), times_(&times) {}

  [[nodiscard]] bool SetClosure(std::span<Module<Arch>* const> closure) {
    const bool good = scope_.SetClosure(closure);
    times_->indexed = scope_.indexed();
    times_->built = ThreadSeconds();
    return good;
  }
  [[nodiscard]] bool Resolve(const Request<Arch>& request, Definition<Arch>& definition) {
    Count();
    return scope_.Resolve(request, definition);
  }

  using Scope = IndexedScope<Arch, HostArena>;
  using Ahead = Scope::Ahead;
  static constexpr unsigned kSteps = Scope::kSteps;
  void Start(const Request<Arch>& request, Ahead& ahead) {
    if (times_->first == 0) times_->first = ThreadSeconds();
    scope_.Start(request, ahead);
  }
  void Step(unsigned step, Ahead& ahead) { scope_.Step(step, ahead); }
  [[nodiscard]] bool Finish(const Request<Arch>& request, const Ahead& ahead,
                            Definition<Arch>& definition) {
    Count();
    return scope_.Finish(request, ahead, definition);
  }

 private:
  void Count() {
    if (times_->first == 0) times_->first = ThreadSeconds();
    ++times_->lookups;
  }

  Scope scope_;
  ScopeTimes* times_;
};

// Words that no thread will use.
struct DescriptorHook {
  using Addr = Arch::Layout::Addr;
  [[nodiscard]] bool TlsDescriptor(const Definition<Arch>&, Addr addend, Addr* words) const {
    words[0] = 0;
    words[1] = addend;
    return true;
  }
};

struct Seams {
  using Arch = arch::Current;
  using File = HostFile;
  using Finder = TableFinder<Arch>;
  using Loader = HostLoader;
  using Arena = HostArena;
  using Diagnostics = HostDiagnostics;
  using Scope = TimedScope;
  using Hook = DescriptorHook;
};

struct Counts {
  size_t images = 0, relative = 0, relr_words = 0, symbolic = 0, symbols = 0, ifuncs = 0;
  size_t arena_calls = 0;
};

struct Phase {
  const char* name;
  std::vector<double> milliseconds;  // of each run
};

class Files {
 public:
  // Every library is found by its file's name.
  void AddFolder(const std::string& folder) {
    std::error_code error;
    namespace fs = std::filesystem;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
      if (at->path().filename().string().find(".so") == std::string::npos) continue;
      if (!at->is_regular_file(error)) continue;
      Open(at->path().string());
    }
  }

  // The largest `count` that link by themselves and beside one another, and how many larger ones do
  // not.
  [[nodiscard]] std::vector<HostFile*> Largest(size_t count, size_t& passed_over) {
    std::sort(all_.begin(), all_.end(),
              [](const HostFile* a, const HostFile* b) { return a->Size() > b->Size(); });
    std::vector<HostFile*> chosen;
    Names brought;
    for (HostFile* file : all_) {
      if (chosen.size() == count) break;
      ScopeTimes times;
      HostDiagnostics quiet(true);
      Session<Seams> session(kProgramPolicy, uint64_t{Arch::kPageSize}, TimedScope(arena_, times),
                             finder_, loader_, arena_, quiet);
      if (session.AddRoot(*file) && session.Plan() && session.Map() && PlaceTls(session) &&
          session.Relocate() && Brings(session, brought)) {
        chosen.push_back(file);
      } else {
        ++passed_over;
      }
    }
    return chosen;
  }

  // One session over all of them; phases in the order of the steps.
  [[nodiscard]] bool Link(const std::vector<HostFile*>& roots, std::vector<Phase>& phases,
                          Counts& counts, ScopeTimes& times) {
    HostArena arena;
    HostDiagnostics diagnostics;
    auto session = std::make_unique<Session<Seams>>(kProgramPolicy, uint64_t{Arch::kPageSize},
                                                    TimedScope(arena, times), finder_, loader_,
                                                    arena, diagnostics);
    size_t phase = 0;
    double last = ThreadSeconds();
    const auto reached = [&](double now) {
      phases[phase++].milliseconds.push_back(1e3 * (now - last));
      last = now;
    };
    bool good = true;
    for (HostFile* root : roots) good = good && session->AddRoot(*root);
    if (!good || !session->Plan()) return false;
    reached(ThreadSeconds());
    if (!session->Map()) return false;
    reached(ThreadSeconds());
    if (!PlaceTls(*session)) return false;
    if (!session->Relocate()) return false;
    const double relocated = ThreadSeconds();
    reached(times.built);
    reached(times.first);
    reached(relocated);
    if (!session->Protect() || !session->Seal()) return false;
    reached(ThreadSeconds());
    counts = CountsOf(*session);
    counts.arena_calls = arena.calls();
    last = ThreadSeconds();
    session.reset();
    reached(ThreadSeconds());
    return true;
  }

 private:
  using Names = std::map<std::string, const HostFile*, std::less<>>;

  // Enters which files a session has by which names, unless other ones have one of them.
  [[nodiscard]] static bool Brings(Session<Seams>& session, Names& brought) {
    Names names;
    for (const auto* record : session.records()) {
      names.emplace(record->name, record->file);
      size_t at = 0;
      record->dynamic.ForEachNeeded([&](std::string_view name) {
        names.emplace(name, static_cast<const Linked<Seams>*>(record->needed[at++])->file);
        return true;
      });
    }
    for (const auto& [name, file] : names) {
      const auto known = brought.find(name);
      if (known != brought.end() && known->second != file) return false;
    }
    brought.merge(names);
    return true;
  }

  void Open(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0 || status.st_size == 0) return;
    const size_t size = static_cast<size_t>(status.st_size);
    // Which file it is decides, however many names it has.
    for (const auto& known : files_) {
      if (known.device != status.st_dev || known.inode != status.st_ino) continue;
      close(descriptor);
      Name(path, *known.file);
      return;
    }
    void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED) {
      close(descriptor);
      return;
    }
    auto file = std::make_unique<HostFile>(
        path, std::span(static_cast<const std::byte*>(mapping), size), descriptor);
    if (!IsOurs(*file)) {
      munmap(mapping, size);
      close(descriptor);
      return;
    }
    Name(path, *file);
    all_.push_back(file.get());
    files_.push_back({status.st_dev, status.st_ino, std::move(file)});
  }

  void Name(const std::string& path, HostFile& file) {
    names_.push_back(
        std::make_unique<std::string>(std::filesystem::path(path).filename().string()));
    finder_.Add(*names_.back(), file);
  }

  [[nodiscard]] static bool IsOurs(HostFile& file) {
    HostDiagnostics quiet(true);
    Headers<Arch> headers;
    return ReadHeaders<Arch>(quiet, file, kProgramPolicy, headers);
  }

  // One thread's block for all of them.
  [[nodiscard]] static bool PlaceTls(Session<Seams>& session) {
    StaticTlsLayout<Arch> layout;
    uint64_t module = 0;
    for (auto* record : session.records()) {
      if (!record->plan.tls.present()) continue;
      record->tls_module = ++module;
      record->tls_static = true;
      if (!layout.Add(record->plan.tls, record->tls_offset)) return false;
    }
    return true;
  }

  [[nodiscard]] static Counts CountsOf(Session<Seams>& session) {
    Counts counts;
    counts.images = session.records().size();
    counts.ifuncs = session.pending_ifuncs().size();
    for (const auto* record : session.records()) {
      const DynamicInfo<Arch>& dynamic = record->dynamic;
      const size_t relative = record->relative_rela + record->relative_rel;
      counts.relative += relative;
      counts.symbolic += dynamic.rela.size() + dynamic.rel.size() - relative +
                         dynamic.jmprela.size() + dynamic.jmprel.size();
      ForEachRelr<Arch::Layout>(dynamic.relr, [&](uint64_t) { return ++counts.relr_words != 0; });
      counts.symbols += DefinedCount(*record);
    }
    return counts;
  }

  struct Known {
    dev_t device;
    ino_t inode;
    std::unique_ptr<HostFile> file;
  };
  std::vector<Known> files_;
  std::vector<HostFile*> all_;
  std::vector<std::unique_ptr<std::string>> names_;
  TableFinder<Arch> finder_;
  HostLoader loader_;
  HostArena arena_;
};

void Print(const std::vector<Phase>& phases, const Counts& counts, const ScopeTimes& times) {
  std::printf(
      "%zu images, %zu symbols, %zu relative and %zu RELR relocations, %zu symbolic ones "
      "with %llu lookups (%s), %zu IFUNCs pending; %zu calls of the arena\n\n",
      counts.images, counts.symbols, counts.relative, counts.relr_words, counts.symbolic,
      static_cast<unsigned long long>(times.lookups), times.indexed ? "index" : "walk",
      counts.ifuncs, counts.arena_calls);
  std::printf("%-28s %10s %10s\n", "phase, milliseconds", "min", "median");
  double sum = 0;
  for (Phase phase : phases) {
    std::sort(phase.milliseconds.begin(), phase.milliseconds.end());
    std::printf("%-28s %10.2f %10.2f", phase.name, phase.milliseconds.front(),
                phase.milliseconds[phase.milliseconds.size() / 2]);
    const double each = phase.milliseconds.front() * 1e6;
    const std::string name = phase.name;
    if (name == "relative" && counts.relative + counts.relr_words != 0) {
      std::printf("   %.1f ns a relocation, page faults among it",
                  each / static_cast<double>(counts.relative + counts.relr_words));
    } else if (name == "symbolic" && counts.symbolic != 0) {
      std::printf("   %.1f ns a relocation", each / static_cast<double>(counts.symbolic));
    } else if (name == "scope" && times.indexed) {
      std::printf("   %.1f ns a symbol", each / static_cast<double>(counts.symbols));
    }
    std::printf("\n");
    sum += phase.milliseconds.front();
  }
  std::printf("%-28s %10.2f\n", "sum", sum);
}

int Main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100;
  Files files;
  if (argc > 2) {
    for (int i = 2; i < argc; ++i) files.AddFolder(argv[i]);
  } else {
    for (const char* folder : {"/usr/lib", "/usr/local/lib", "/lib", "/lib64"}) {
      files.AddFolder(folder);
    }
  }
  size_t passed_over = 0;
  const std::vector<HostFile*> roots = files.Largest(count, passed_over);
  if (roots.empty()) {
    std::fprintf(stderr, "files: no shared object that links by itself\n");
    return 1;
  }
  uint64_t bytes = 0;
  for (const HostFile* root : roots) bytes += root->Size();
  std::printf(
      "the %zu largest shared objects that link beside one another, %.1f MB, from %s to %s; %zu "
      "were "
      "passed over; with what they need ",
      roots.size(), static_cast<double>(bytes) / 1e6, std::string(roots.front()->Path()).c_str(),
      std::string(roots.back()->Path()).c_str(), passed_over);
  std::vector<Phase> phases = {{"plan", {}},     {"map", {}},     {"scope", {}}, {"relative", {}},
                               {"symbolic", {}}, {"protect", {}}, {"unload", {}}};
  Counts counts;
  ScopeTimes times;
  for (int run = 0; run < kRuns; ++run) {
    times = {};
    if (!files.Link(roots, phases, counts, times)) return 1;
  }
  Print(phases, counts, times);
  return 0;
}

}  // namespace
}  // namespace rtld::bench

int main(int argc, char** argv) { return rtld::bench::Main(argc, argv); }
