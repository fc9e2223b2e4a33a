// SPDX-License-Identifier: BSD-2-Clause
//
// Every decoder of rtld_shared/decode on damaged images, or on bare bytes as one of its tables.
// Control::entry says which; at the end the program prints how often each ran.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "rtld_shared/fuzz/decoders.h"
#include "rtld_shared/fuzz/machines.h"
#include "rtld_shared/fuzz/mutator.h"

namespace rtld::fuzz {

namespace {

constexpr const char* kNames[] = {"ehdr", "load_plan", "dynamic", "symtab", "gnu_hash", "sysv_hash",
                                  "relr", "version",   "note",    "tls",    "view"};
static_assert(std::size(kNames) == kDecoders);

std::array<uint64_t, kDecoders> executions;

void PrintExecutions() {
  for (unsigned i = 0; i < kDecoders; ++i) {
    std::fprintf(stderr, "executions of %-9s %10llu\n", kNames[i],
                 static_cast<unsigned long long>(executions[i]));
  }
}

template <class A>
void Run(const Input& input) {
  DecodeRun<A> run(input);
  run.Run();
  for (unsigned i = 0; i < kDecoders; ++i)
    executions[i] += run.ran(static_cast<Decoder>(i)) ? 1 : 0;
}

}  // namespace

unsigned Entries() { return 2 * kDecoders; }

bool IsRaw(const Control& control) {
  return control.entry >= kDecoders && HasRawForm(DecoderOf(control));
}

std::span<const Kind> FocusOf(const Control& control) {
  static constexpr Kind kHeaders[] = {Kind::kEhdr, Kind::kPhdr};
  static constexpr Kind kDynamic[] = {Kind::kDyn, Kind::kString};
  static constexpr Kind kSymbols[] = {Kind::kSym, Kind::kString, Kind::kDyn};
  static constexpr Kind kGnu[] = {Kind::kGnuHead, Kind::kBloom, Kind::kGnuWord};
  static constexpr Kind kSysv[] = {Kind::kSysvWord};
  static constexpr Kind kRelr[] = {Kind::kRelr};
  static constexpr Kind kVersions[] = {Kind::kVerdef, Kind::kVerdaux, Kind::kVerneed,
                                       Kind::kVernaux, Kind::kVersym};
  static constexpr Kind kNotes[] = {Kind::kNote, Kind::kPhdr};
  switch (DecoderOf(control)) {
    case Decoder::kDynamic:
      return kDynamic;
    case Decoder::kSymtab:
      return kSymbols;
    case Decoder::kGnuHash:
      return kGnu;
    case Decoder::kSysvHash:
      return kSysv;
    case Decoder::kRelr:
      return kRelr;
    case Decoder::kVersion:
      return kVersions;
    case Decoder::kNote:
      return kNotes;
    default:
      return kHeaders;
  }
}

// Decoders look at one image.
Bytes TakePlain(Bytes& image, unsigned layout) {
  Adapt(image, layout);
  return {};
}

}  // namespace rtld::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  rtld::fuzz::AddOptions(argc, argv);
  std::atexit(rtld::fuzz::PrintExecutions);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rtld::fuzz;
  Bytes adapted;
  Input input = ParseInput({data, size});
  if (input.plain) {
    adapted.assign(data, data + size);
    static_cast<void>(TakePlain(adapted, input.control.layout));
    input.first = adapted;
    input.control.entry = static_cast<uint8_t>(input.control.entry % kDecoders);
  }
  WithMachine(input.control.layout, [&input]<class A>() { Run<A>(input); });
  return 0;
}
