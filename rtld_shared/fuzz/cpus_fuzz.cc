// SPDX-License-Identifier: BSD-2-Clause
//
// Whole sessions over damaged images of real CPUs: of those whose relocation is not only data but
// code too, for some relocations, for PLT slots or for tables without relocation entries. What all
// CPUs have in common is session_fuzz's, with its exemplar.
//
// Run from the top folder: an image's dependency is the provider.so of its CPU's testdata.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "arch/all.h"
#include "rtld_shared/elf/field.h"
#include "rtld_shared/fuzz/mutator.h"
#include "rtld_shared/fuzz/session_run.h"

namespace rtld::fuzz {

namespace {

// For declarations alone.
struct AnyContext {};

template <class A>
inline constexpr bool kHasCode = arch::HasSlots<A> || requires(AnyContext& context) {
  A::ApplyCustom(context);
}
|| requires(AnyContext& context) { A::PreRelocate(context); };

// Whether the bytes begin as a file of this CPU does.
template <class A>
bool IsOf(std::span<const uint8_t> bytes) {
  using Ehdr = typename A::Layout::Ehdr;
  Ehdr header;
  if (bytes.size() < sizeof(header)) return false;
  std::memcpy(&header, bytes.data(), sizeof(header));
  return header.machine == A::kMachine &&
         header.ident[elf::kEiClass] == (A::Layout::k64 ? elf::kClass64 : elf::kClass32) &&
         header.ident[elf::kEiData] ==
             (A::Layout::kOrder == std::endian::little ? elf::kData2Lsb : elf::kData2Msb);
}

// An image of each CPU's testdata, by the CPU's name; read once, before the first input.
using Images = std::map<std::string_view, Bytes>;
Images& Providers() {
  static Images images;
  return images;
}

uint64_t sessions = 0, linked = 0;
void PrintSessions() {
  std::fprintf(stderr, "%llu sessions, %llu of them linked their images\n",
               static_cast<unsigned long long>(sessions), static_cast<unsigned long long>(linked));
}

template <class... Cpus>
struct Each {
  // Calls visit.operator()<A>() for the CPU whose file it is, if that has code.
  template <class Visit>
  static void Of(std::span<const uint8_t> file, Visit&& visit) {
    (If<Cpus>(IsOf<Cpus>(file), visit), ...);
  }
  template <class Visit>
  static void All(Visit&& visit) {
    (If<Cpus>(true, visit), ...);
  }

 private:
  template <class A, class Visit>
  static void If(bool wanted, Visit& visit) {
    if constexpr (kHasCode<A>) {
      if (wanted) visit.template operator()<A>();
    }
  }
};
using EachCpu = arch::All<Each>;

bool RunOne(const Input& input) {
  bool good = false;
  EachCpu::Of(input.first, [&]<class A>() {
    // Whether reports list all images or those needed is a constant of the scope.
    good = SessionRun<A, A::Layout::kOrder == std::endian::little>(input).Run();
    ++sessions;
    linked += good;
  });
  return good;
}

Bytes ReadImage(std::string_view cpu, const char* name) {
  const std::string path = "arch/" + std::string(cpu) + "/testdata/" + name;
  std::ifstream file(path, std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  if (!bytes.empty()) return bytes;
  std::fprintf(stderr, "no %s: is this the top folder?\n", path.c_str());
  std::abort();
}

// What does not link undamaged would teach nothing.
template <class A>
void CheckImages() {
  for (const char* name : {"user.so", "program"}) {
    const Bytes root = ReadImage(A::kName, name);
    Input input;
    input.control.options = kBesideDependency | kProgramPolicyBit | kGlobalBit;
    input.first = root;
    input.second = Providers()[A::kName];
    if (RunOne(input)) continue;
    std::fprintf(stderr, "%s of %s does not link\n", name, std::string(A::kName).c_str());
    std::abort();
  }
}

}  // namespace

unsigned Entries() { return 256; }
bool IsRaw(const Control&) { return false; }
std::span<const Kind> FocusOf(const Control&) { return {}; }
Bytes TakePlain(Bytes& image, unsigned) {
  Bytes dependency;
  EachCpu::Of(image, [&]<class A>() { dependency = Providers()[A::kName]; });
  return dependency;
}

}  // namespace rtld::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace rtld::fuzz;
  AddOptions(argc, argv);
  EachCpu::All([]<class A>() { Providers()[A::kName] = ReadImage(A::kName, "provider.so"); });
  EachCpu::All([]<class A>() { CheckImages<A>(); });
  std::atexit(PrintSessions);
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
