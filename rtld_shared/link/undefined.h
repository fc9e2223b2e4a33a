// SPDX-License-Identifier: BSD-2-Clause
//
// Explaining undefined symbols. Relocation only collects references; here, on the error path, each
// symbol is reported once with the number of its references and the reason nobody could be bound:
// defined by an image that is not needed, hidden, in another version, unversioned against the
// kernel, or defined by nobody. A hostile image may have many: of the later ones it is told that
// they are undefined, and not why.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/link/heap_sort.h"
#include "rtld_shared/link/lookup.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/relocate.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"

namespace rtld {

namespace internal {

// A symbol of that name in the image's table, whatever its binding, visibility and version.
template <arch::ElfArch A>
[[nodiscard]] const typename A::Layout::Sym* AnyDefinition(const Module<A>& module,
                                                           const SymbolName& name) {
  const typename A::Layout::Sym* found = nullptr;
  Comparisons comparisons;
  ForEachCandidate(module, name, [&](uint32_t i) {
    if (i >= module.dynamic.symbols.size()) return false;
    const auto& symbol = module.dynamic.symbols[i];
    if (symbol.shndx == elf::kShnUndef) return false;
    if (!comparisons.Equal(module.dynamic.strings, symbol.name, name.text)) {
      return comparisons.spent();
    }
    found = &symbol;
    return true;
  });
  return found;
}

}  // namespace internal

// Names for the lists of a report: memory of the arena for as long as the report is told. Without
// memory the list is shorter, the report is not lost. Where there are more than `most`, "..."
// stands for the others.
template <Arena R>
class NameList {
 public:
  // In lists that are told many times: names from files may be long, and a hostile one has many.
  static constexpr size_t kMost = 64;

  explicit NameList(R& arena, size_t most = ~size_t{0}) : arena_(arena), most_(most) {}
  NameList(const NameList&) = delete;
  NameList& operator=(const NameList&) = delete;
  ~NameList() { names_.Clear(arena_); }

  void Add(std::string_view name) {
    if (full_ || name.empty()) return;
    if (names_.size() == most_) {
      full_ = true;
      name = kMore;
    }
    if (!names_.Add(arena_, name)) full_ = true;
  }
  // Nothing more will be added.
  [[nodiscard]] bool full() const { return full_; }
  void Reset() {
    names_.Shrink(0);
    full_ = false;
  }
  [[nodiscard]] Names names() const { return names_.span(); }

 private:
  static constexpr std::string_view kMore = "...";

  R& arena_;
  List<std::string_view> names_;
  size_t most_;
  bool full_ = false;
};

template <class M>
[[nodiscard]] std::string_view DisplayName(const M& module) {
  return module.path.empty() ? module.name : module.path;
}

// `everybody`: all images that could have been meant, the session's and those linked before.
// `global`: the scope asks all of the first group for every image, not only those that it needs.
template <arch::ElfArch A, Arena R, Diagnostics D>
class UndefinedReporter {
 public:
  using Reference = UndefinedReference<A>;

  // Why a symbol is undefined is looked for in all images: for so many, then only told that it is.
  static constexpr uint32_t kMostExplained = 256;

  UndefinedReporter(D& diagnostics, R& arena,
                    std::span<const std::span<Module<A>* const>> everybody, bool global = false)
      : diagnostics_(diagnostics),
        everybody_(everybody),
        global_(global),
        searched_(arena, NameList<R>::kMost),
        versions_(arena, NameList<R>::kMost) {}

  // Sorts `references` and tells each symbol once. True when all were weak.
  [[nodiscard]] bool Run(std::span<Reference> references) {
    bool good = true;
    while (!references.empty()) {
      size_t count = 1;
      while (count < references.size() && references[count].module == references[0].module) {
        ++count;
      }
      if (!OfModule(references.first(count), good)) return false;
      references = references.subspan(count);
    }
    return good;
  }

 private:
  // False when Diagnostics wants no more.
  [[nodiscard]] bool OfModule(std::span<Reference> references, bool& good) {
    internal::HeapSort(references, [](const Reference& a, const Reference& b) {
      return a.symbol != b.symbol ? a.symbol < b.symbol : a.place < b.place;
    });
    const Module<A>& module = *references[0].module;
    ListSearched(module);
    for (size_t i = 0; i < references.size();) {
      size_t next = i + 1;
      while (next < references.size() && references[next].symbol == references[i].symbol) ++next;
      if (!Tell(module, references[i], static_cast<uint32_t>(next - i), good)) return false;
      i = next;
    }
    return true;
  }

  void ListSearched(const Module<A>& module) {
    searched_.Reset();
    if (global_) {
      for (const Module<A>* candidate : everybody_[0]) {
        if (searched_.full()) return;
        searched_.Add(DisplayName(*candidate));
      }
      return;
    }
    searched_.Add(DisplayName(module));
    for (const Module<A>* needed : module.needed) {
      if (searched_.full()) return;
      if (needed != nullptr) searched_.Add(DisplayName(*needed));
    }
  }

