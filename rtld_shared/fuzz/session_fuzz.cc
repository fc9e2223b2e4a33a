// SPDX-License-Identifier: BSD-2-Clause
//
// Whole sessions over damaged images: planned, mapped, relocated, protected, resolvers run or handed
// off, sealed and committed, or destroyed at any step; under the kernel's and the programs' policy,
// with either kind of scope; alone, beside a dependency, after it, or with it adopted.

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "rtld_shared/fuzz/machines.h"
#include "rtld_shared/fuzz/mutator.h"
#include "rtld_shared/fuzz/seeds.h"
#include "rtld_shared/fuzz/session_run.h"

namespace rtld::fuzz {

unsigned Entries() { return 256; }
bool IsRaw(const Control&) { return false; }
std::span<const Kind> FocusOf(const Control&) { return {}; }
Bytes TakePlain(Bytes& image, unsigned layout) {
  Adapt(image, layout);
  return DependencySeed(layout, 0);
}

namespace {

bool RunOne(const Input& input) {
  // Whether reports list all images or those needed is a constant of the scope: both are used.
  return WithMachine(input.control.layout, [&input]<class A>() {
    using L = typename A::Layout;
    constexpr bool kAsksAll = L::k64 == (L::kOrder == std::endian::little);
    // A session takes long to compile, and what is under it alone knows how wide words of hashes are.
    constexpr bool kIsWide = sizeof(typename L::HashWord) != sizeof(typename L::Word);
    using Machine = std::conditional_t<kIsWide, arch::Exemplar<elf::Layout64Be>, A>;
    return SessionRun<Machine, kAsksAll>(input).Run();
  });
}

// Seeds that do not link would teach nothing: by themselves, and as a client with dlopen links them.
void CheckSeed(uint8_t layout, unsigned root, bool program, bool opened) {
  Input input;
  input.control.layout = layout;
  input.control.options = kBesideDependency;
  if (program) input.control.options |= kProgramPolicyBit | kGlobalBit;
  if (opened) {
    input.control.options |= kLoadedBefore | kIndexed;
    input.control.extra = kGlobalList | kComeAndGo | kReadsLinked;
  }
  input.first = RootSeed(layout, root);
  input.second = DependencySeed(layout, 0);
  if (RunOne(input)) return;
  std::fprintf(stderr, "seed %u of layout %u does not link %s%s\n", root, layout,
               program ? "as a program" : "as a module", opened ? ", after its dependency" : "");
  std::abort();
}
void CheckSeeds() {
  for (const uint8_t layout : kLayouts) {
    if (layout == kWideHash) continue;
    for (unsigned root = 0; root + 1 < kRoots; ++root) {
      for (const bool program : {false, true}) {
        if (!program && root >= kFirstForPrograms) continue;
        CheckSeed(layout, root, program, /*opened=*/false);
        // The first one for programs is one, and copies from what its own session links.
        if (root != kFirstForPrograms) CheckSeed(layout, root, program, /*opened=*/true);
      }
    }
  }
}

}  // namespace

}  // namespace rtld::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  rtld::fuzz::AddOptions(argc, argv);
  rtld::fuzz::CheckSeeds();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rtld::fuzz;
  Bytes first, second;
  Input input = ParseInput({data, size});
  if (input.plain) {
    first.assign(data, data + size);
    second = TakePlain(first, input.control.layout);
    input.first = first;
    input.second = second;
    input.control.entry = 0;
    input.control.options |= kBesideDependency;
  }
  RunOne(input);
  return 0;
}
