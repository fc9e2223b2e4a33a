// SPDX-License-Identifier: BSD-2-Clause
//
// Explaining undefined symbols. Relocation only collects references; here, on the error path, each
// symbol is reported once with the number of its references and the reason nobody could be bound:
// defined by an image that is not needed, hidden, in another version, unversioned against the
// kernel, or defined by nobody.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/relocate.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"

namespace rtld {

namespace internal {

// Heap sort: no recursion, no memory, and no bad case for a hostile image.
template <class T, class Less>
void HeapSort(std::span<T> items, Less&& less) {
  const auto sink = [&](size_t root, size_t end) {
    for (size_t child = 2 * root + 1; child < end; child = 2 * root + 1) {
      if (child + 1 < end && less(items[child], items[child + 1])) ++child;
      if (!less(items[root], items[child])) return;
      const T other = items[root];
      items[root] = items[child];
      items[child] = other;
      root = child;
    }
  };
  for (size_t i = items.size() / 2; i-- > 0;) sink(i, items.size());
  for (size_t end = items.size(); end-- > 1;) {
    const T other = items[0];
    items[0] = items[end];
    items[end] = other;
    sink(0, end);
  }
}

// A symbol of that name in the image's table, whatever its binding, visibility and version.
template <arch::ElfArch A>
[[nodiscard]] const typename A::Layout::Sym* AnyDefinition(const Module<A>& module,
                                                           const SymbolName& name) {
  const typename A::Layout::Sym* found = nullptr;
  const auto match = [&](uint32_t i) {
    if (i >= module.dynamic.symbols.size()) return false;
    const auto& symbol = module.dynamic.symbols[i];
    if (symbol.shndx == elf::kShnUndef) return false;
    if (!module.dynamic.strings.Equals(symbol.name, name.text)) return false;
    found = &symbol;
    return true;
  };
  if (module.dynamic.gnu_hash.present()) {
    module.dynamic.gnu_hash.Find(name.hash, match);
  } else if (module.dynamic.sysv_hash.present()) {
    module.dynamic.sysv_hash.Find(SysvHash(name.text), match);
  }
  return found;
}

}  // namespace internal

// Names for the lists of a report: memory of the arena for as long as the report is told. Without
// memory the list is shorter, the report is not lost.
template <Arena R>
class NameList {
 public:
  explicit NameList(R& arena) : arena_(arena) {}
  NameList(const NameList&) = delete;
  NameList& operator=(const NameList&) = delete;
  ~NameList() { names_.Clear(arena_); }

  void Add(std::string_view name) {
    if (full_ || name.empty()) return;
    if (!names_.Add(arena_, name)) full_ = true;
  }
  void AddDefinedVersions(Versions versions) {
    for (const Version& version : versions) {
      if (version.kind == Version::Kind::kDefined && !version.base) Add(version.name);
    }
  }
  void Reset() { names_.Shrink(0); }
  [[nodiscard]] Names names() const { return names_.span(); }

 private:
  R& arena_;
  List<std::string_view> names_;
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

  UndefinedReporter(D& diagnostics, R& arena,
                    std::span<const std::span<Module<A>* const>> everybody, bool global = false)
      : diagnostics_(diagnostics),
        everybody_(everybody),
        global_(global),
        searched_(arena),
        versions_(arena) {}

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
      for (const Module<A>* candidate : everybody_[0]) searched_.Add(DisplayName(*candidate));
      return;
    }
    searched_.Add(DisplayName(module));
    for (const Module<A>* needed : module.needed) {
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
    report.searched = searched_.names();
    const Version* wanted = module.VersionOf(reference.symbol);
    std::string_view only;
    if (wanted != nullptr && !wanted->base) {
      report.wanted = wanted->name;
      if (wanted->kind == Version::Kind::kNeeded) {
        const Module<A>* provider =
            module.providers[static_cast<size_t>(wanted - &module.versions[0])];
        if (provider != nullptr) {
          ExplainVersioned(*provider, SymbolName(text), report);
          only = DisplayName(*provider);
          report.searched = {&only, 1};
          return diagnostics_.Error(report);
        }
      }
    }
    Explain(module, SymbolName(text), report);
    return diagnostics_.Error(report);
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

  void Explain(const Module<A>& module, const SymbolName& name, Report& report) {
    report.reason = Reason::kNobody;
    for (const std::span<Module<A>* const> group : everybody_) {
      for (const Module<A>* candidate : group) {
        if (candidate == nullptr || candidate == &module) continue;
        const auto* symbol = internal::AnyDefinition(*candidate, name);
        if (symbol == nullptr) continue;
        if (IsNeeded(module, *candidate)) {
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

  // Why a needed image that has the symbol did not give it.
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
    const auto collect = [&](uint32_t i) {
      if (i >= provider.dynamic.symbols.size()) return false;
      const auto& symbol = provider.dynamic.symbols[i];
      if (!IsExported(symbol) || !provider.dynamic.strings.Equals(symbol.name, name.text)) {
        return false;
      }
      const Version* version = provider.VersionOf(i);
      if (version != nullptr && !version->base) versions_.Add(version->name);
      return false;
    };
    if (provider.dynamic.gnu_hash.present()) {
      provider.dynamic.gnu_hash.Find(name.hash, collect);
    } else if (provider.dynamic.sysv_hash.present()) {
      provider.dynamic.sysv_hash.Find(SysvHash(name.text), collect);
    }
    report.list = versions_.names();
  }

  D& diagnostics_;
  std::span<const std::span<Module<A>* const>> everybody_;
  bool global_;
  NameList<R> searched_;
  NameList<R> versions_;
};

}  // namespace rtld