  [[nodiscard]] bool Tell(const Module<A>& module, const Reference& reference, uint32_t count,
                          bool& good) {
    const std::string_view text = module.NameOf(module.dynamic.symbols[reference.symbol]);
    if (reference.weak) {
      diagnostics_.Warning({.error = Error::kWeakUndefined,
                            .image = DisplayName(module),
                            .symbol = text,
                            .count = count});
      return true;
    }
    good = false;
    Report report =
        internal::AtRelocation<A>(Error::kUndefinedSymbol, reference.place, reference.type);
    report.image = DisplayName(module);
    report.symbol = text;
    report.count = count;
    const Version* wanted = module.VersionOf(reference.symbol);
    if (wanted != nullptr && !wanted->base) report.wanted = wanted->name;
    if (explained_ == kMostExplained) return diagnostics_.Error(report);
    ++explained_;
    report.searched = searched_.names();
    const Module<A>* provider = ProviderOf(module, wanted);
    if (provider == nullptr) {
      Explain(module, SymbolName(text), report);
      return diagnostics_.Error(report);
    }
    ExplainVersioned(*provider, SymbolName(text), report);
    const std::string_view only = DisplayName(*provider);
    if (!global_) {
      report.searched = {&only, 1};
    } else if (report.reason == Reason::kNotInVersionFile) {
      FindElsewhere(module, SymbolName(text), report);
    }
    return diagnostics_.Error(report);
  }

  // The image that the reference wants its version of, or nullptr.
  [[nodiscard]] static const Module<A>* ProviderOf(const Module<A>& module, const Version* wanted) {
    if (wanted == nullptr || wanted->base || wanted->kind != Version::Kind::kNeeded) return nullptr;
    return module.providers[static_cast<size_t>(wanted - &module.versions[0])];
  }

  // The reference names its file, and the version is known to be there (or nobody there has any).
  void ExplainVersioned(const Module<A>& provider, const SymbolName& name, Report& report) {
    report.other = DisplayName(provider);
    const auto* symbol = internal::AnyDefinition(provider, name);
    if (symbol == nullptr) {
      report.reason = Reason::kNotInVersionFile;
      return;
    }
    if (!IsExported(*symbol)) {
      report.reason = Reason::kHidden;
      return;
    }
    ListVersionsOf(provider, name, report);
  }

  // A global scope asks the others for that version too, and one of them may have another.
  void FindElsewhere(const Module<A>& module, const SymbolName& name, Report& report) {
    for (const Module<A>* candidate : everybody_[0]) {
      if (candidate == &module || candidate->versioned_only) continue;
      const auto* symbol = internal::AnyDefinition(*candidate, name);
      if (symbol == nullptr || !IsExported(*symbol)) continue;
      ListVersionsOf(*candidate, name, report);
      report.reason = Reason::kNotInVersionFile;
      report.detail = DisplayName(*candidate);
      return;
    }
  }

  void Explain(const Module<A>& module, const SymbolName& name, Report& report) {
    report.reason = Reason::kNobody;
    for (const std::span<Module<A>* const>& group : everybody_) {
      const bool all_asked = global_ && &group == everybody_.data();
      for (const Module<A>* candidate : group) {
        if (candidate == nullptr || candidate == &module) continue;
        const auto* symbol = internal::AnyDefinition(*candidate, name);
        if (symbol == nullptr) continue;
        if (all_asked || IsNeeded(module, *candidate)) {
          if (Weaker(report.reason, ReasonOf(*candidate, *symbol))) {
            report.reason = ReasonOf(*candidate, *symbol);
            report.other = DisplayName(*candidate);
            if (report.reason == Reason::kOtherVersion) ListVersionsOf(*candidate, name, report);
          }
        } else if (candidate->versioned_only) {
          if (Weaker(report.reason, Reason::kKernelUnversioned)) {
            report.reason = Reason::kKernelUnversioned;
            report.other = DisplayName(*candidate);
          }
        } else if (IsExported(*symbol)) {
          report.reason = Reason::kNotNeeded;
          report.other = DisplayName(*candidate);
          return;
        } else if (Weaker(report.reason, Reason::kHidden)) {
          report.reason = Reason::kHidden;
          report.other = DisplayName(*candidate);
        }
      }
    }
  }

  // Why an image that has the symbol was asked and did not give it.
  [[nodiscard]] static Reason ReasonOf(const Module<A>& candidate,
                                       const typename A::Layout::Sym& symbol) {
    if (candidate.versioned_only) return Reason::kKernelUnversioned;
    return IsExported(symbol) ? Reason::kOtherVersion : Reason::kHidden;
  }

  // An image that is needed and hides the symbol, or wants a version, says more than nothing.
  [[nodiscard]] static bool Weaker(Reason now, Reason other) {
    return now == Reason::kNobody || (now == Reason::kHidden && other != Reason::kHidden);
  }

  [[nodiscard]] static bool IsNeeded(const Module<A>& module, const Module<A>& candidate) {
    for (const Module<A>* needed : module.needed) {
      if (needed == &candidate) return true;
    }
    return false;
  }

  // The versions in which the image defines this very symbol.
  void ListVersionsOf(const Module<A>& provider, const SymbolName& name, Report& report) {
    report.reason = Reason::kOtherVersion;
    versions_.Reset();
    Comparisons comparisons;
    ForEachCandidate(provider, name, [&](uint32_t i) {
      if (i >= provider.dynamic.symbols.size()) return false;
      const auto& symbol = provider.dynamic.symbols[i];
      if (IsExported(symbol) &&
          comparisons.Equal(provider.dynamic.strings, symbol.name, name.text)) {
        const Version* version = provider.VersionOf(i);
        if (version != nullptr && !version->base) versions_.Add(version->name);
      }
      return comparisons.spent() || versions_.full();
    });
    report.list = versions_.names();
  }

  D& diagnostics_;
  std::span<const std::span<Module<A>* const>> everybody_;
  bool global_;
  uint32_t explained_ = 0;
  NameList<R> searched_;
  NameList<R> versions_;
};

}  // namespace rtld
