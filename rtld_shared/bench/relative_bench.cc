// SPDX-License-Identifier: BSD-2-Clause
//
// Relative relocations of one image, RELA and RELR, as many as a large library has: again and again
// over the same pages, and over pages that are touched for the first time (private ones of a file,
// as a loader maps them); those are counted by the page.
//
// Beside them, as the goals were set on another machine, what is bare of all checks: the plain loop that
// adds the bias wherever a table of the same places says; and pages that are asked for, and one word of
// each written.

#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "rtld_shared/bench/fleet.h"
#include "rtld_shared/link/relative.h"

namespace rtld::bench {
namespace {

using Layout = Arch::Layout;
using Addr = Layout::Addr;

constexpr uint64_t kVaddr = 0x100000;
constexpr size_t kPage = 4096;

// One writable segment, at the place where it is on the host.
class Image {
 public:
  explicit Image(size_t bytes) : bytes_((bytes + kPage - 1) / kPage * kPage) {
    file_ = memfd_create("image", 0);
    Fleet::Must(file_ >= 0 && ftruncate(file_, static_cast<off_t>(bytes_)) == 0);
    void* mapping = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file_, 0);
    Fleet::Must(mapping != MAP_FAILED);
    base_ = static_cast<std::byte*>(mapping);
    segment_ = {.vaddr = kVaddr, .memsz = bytes_, .filesz = bytes_, .flags = elf::kPfR | elf::kPfW};
    module_.plan.segments = {&segment_, 1};
    module_.plan.low = kVaddr;
    module_.plan.high = kVaddr + bytes_;
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() {
    munmap(base_, bytes_);
    close(file_);
  }

  std::byte* At(uint64_t vaddr, uint64_t size) {
    return segment_.Contains(vaddr, size) ? base_ + (vaddr - kVaddr) : nullptr;
  }
  uint64_t Reach(uint64_t vaddr) {
    return segment_.Contains(vaddr, 0) ? segment_.end() - vaddr : 0;
  }
  // The file's pages again, none of them written.
  void Forget() { madvise(base_, bytes_, MADV_DONTNEED); }
  // As a loader does that knows which pages will be written; false where the system cannot.
  bool Populate() { return madvise(base_, bytes_, MADV_POPULATE_WRITE) == 0; }

  Module<Arch>& module() { return module_; }
  [[nodiscard]] size_t pages() const { return bytes_ / kPage; }

