// SPDX-License-Identifier: BSD-2-Clause
//
// rtld_oracle: prints what relocation must store in an image, as the psABI's formulae have it.
//
//   rtld_oracle --relocations FILE [--bias ADDRESS] [--scope module|program] IMAGE
//   [NEEDED-IMAGE...]
//
// The first image is relocated at the bias, the others lie above it, each 16 MiB further on. One
// line per word: link-time place, bytes, kind, value, relocation type, symbol. Undefined symbols
// are listed on standard error and make the exit status 1; anything else that is wrong makes it 2.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace {

struct Arguments {
  std::string relocations;
  uint64_t bias = 0;
  oracle::Scope scope = oracle::Scope::kModule;
  std::vector<std::string> images;
};

bool Parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      arguments.images.push_back(word);
      continue;
    }
    if (i + 1 == argc) return false;
    const std::string value = argv[++i];
    if (word == "--relocations") {
      arguments.relocations = value;
    } else if (word == "--bias") {
      char* end = nullptr;
      arguments.bias = std::strtoull(value.c_str(), &end, 0);
      if (*end != '\0') return false;
    } else if (word == "--scope" && (value == "module" || value == "program")) {
      arguments.scope = value == "module" ? oracle::Scope::kModule : oracle::Scope::kProgram;
    } else {
      return false;
    }
  }
  return !arguments.relocations.empty() && !arguments.images.empty();
}

const char* NameOf(const oracle::Word& word) {
  if (word.slot != oracle::Word::Slot::kNone) {
    return word.slot == oracle::Word::Slot::kFetch ? "fetch" : "jump";
  }
  switch (word.kind) {
    case oracle::Word::Kind::kValue:
      return "value";
    case oracle::Word::Kind::kCall:
      return "call";
    case oracle::Word::Kind::kCopy:
      return "copy";
    default:
      return "descriptor";
  }
}

int Fail(const std::string& error) {
  std::fprintf(stderr, "rtld_oracle: %s\n", error.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse(argc, argv, arguments)) {
    return Fail("usage: --relocations FILE [--bias ADDRESS] [--scope module|program] IMAGE...");
  }
  std::string error;
  oracle::Calculations calculations;
  if (!oracle::ReadCalculations(arguments.relocations, calculations, error)) return Fail(error);

  std::deque<oracle::Image> images;
  std::vector<oracle::Placed> placed;
  for (const std::string& path : arguments.images) {
    oracle::Image& image = images.emplace_back();
    if (!image.Open(path, calculations.format, error)) return Fail(error);
    if (image.machine != calculations.machine) return Fail(path + ": for another machine");
    placed.push_back({&image, arguments.bias + (images.size() - 1) * 0x1000000});
  }
  oracle::LayOutTls(calculations, placed);

  oracle::Expectation expectation;
  if (!oracle::Expect(calculations, placed, 0, arguments.scope, expectation, error)) {
    return Fail(error);
  }
  for (const oracle::Word& word : expectation.words) {
    const oracle::Calculation* calculation = calculations.Find(word.type);
    std::printf("%#" PRIx64 " %u %s %#" PRIx64 " %s %s%s\n", word.place, word.bytes, NameOf(word),
                word.value, word.type == 0 ? "RELR" : calculation->name.c_str(),
                word.symbol.empty() ? "-" : word.symbol.c_str(), word.fits ? "" : " overflow");
  }
  for (const oracle::Undefined& undefined : expectation.undefined) {
    std::fprintf(stderr, "undefined: %s%s%s\n", undefined.symbol.c_str(),
                 undefined.version.empty() ? "" : "@", undefined.version.c_str());
  }
  return expectation.undefined.empty() ? 0 : 1;
}
