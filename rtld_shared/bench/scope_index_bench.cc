// SPDX-License-Identifier: BSD-2-Clause
//
// When an index over a program's scope pays: for fleets of several shapes, what a lookup costs by
// walk and by index, what entering a symbol costs, and from which number of probes for each symbol
// on the index is cheaper, its building included:
//
//   images x lookups / symbols  =  images x enter / (walk - find)
//
// IndexedScope::kSymbolsPerProbe is to be about that; the last column says by how much what it
// chooses for the fleet costs more than the other would have.

#include <algorithm>
#include <cstdio>
#include <functional>

#include "rtld_shared/bench/fleet.h"
#include "rtld_shared/link/indexed_scope.h"

namespace rtld::bench {
namespace {

using Scope = IndexedScope<Arch, HostArena>;

// The least of several runs, each long enough to be measured; nanoseconds.
double Least(const std::function<void()>& work) {
  constexpr double kEnough = 2e6;
  double least = 1e18;
  int rounds = 1;
  for (int run = 0; run < 9;) {
    const double begin = ThreadSeconds();
    for (int round = 0; round < rounds; ++round) work();
    const double took = 1e9 * (ThreadSeconds() - begin);
    if (took < kEnough) {
      rounds *= 2;
      continue;
    }
    least = std::min(least, took / rounds);
    ++run;
  }
  return least;
}

void Measure(size_t objects, size_t functions, size_t references) {
  Fleet fleet(objects, functions, references);
  fleet.SetRelocated(false);
  const std::span<Module<Arch>* const> modules = fleet.modules();
  uint64_t symbols = 0;
  for (const Module<Arch>* module : modules) symbols += DefinedCount(*module);

  ProgramScope<Arch> walk;
  Fleet::Must(walk.SetClosure(modules));
  ScopeIndex<Arch> index;
  const auto build = [&] {
    index.Clear(fleet.arena());
    Fleet::Must(index.Reserve(fleet.arena(), symbols) && index.Add(fleet.arena(), modules));
  };
  const double building = Least(build);
  // All is kept in the index, and there is no closure to look at.
  Scope indexed(fleet.arena(), {}, &index);
  Fleet::Must(indexed.SetClosure({}));
  const double walking = Least([&] { fleet.Relocate(walk); });
  const double finding = Least([&] { fleet.Relocate(indexed); });
  index.Clear(fleet.arena());

  const double lookups = static_cast<double>(fleet.references());
  const double probes = static_cast<double>(objects) * lookups / static_cast<double>(symbols);
  const double even = static_cast<double>(objects) * (building / static_cast<double>(symbols)) /
                      ((walking - finding) / lookups);
  const bool chosen = Scope::Pays(objects, fleet.references(), symbols);
  const double by_index = building + finding;
  const double loss = (chosen ? by_index : walking) / std::min(by_index, walking) - 1;
  std::printf("%7zu %9zu %10zu %8.1f %8.1f %8.1f %8.1f ", objects, functions, references,
              walking / lookups, finding / lookups, building / static_cast<double>(symbols),
              probes);
  if (even > 0) {
    std::printf("%8.1f", even);
  } else {
    std::printf("%8s", "never");
  }
  std::printf("   %s%s", chosen ? "index" : "walk", loss > 0 ? "" : "\n");
  if (loss > 0) std::printf(", %.0f %% more\n", 100 * loss);
  std::fflush(stdout);
  fleet.SetRelocated(true);
}

}  // namespace
}  // namespace rtld::bench

int main() {
  std::printf("nanoseconds each; a scope of images, functions and references of each image\n");
  std::printf("%7s %9s %10s %8s %8s %8s %8s %8s   %s\n", "images", "functions", "references",
              "walk", "find", "enter", "probes", "even", "chosen");
  for (const size_t functions : {10, 40, 400}) {
    for (const size_t references : {4, 40, 400}) {
      for (const size_t objects : {2, 4, 8, 16, 32, 64, 256}) {
        rtld::bench::Measure(objects, functions, references);
      }
    }
  }
  return 0;
}