 private:
  size_t bytes_;
  int file_ = -1;
  std::byte* base_ = nullptr;
  Segment segment_;
  Module<Arch> module_;
};

void Relocate(HostDiagnostics& diagnostics, Image& image) {
  Fleet::Must(RelocateRelative<Arch>(diagnostics, image, image.module(), kKernelPolicy));
}

// For tables that are known to be sound.
void AddBias(std::span<const Layout::Relr> table, Image& image, Addr bias) {
  std::byte* next = nullptr;
  for (const Layout::Relr& field : table) {
    const Addr entry = field;
    if ((entry & 1) == 0) {
      next = image.At(entry, sizeof(Addr));
      StoreWord<Layout>(next, sizeof(Addr), LoadWord<Layout>(next, sizeof(Addr)) + bias);
      next += sizeof(Addr);
      continue;
    }
    for (Addr bits = entry >> 1; bits != 0; bits &= bits - 1) {
      std::byte* const place = next + sizeof(Addr) * static_cast<size_t>(std::countr_zero(bits));
      StoreWord<Layout>(place, sizeof(Addr), LoadWord<Layout>(place, sizeof(Addr)) + bias);
    }
    next += sizeof(Addr) * (8 * sizeof(Addr) - 1);
  }
}

enum class Pages { kWarm, kCold, kPopulated };

// Warm rounds are timed together: reading the clock costs what some hundred relocations do.
void RunWarm(benchmark::State& state, Image& image, size_t relocations) {
  constexpr int kRounds = 64;
  constexpr Addr kStep = 64;
  HostDiagnostics diagnostics;
  Relocate(diagnostics, image);
  for ([[maybe_unused]] auto _ : state) {
    const double begin = ThreadSeconds();
    for (int round = 0; round < kRounds; ++round) {
      // To and fro, as packed ones add it.
      image.module().bias = round % 2 == 0 ? kStep : Addr{0} - kStep;
      Relocate(diagnostics, image);
    }
    state.SetIterationTime(ThreadSeconds() - begin);
  }
  state.SetItemsProcessed(static_cast<int64_t>(relocations) * kRounds * state.iterations());
}

// An item is a page.
void RunCold(benchmark::State& state, Image& image, bool populated) {
  HostDiagnostics diagnostics;
  for ([[maybe_unused]] auto _ : state) {
    image.Forget();
    const double begin = ThreadSeconds();
    if (populated && !image.Populate()) {
      state.SkipWithError("no MADV_POPULATE_WRITE");
      return;
    }
    Relocate(diagnostics, image);
    state.SetIterationTime(ThreadSeconds() - begin);
  }
  state.SetItemsProcessed(static_cast<int64_t>(image.pages()) * state.iterations());
}

void Run(benchmark::State& state, Image& image, size_t relocations, Pages pages) {
  if (pages == Pages::kWarm) return RunWarm(state, image, relocations);
  RunCold(state, image, pages == Pages::kPopulated);
}

// Three words of eight, as large libraries have it.
constexpr size_t PlaceOf(size_t i) { return i / 3 * 8 + i % 3; }

void Rela(benchmark::State& state, Pages pages) {
  const size_t count = static_cast<size_t>(state.range(0));
  std::vector<Layout::Rela> table(count);
  for (size_t i = 0; i < count; ++i) {
    table[i].offset = static_cast<Addr>(kVaddr + PlaceOf(i) * sizeof(Addr));
    table[i].info = Layout::InfoOf(0, TypeOf(arch::Op::kRelative));
    table[i].addend = static_cast<Addr>(kVaddr + i);
  }
  Image image((PlaceOf(count) + 1) * sizeof(Addr));
  image.module().bias = 0x10000;
  image.module().dynamic.rela = table;
  Run(state, image, count, pages);
}

std::vector<uint64_t> Places(size_t count, bool dense) {
  std::vector<uint64_t> places(count);
  for (size_t i = 0; i < count; ++i) {
    places[i] = kVaddr + (dense ? i : PlaceOf(i)) * sizeof(Addr);
  }
  return places;
}

std::vector<Layout::Relr> RelrOf(const std::vector<uint64_t>& places) {
  std::vector<Layout::Relr> table;
  for (const uint64_t word : testing::ImageBuilder<Arch>::RelrOf(places)) {
    table.push_back(static_cast<Addr>(word));
  }
  return table;
}

// With bias 0, or the words would leave the image after some rounds. The file's words are 0, which
// no policy that checks lets pass, so that cold pages are relocated for an image that begins there.
void Relr(benchmark::State& state, Pages pages, bool dense) {
  const std::vector<uint64_t> places = Places(static_cast<size_t>(state.range(0)), dense);
  const std::vector<Layout::Relr> table = RelrOf(places);
  Image image(places.back() + sizeof(Addr) - kVaddr);
  image.module().plan.low = 0;
  image.module().dynamic.relr = table;
  Run(state, image, places.size(), pages);
}

void RelrBare(benchmark::State& state) {
  const std::vector<uint64_t> places = Places(static_cast<size_t>(state.range(0)), false);
  const std::vector<Layout::Relr> table = RelrOf(places);
  Image image(places.back() + sizeof(Addr) - kVaddr);
  Addr bias = 0;
  benchmark::DoNotOptimize(bias);
  AddBias(table, image, bias);
  for ([[maybe_unused]] auto _ : state) AddBias(table, image, bias);
  state.SetItemsProcessed(static_cast<int64_t>(places.size()) * state.iterations());
}

void PageBare(benchmark::State& state) {
  Image image((PlaceOf(static_cast<size_t>(state.range(0))) + 1) * sizeof(Addr));
  for ([[maybe_unused]] auto _ : state) {
    image.Forget();
    const double begin = ThreadSeconds();
    if (!image.Populate()) return state.SkipWithError("no MADV_POPULATE_WRITE");
    for (size_t i = 0; i < image.pages(); ++i) {
      StoreWord<Layout>(image.At(kVaddr + i * kPage, sizeof(Addr)), sizeof(Addr), 0);
    }
    benchmark::ClobberMemory();
    state.SetIterationTime(ThreadSeconds() - begin);
  }
  state.SetItemsProcessed(static_cast<int64_t>(image.pages()) * state.iterations());
}

// A library of some size, and the largest there is.
void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(16 << 10)->Arg(512 << 10)->UseManualTime()->MinTime(0.1)->Repetitions(7);
}
void Large(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(512 << 10)->UseManualTime()->MinTime(0.1)->Repetitions(7);
}

BENCHMARK_CAPTURE(Rela, warm, Pages::kWarm)->Name("relative/RELA/warm")->Apply(Sizes);
BENCHMARK_CAPTURE(Relr, warm, Pages::kWarm, false)->Name("relative/RELR/warm")->Apply(Sizes);
BENCHMARK_CAPTURE(Relr, dense, Pages::kWarm, true)->Name("relative/RELR/warm_dense")->Apply(Sizes);
BENCHMARK(RelrBare)
    ->Name("relative/RELR/bare")
    ->Arg(16 << 10)
    ->Arg(512 << 10)
    ->MinTime(0.1)
    ->Repetitions(7);
BENCHMARK_CAPTURE(Rela, cold, Pages::kCold)->Name("relative/RELA/cold_page")->Apply(Large);
BENCHMARK_CAPTURE(Relr, cold, Pages::kCold, false)->Name("relative/RELR/cold_page")->Apply(Large);
BENCHMARK_CAPTURE(Rela, pop, Pages::kPopulated)->Name("relative/RELA/populated_page")->Apply(Large);
BENCHMARK_CAPTURE(Relr, pop, Pages::kPopulated, false)
    ->Name("relative/RELR/populated_page")
    ->Apply(Large);
BENCHMARK(PageBare)->Name("relative/bare/populated_page")->Apply(Large);

}  // namespace
}  // namespace rtld::bench
