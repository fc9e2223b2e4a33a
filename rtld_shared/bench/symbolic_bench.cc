// SPDX-License-Identifier: BSD-2-Clause
//
// Symbolic relocations of fleets of 10 to 10,000 objects (fleet.h), in the scope of modules and in
// that of programs; the building of a session for them; and the lookup of one name in one image.

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>

#include "rtld_shared/bench/fleet.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/lookup.h"

namespace rtld::bench {
namespace {

// The last one is kept: benchmarks of one size follow one another.
Fleet& FleetOf(size_t objects) {
  static size_t size = 0;
  static std::unique_ptr<Fleet> fleet;
  if (size != objects) {
    fleet.reset();
    fleet = std::make_unique<Fleet>(objects);
    size = objects;
  }
  return *fleet;
}

// `relocate(fleet)` does all of the fleet's symbolic relocations.
template <class Relocate>
void Run(benchmark::State& state, Relocate&& relocate) {
  Fleet& fleet = FleetOf(static_cast<size_t>(state.range(0)));
  fleet.SetRelocated(false);
  for ([[maybe_unused]] auto _ : state) relocate(fleet);
  fleet.SetRelocated(true);
  state.SetItemsProcessed(static_cast<int64_t>(fleet.references()) * state.iterations());
}

void Modules(benchmark::State& state) {
  Run(state, [](Fleet& fleet) {
    ModuleScope<Arch> scope;
    fleet.Relocate(scope);
  });
}

// As a program's start: with an index if that pays, which is made each time.
void Programs(benchmark::State& state) {
  Run(state, [](Fleet& fleet) {
    IndexedScope<Arch, HostArena> scope(fleet.arena());
    Fleet::Must(scope.SetClosure(fleet.modules()));
    fleet.Relocate(scope);
  });
}

// What the index costs in that: each symbol relocation's part.
void BuildIndex(benchmark::State& state) {
  Run(state, [](Fleet& fleet) {
    IndexedScope<Arch, HostArena> scope(fleet.arena());
    Fleet::Must(scope.SetClosure(fleet.modules()));
  });
}

void ProgramsByWalk(benchmark::State& state) {
  Run(state, [](Fleet& fleet) {
    ProgramScope<Arch> scope;
    Fleet::Must(scope.SetClosure(fleet.modules()));
    fleet.Relocate(scope);
  });
}

// From the root's file to a plan; an item is an object.
void Plan(benchmark::State& state) {
  Fleet& fleet = FleetOf(static_cast<size_t>(state.range(0)));
  for ([[maybe_unused]] auto _ : state) {
    const double begin = ThreadSeconds();
    const auto session = fleet.NewSession();
    state.SetIterationTime(ThreadSeconds() - begin);
  }
  state.SetItemsProcessed(state.range(0) * state.iterations());
}

// ---- one image ----

constexpr int kNames = 1000;

enum class Table { kGnu, kSysv };

// An image with a thousand names, linked alone.
class Library {
 public:
  explicit Library(Table table) {
    testing::ImageBuilder<Arch> builder("library.so");
    builder.gnu_hash = table == Table::kGnu;
    builder.sysv_hash = table == Table::kSysv;
    builder.buckets = kNames / 2;
    builder.bloom_words = 256;
    for (int i = 0; i < kNames; ++i) {
      builder.Define(NameOf(i), testing::ImageBuilder<Arch>::kText, {.type = elf::kSttFunc});
    }
    file_ = std::make_unique<HostFile>("library.so", builder.Build());
    session_ = std::make_unique<Session<Fleet::Seams>>(kKernelPolicy, uint64_t{Arch::kPageSize},
                                                       ModuleScope<Arch>(), finder_, loader_,
                                                       arena_, diagnostics_);
    Fleet::Must(session_->AddRoot(*file_) && session_->Plan() && session_->Map());
  }
  static std::string NameOf(int i) {
    return "_ZN7library5class" + std::to_string(i) + "6methodEPKcm";
  }
  [[nodiscard]] const Module<Arch>& module() const { return *session_->records()[0]; }

 private:
  std::unique_ptr<HostFile> file_;
  TableFinder<Arch> finder_;
  HostLoader loader_;
  HostArena arena_;
  HostDiagnostics diagnostics_;
  std::unique_ptr<Session<Fleet::Seams>> session_;
};

// The name is hashed each time, as for a reference.
void Lookups(benchmark::State& state, Table table, bool there) {
  const Library library(table);
  std::vector<std::string> names;
  for (int i = 0; i < kNames; ++i) names.push_back(Library::NameOf(there ? i : kNames + i));
  size_t found = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const std::string& name : names) {
      found +=
          Lookup(library.module(), SymbolName::OfCString(name.c_str()), nullptr, {}) != nullptr;
    }
  }
  Fleet::Must(found == (there ? names.size() * static_cast<size_t>(state.iterations()) : 0));
  state.SetItemsProcessed(kNames * state.iterations());
}

// ---- which and how often ----

void Often(benchmark::internal::Benchmark* benchmark) { benchmark->MinTime(0.1)->Repetitions(5); }

BENCHMARK_CAPTURE(Lookups, gnu, Table::kGnu, true)->Name("lookup/gnu_hash")->Apply(Often);
BENCHMARK_CAPTURE(Lookups, gnu_no, Table::kGnu, false)->Name("lookup/gnu_hash/none")->Apply(Often);
BENCHMARK_CAPTURE(Lookups, sysv, Table::kSysv, true)->Name("lookup/hash")->Apply(Often);
BENCHMARK_CAPTURE(Lookups, sysv_no, Table::kSysv, false)->Name("lookup/hash/none")->Apply(Often);

// By size, so that each fleet is made once.
[[maybe_unused]] const bool registered = [] {
  for (const int64_t objects : {10, 100, 1000, 10000}) {
    const auto add = [objects](const char* name, void (*run)(benchmark::State&)) {
      return benchmark::RegisterBenchmark(name, run)->Arg(objects)->MinTime(0.1)->Repetitions(5);
    };
    add("symbolic/modules", Modules);
    add("symbolic/programs", Programs);
    add("symbolic/programs/index", BuildIndex);
    // A walk of ten thousand takes minutes.
    if (objects <= 1000) add("symbolic/programs/walk", ProgramsByWalk)->Repetitions(3);
    add("session/plan", Plan)->UseManualTime()->Repetitions(3);
  }
  return true;
}();

}  // namespace
}  // namespace rtld::bench
