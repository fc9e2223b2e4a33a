// SPDX-License-Identifier: BSD-2-Clause
//
// Fleet: any number of shared objects for the CPU at hand, each with as many functions and
// references to others' (40 of both unless given), linked once, so that a benchmark can do one part
// of linking again and again.
//
//   object i needs 8i+1 .. 8i+8, as far as there are so many, and later ones at random up to eight;
//   each of its references is to a random function of one of these, most of them from PLT slots.
//
// All symbols have versions, and names as long as those of C++.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "arch/current/elf_traits.h"
#include "rtld_shared/bench/seams.h"
#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/image_builder.h"

namespace rtld::bench {

using Arch = arch::Current;

template <template <class> class ScopeType>
struct HostSeams {
  using Arch = arch::Current;
  using File = HostFile;
  using Finder = TableFinder<arch::Current>;
  using Loader = HostLoader;
  using Arena = HostArena;
  using Diagnostics = HostDiagnostics;
  using Scope = ScopeType<arch::Current>;
};

// The relocation type that does this with a whole word, whatever the CPU calls it.
[[nodiscard]] consteval uint32_t TypeOf(arch::Op op) {
  for (uint32_t type = 0; type < 0x1000; ++type) {
    const arch::Rule rule = Arch::RuleFor(type);
    if (rule.op == op && rule.width == 0) return type;
  }
  return 0;
}

class Fleet {
 public:
  using Seams = HostSeams<ModuleScope>;
  using Record = Linked<Seams>;

  static constexpr size_t kNeeded = 8;

  explicit Fleet(size_t objects, size_t functions = 40, size_t references = 40)
      : functions_(functions), references_of_each_(references) {
    names_.reserve(objects);
    files_.reserve(objects);
    std::mt19937 random(20260401);
    for (size_t i = 0; i < objects; ++i) names_.push_back("lib" + std::to_string(i) + ".so");
    for (size_t i = 0; i < objects; ++i) {
      files_.push_back(std::make_unique<HostFile>("/fleet/" + names_[i], Build(i, random)));
      finder_.Add(names_[i], *files_.back());
    }
    session_ = NewSession();
    Must(session_->Map() && session_->Relocate());
    for (Record* record : session_->records()) {
      modules_.push_back(record);
      references_ += record->dynamic.rela.size() + record->dynamic.jmprela.size();
    }
    Must(modules_.size() == objects);
  }

  // A session that is planned.
  [[nodiscard]] std::unique_ptr<Session<Seams>> NewSession() {
    auto session = std::make_unique<Session<Seams>>(kKernelPolicy, uint64_t{Arch::kPageSize},
                                                    ModuleScope<Arch>(), finder_, loader_, arena_,
                                                    diagnostics_);
    Must(session->AddRoot(*files_[0]) && session->Plan());
    return session;
  }

  // The symbolic relocations of all objects, once more: they do not depend on what was there.
  template <class S>
  void Relocate(S& scope) {
    NoHook hook;
    Pending<Arch> pending;
    bool good = true;
    for (Record* record : session_->records()) {
      good = RelocateSymbolic<Arch>(diagnostics_, arena_, record->image, scope, hook, *record,
                                    kProgramPolicy, pending) &&
             good;
    }
    Must(good && pending.undefined.empty());
  }

  // In scope order. `relocated` says whether their lookups are still to come.
  [[nodiscard]] std::span<Module<Arch>* const> modules() const { return modules_; }
  void SetRelocated(bool relocated) {
    for (Module<Arch>* module : modules_) module->relocated = relocated;
  }
  [[nodiscard]] size_t references() const { return references_; }
  [[nodiscard]] HostArena& arena() { return arena_; }

  static void Must(bool good) {
    if (good) return;
    std::fprintf(stderr, "bench: the fleet could not be linked\n");
    std::abort();
  }

 private:
  using Builder = testing::ImageBuilder<Arch>;

  [[nodiscard]] static std::string FunctionName(size_t object, size_t function) {
    char name[64];
    std::snprintf(name, sizeof(name), "_ZN5fleet6object%05zu8function%02zuEPKcm", object, function);
    return name;
  }

  [[nodiscard]] std::vector<std::byte> Build(size_t i, std::mt19937& random) const {
    const size_t objects = names_.size();
    Builder builder(names_[i]);
    // As linkers choose them: two symbols a bucket, a dozen bits of the filter for each.
    builder.buckets = static_cast<uint32_t>(functions_ / 2 + 1);
    builder.bloom_words = 1;
    while (builder.bloom_words * 8 * sizeof(Arch::Layout::Addr) < 12 * functions_) {
      builder.bloom_words *= 2;
    }
    builder.data_size = 0x1000;
    const auto version_of = [](size_t object) { return "FLEET_" + std::to_string(object % 10); };
    for (size_t function = 0; function < functions_; ++function) {
      builder.Define(FunctionName(i, function), Builder::kText + 16 * function,
                     {.type = elf::kSttFunc, .version = version_of(i)});
    }
    std::vector<size_t> needed;
    for (size_t child = 8 * i + 1; child <= 8 * i + 8 && child < objects; ++child) {
      needed.push_back(child);
    }
    while (needed.size() < std::min(kNeeded, objects - 1 - i)) {
      const size_t other = i + 1 + random() % (objects - 1 - i);
      if (std::find(needed.begin(), needed.end(), other) == needed.end()) needed.push_back(other);
    }
    for (const size_t other : needed) builder.Needed(names_[other]);
    if (needed.empty()) return builder.Build();
    for (size_t reference = 0; reference < references_of_each_; ++reference) {
      const size_t other = needed[random() % needed.size()];
      // Mostly another one each time, as a linker has it.
      const size_t function = (reference + random() % 4) % functions_;
      const uint32_t symbol = builder.Refer(FunctionName(other, function),
                                            {.version = version_of(other), .file = names_[other]});
      if (reference % 4 != 0) {
        builder.JmpRela(builder.Word(), TypeOf(arch::Op::kJumpSlot), symbol);
      } else {
        builder.Rela(builder.Word(), TypeOf(arch::Op::kSymbol), symbol);
      }
    }
    return builder.Build();
  }

  size_t functions_;
  size_t references_of_each_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<HostFile>> files_;
  TableFinder<Arch> finder_;
  HostLoader loader_;
  HostArena arena_;
  HostDiagnostics diagnostics_;
  std::unique_ptr<Session<Seams>> session_;
  std::vector<Module<Arch>*> modules_;
  size_t references_ = 0;
};

}  // namespace rtld::bench
