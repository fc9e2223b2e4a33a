// SPDX-License-Identifier: BSD-2-Clause
//
// Planner: from root files to a closed, checked set of records, before anything is mapped.
//
// Everything is read from the files: headers, dynamic section, names, versions. DT_NEEDED is
// followed breadth first; an image's identity is its DT_SONAME, or of one that has none and need
// not have one its file and what it was asked for by. What is found wrong is reported image by
// image, as long as Diagnostics wants more, so that one run tells of every missing dependency.
//
// The planner owns the records until the session's Commit takes them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/decode/version.h"
#include "rtld_shared/graph/graph.h"
#include "rtld_shared/link/pointer_index.h"
#include "rtld_shared/link/records.h"
#include "rtld_shared/link/undefined.h"
#include "rtld_shared/link/version_index.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

template <SessionSeams T>
class Planner {
 public:
  using A = typename T::Arch;
  using Record = Linked<T>;
  using FileType = typename T::File;
  using D = typename T::Diagnostics;
  using Scoped = InImage<D>;

  Planner(const Policy& policy, uint64_t page, typename T::Finder& finder,
          typename T::Loader& loader, typename T::Arena& arena, D& diagnostics)
      : policy_(policy),
        page_(page),
        finder_(finder),
        loader_(loader),
        arena_(arena),
        diagnostics_(diagnostics) {}
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  ~Planner() {
    for (size_t i = records_.size(); i-- > 0;) DestroyLinked(loader_, arena_, records_[i]);
    records_.Clear(arena_);
    ClearIndex();
  }

  [[nodiscard]] LinkedList<T>& records() { return records_; }

  [[nodiscard]] bool AddRoot(FileType& file, std::string_view asked) {
    if (const uint32_t at = files_.Find(&file); at != PointerIndex::kNone) {
      return RootAgain(file.Path(), records_[at]->name, *records_[at], asked);
    }
    Record* record = nullptr;
    bool more = true;
    if (!ReadFile(file, {}, {}, record, more)) return false;
    record->root = true;
    const Module<A>* const other = NamedAs(*record, asked);
    if (other == nullptr) return Keep(record, asked);
    const std::string_view path = record->path, name = record->name;
    DestroyLinked(loader_, arena_, record);
    return RootAgain(path, name, *other, asked);
  }

  [[nodiscard]] bool Adopt(const Adoption<T>& adoption) {
    Record* record = NewRecord(adoption.path);
    if (record == nullptr) return false;
    record->image = adoption.image;
    record->bias = static_cast<typename A::Layout::Addr>(adoption.image.Bias());
    record->entry = adoption.entry;
    record->relocated = adoption.relocated;
    record->root = adoption.root;
    // What another party has relocated needs nothing done to its text and thread-local words, and
    // what another party has mapped is that one's to protect.
    Policy policy = policy_;
    if (adoption.relocated) policy.allow_tls = policy.allow_text_relocations = true;
    if (!adoption.owned) policy.allow_writable_code = true;
    Scoped diagnostics(diagnostics_, adoption.path, {});
    if (!PlanLoad<A>(diagnostics, arena_, adoption.phdrs, internal::kUnknownSize, page_, policy,
                     record->plan) ||
        !ReadImage(diagnostics, record->image, policy, *record)) {
      DestroyLinked(loader_, arena_, record);
      return false;
    }
    Name(*record, BaseName(adoption.path));
    if (!Keep(record, {})) return false;
    // Ownership begins with success: a refused adoption leaves the image with the caller.
    record->owned = adoption.owned;
    return true;
  }

  // Closes the set over DT_NEEDED and checks it as a whole.
  [[nodiscard]] bool Close() {
    bool good = true;
    for (uint32_t i = 0; i < records_.size(); ++i) {
      if (!AddNeeded(*records_[i], good)) return false;
    }
    if (!good) return false;
    if (!policy_.allow_cycles && !CheckCycles()) return false;
    for (Record* record : records_) {
      if (!CheckVersions(*record, good)) return false;
    }
    return good;
  }

  // Reads dynamic section and versions again, now from mapped memory: from here on nothing of the
  // record points into a file, its own or its requester's.
  [[nodiscard]] bool ReadMapped(Record& record) {
    Scoped diagnostics(diagnostics_, DisplayName(record), {}, Reading::kAgain);
    const size_t versions = record.versions.size();
    const bool text = record.dynamic.text_relocations;
    FreeArray(arena_, record.versions);
    if (!ReadImage(diagnostics, record.image, policy_, record)) return false;
    if (record.versions.size() != versions || record.dynamic.text_relocations != text) {
      diagnostics.Error({.error = Error::kBadVersion, .detail = "the file changed while loading"});
      return false;
    }
    if (record.dynamic.has_soname) record.name = record.dynamic.soname;
    return true;
  }

  // Names and files are needed until the plan is closed.
  void ClearIndex() {
    index_.Clear(arena_);
    files_.Clear(arena_);
    defined_.Clear(arena_);
  }

 private:
  [[nodiscard]] static std::string_view BaseName(std::string_view path) {
    size_t from = path.size();
    while (from > 0 && path[from - 1] != '/') --from;
    return {path.data() + from, path.size() - from};
  }

  [[nodiscard]] Record* NewRecord(std::string_view path) {
    void* memory = arena_.Allocate(sizeof(Record), alignof(Record));
    if (memory == nullptr) {
      NoMemory(path, "module record");
      return nullptr;
    }
    Record* record = new (memory) Record();
    record->path = path;
    return record;
  }

  // Whether its name is one to find it by. Without a DT_SONAME only what it was asked for by is:
  // files of many directories may have the last part of a path in common.
  [[nodiscard]] bool IsNamed(const Record& record) const {
    return record.dynamic.has_soname || policy_.require_soname;
  }

  // Who has the name of a new root, or nullptr.
  [[nodiscard]] const Module<A>* NamedAs(const Record& root, std::string_view asked) {
    const bool named = IsNamed(root);
    if (!named && asked.empty()) return nullptr;
    const uint32_t at = index_.Find(named ? root.name : asked);
    if (at != NameIndex::kNone) return records_[at];
    return named && policy_.unique_sonames ? finder_.Loaded(root.name) : nullptr;
  }

  // A root that `other` is already.
  [[nodiscard]] bool RootAgain(std::string_view path, std::string_view name, const Module<A>& other,
                               std::string_view asked) {
    if (policy_.unique_sonames) {
      diagnostics_.Error({.error = Error::kAlreadyLoaded,
                          .image = path,
                          .wanted = name,
                          .other = DisplayName(other)});
      return false;
    }
    // Of this session: the same library twice is one root.
    return asked.empty() || index_.Add(arena_, asked, other.node) ||
           NoMemory(path, "names of modules");
  }

  // Into the list, under its names; the record goes when that fails, and all else is as before.
  // `asked`: what it was found by, if that was a name.
  [[nodiscard]] bool Keep(Record* record, std::string_view asked) {
    const uint32_t at = static_cast<uint32_t>(records_.size());
    record->node = at;
    if (records_.Add(arena_, record)) {
      if (index_.Reserve(arena_, index_.size() + 2) && files_.Reserve(arena_, files_.size() + 1)) {
        // There is room for them.
        if (IsNamed(*record)) static_cast<void>(index_.Add(arena_, record->name, at));
        if (!asked.empty()) static_cast<void>(index_.Add(arena_, asked, at));
        if (record->file != nullptr) static_cast<void>(files_.Add(arena_, record->file, at));
        return true;
      }
      records_.Shrink(at);
    }
    NoMemory(record->path, "list of modules");
    DestroyLinked(loader_, arena_, record);
    return false;
  }

  void Name(Record& record, std::string_view otherwise) {
    record.name = record.dynamic.has_soname ? record.dynamic.soname : otherwise;
    record.versioned_only =
        !policy_.versioned_only.empty() && record.name == policy_.versioned_only;
  }

  // What a DT_NEEDED asked for, where it stays as long as the record: its requester's file may go
  // with the session, and its requester before it. Nearly always that is how the path ends.
  [[nodiscard]] bool KeepAsked(Record& record, std::string_view wanted, std::string_view& kept) {
    const std::string_view path = record.path;
    if (path.ends_with(wanted)) {
      kept = path;
      kept.remove_prefix(path.size() - wanted.size());
      return true;
    }
    record.asked = AllocateArray<char>(arena_, wanted.size());
    if (record.asked.empty()) return false;
    std::memcpy(record.asked.data(), wanted.data(), wanted.size());
    kept = {record.asked.data(), record.asked.size()};
    return true;
  }

  template <class M>
  [[nodiscard]] bool ReadImage(Scoped& diagnostics, M& memory, const Policy& policy,
                               Record& record) {
    return Decode<A>(diagnostics, memory, record.plan, policy, record.dynamic) &&
           ReadVersions<A>(diagnostics, arena_, memory, record.dynamic, record.versions);
  }

  // One file into a record of its own, in no list yet. When that fails, `more` is whether to go on.
  [[nodiscard]] bool ReadFile(FileType& file, std::string_view wanted, std::string_view needed_by,
                              Record*& out, bool& more) {
    Record* record = NewRecord(file.Path());
    more = record != nullptr;
    if (!more) return false;
    record->file = &file;
    Scoped diagnostics(diagnostics_, file.Path(), needed_by);
    if (ReadHeadersAndTables(diagnostics, file, *record) &&
        CheckIdentity(diagnostics, *record, wanted) && CheckSymbols(diagnostics, *record)) {
      out = record;
      return true;
    }
    more = diagnostics.more();
    DestroyLinked(loader_, arena_, record);
    return false;
  }

  [[nodiscard]] bool ReadHeadersAndTables(Scoped& diagnostics, FileType& file, Record& record) {
    Headers<A> headers;
    if (!ReadHeaders<A>(diagnostics, file, policy_, headers)) return false;
    record.entry = headers.entry;
    record.type = headers.type;
    if (!PlanLoad<A>(diagnostics, arena_, headers.phdrs, file.Size(), page_, policy_,
                     record.plan)) {
      return false;
    }
    if (record.entry != 0 && !MayBeFunction<A>(record.plan, record.entry)) {
      diagnostics.Error({.error = Error::kBadTarget, .detail = "e_entry", .value = record.entry});
      return false;
    }
    FileMemory<FileType> memory(file, record.plan);
    return ReadImage(diagnostics, memory, policy_, record);
  }

  [[nodiscard]] bool CheckIdentity(Scoped& diagnostics, Record& record, std::string_view wanted) {
    if (policy_.require_soname && !record.dynamic.has_soname) {
      diagnostics.Error({.error = Error::kNoSoname});
      return false;
    }
    std::string_view otherwise = BaseName(record.path);
    if (!record.dynamic.has_soname && !wanted.empty() && !KeepAsked(record, wanted, otherwise)) {
      return NoMemory(record.path, "name of a module");
    }
    Name(record, otherwise);
    if (policy_.soname_must_match && !wanted.empty() && record.name != wanted) {
      diagnostics.Error({.error = Error::kSonameMismatch, .wanted = wanted, .other = record.name});
      return false;
    }
    return true;
  }

  // Refusals that need a look at every symbol and relocation; only for clients that refuse any.
  [[nodiscard]] bool CheckSymbols(Scoped& diagnostics, const Record& record) {
    const DynamicInfo<A>& dynamic = record.dynamic;
    if (!policy_.allow_unique) {
      const uint32_t count = dynamic.SymbolCount();
      for (uint32_t i = 1; i < count; ++i) {
        const auto& symbol = dynamic.symbols[i];
        if (elf::BindOf(symbol.info) != elf::kStbGnuUnique) continue;
        diagnostics.Error({.error = Error::kUniqueSymbol, .symbol = record.NameOf(symbol)});
        return false;
      }
    }
    return policy_.allow_copy || (CheckCopies(diagnostics, record, dynamic.rela) &&
                                  CheckCopies(diagnostics, record, dynamic.rel));
  }

  template <class Entry>
  [[nodiscard]] bool CheckCopies(Scoped& diagnostics, const Record& record,
                                 std::span<const Entry> table) {
    using L = typename A::Layout;
    for (const Entry& entry : table) {
      const uint32_t type = L::TypeOf(entry.info), symbol = L::SymbolOf(entry.info);
      if (A::RuleFor(type).op != arch::Op::kCopy) continue;
      Report report = internal::AtRelocation<A>(Error::kCopyRelocation, entry.offset, type);
      if (symbol < record.dynamic.symbols.size()) {
        report.symbol = record.NameOf(record.dynamic.symbols[symbol]);
      }
      diagnostics.Error(report);
      return false;
    }
    return true;
  }

  // Fills record.needed, adding records for what is not there yet. False: stop at once.
  [[nodiscard]] bool AddNeeded(Record& record, bool& good) {
    size_t count = 0;
    record.dynamic.ForEachNeeded([&](std::string_view) { return ++count, true; });
    if (count == 0) return true;
    record.needed = AllocateArray<Module<A>*>(arena_, count);
    if (record.needed.empty()) return NoMemory(record.path, "list of needed modules");
    size_t at = 0;
    NameIndex refused;  // looked for once, and told once, however often the image names it
    const bool all = record.dynamic.ForEachNeeded([&](std::string_view name) {
      Module<A>*& needed = record.needed[at++];
      if (refused.Find(name) != NameIndex::kNone) return true;
      bool more = true;
      needed = FindNeeded(record, name, more);
      if (needed != nullptr) return true;
      good = false;
      return more && (refused.Add(arena_, name, 0) || NoMemory(record.path, "names of modules"));
    });
    refused.Clear(arena_);
    return all;
  }

  // The module for one DT_NEEDED entry, or nullptr after a report; `more` is whether to go on.
  [[nodiscard]] Module<A>* FindNeeded(const Record& requester, std::string_view name, bool& more) {
    const uint32_t known = index_.Find(name);
    if (known != NameIndex::kNone) return records_[known];
    if (Module<A>* loaded = finder_.Loaded(name); loaded != nullptr) return loaded;
    const Found<FileType> found = finder_.Search(name, requester);
    if (found.file == nullptr) {
      more = diagnostics_.Error({.error = Error::kMissingDependency,
                                 .image = DisplayName(requester),
                                 .wanted = name,
                                 .list = found.looked_in});
      return nullptr;
    }
    // A file that was found before under another name is the same image, DT_SONAME or not.
    if (const uint32_t same = files_.Find(found.file); same != PointerIndex::kNone) {
      more = index_.Add(arena_, name, same) || NoMemory(requester.path, "names of modules");
      return more ? records_[same] : nullptr;
    }
    Record* record = nullptr;
    if (!ReadFile(*found.file, name, DisplayName(requester), record, more)) return nullptr;
    // Found under a second name: the soname says who it is.
    const uint32_t same = index_.Find(record->name);
    Module<A>* other = same != NameIndex::kNone ? records_[same]
                       : record->name != name   ? finder_.Loaded(record->name)
                                                : nullptr;
    if (other != nullptr) {
      DestroyLinked(loader_, arena_, record);
      if (same == NameIndex::kNone) return other;
      // The next one who needs it by that name need not read the file again.
      more = index_.Add(arena_, name, same) || NoMemory(requester.path, "names of modules");
      return more ? other : nullptr;
    }
    more = Keep(record, name);
    return more ? record : nullptr;
  }

  [[nodiscard]] bool CheckCycles() {
    const size_t n = records_.size() + 1;
    std::span<graph::Node> memory =
        AllocateArray<graph::Node>(arena_, n * (graph::kWorkPerNode + 2));
    if (memory.empty()) return NoMemory({}, "order of modules");
    const std::span<graph::Node> roots = memory.subspan(0, n - 1), cycle = memory.subspan(n, n);
    for (uint32_t i = 0; i < roots.size(); ++i) roots[i] = i;
    const NeededEdges<T> edges = {records_.span()};
    const size_t length = graph::FindCycle(n, roots, edges, cycle, memory.subspan(2 * n));
    if (length != 0) TellCycle(cycle.first(length));
    FreeArray(arena_, memory);
    return length == 0;
  }

  void TellCycle(std::span<const graph::Node> cycle) {
    NameList<typename T::Arena> names(arena_);
    for (const graph::Node node : cycle) names.Add(DisplayName(*records_[node]));
    names.Add(DisplayName(*records_[cycle[0]]));
    diagnostics_.Error(
        {.error = Error::kCycle, .image = DisplayName(*records_[cycle[0]]), .list = names.names()});
  }

  // Binds each version that the image needs to its provider, and checks that it is there. Images
  // that another party has relocated are bound too: their references may have to be rebound.
  [[nodiscard]] bool CheckVersions(Record& record, bool& good) {
    if (record.versions.empty()) return true;
    record.providers = AllocateArray<Module<A>*>(arena_, record.versions.size());
    record.provided = AllocateArray<uint16_t>(arena_, record.versions.size());
    if (record.providers.empty() || record.provided.empty()) {
      return NoMemory(record.path, "version providers");
    }
    NameIndex needed;
    const bool bound = IndexNeeded(record, needed) ? BindVersions(record, needed, good)
                                                   : NoMemory(record.path, "names of modules");
    needed.Clear(arena_);
    return bound;
  }

  // False: stop at once.
  [[nodiscard]] bool BindVersions(Record& record, const NameIndex& needed, bool& good) {
    for (size_t i = 0; i < record.versions.size(); ++i) {
      const Version& wanted = record.versions[i];
      if (wanted.kind != Version::Kind::kNeeded) continue;
      Module<A>* provider = ProviderOf(record, needed, wanted.file);
      record.providers[i] = provider;
      bool more = true;
      if (provider != nullptr ? HasVersion(record, *provider, wanted, record.provided[i], more)
                              : NoProvider(record, wanted, more)) {
        continue;
      }
      good = false;
      if (!more) return false;
    }
    return true;
  }

  // What the image needs, by the names of its DT_NEEDED and by their own: a hostile one may have many
  // of both, needed files and versions.
  [[nodiscard]] bool IndexNeeded(const Record& record, NameIndex& needed) {
    if (record.needed.empty()) return true;
    uint32_t at = 0;
    return needed.Reserve(arena_, 2 * record.needed.size()) &&
           record.dynamic.ForEachNeeded([&](std::string_view name) {
             const uint32_t i = at++;
             return needed.Add(arena_, name, i) && needed.Add(arena_, record.needed[i]->name, i);
           });
  }

  // The image that DT_NEEDED or DT_SONAME calls `file`.
  [[nodiscard]] Module<A>* ProviderOf(const Record& record, const NameIndex& needed,
                                      std::string_view file) {
    const uint32_t at = needed.Find(file);
    if (at != NameIndex::kNone) return record.needed[at];
    if (policy_.require_versions) return nullptr;
    const uint32_t known = index_.Find(file);
    return known != NameIndex::kNone ? records_[known] : finder_.Loaded(file);
  }

  // `index`: which one it is; the base version, which no symbol is bound by, stays 0.
  [[nodiscard]] bool HasVersion(const Record& record, const Module<A>& provider,
                                const Version& wanted, uint16_t& index, bool& more) {
    typename VersionIndex<A>::Defined defined;
    if (!defined_.Get(arena_, provider, defined)) {
      more = NoMemory(record.path, "versions by name");
      return false;
    }
    if (const uint32_t found = defined.Find(wanted); found != VersionIndex<A>::kNone) {
      if (!provider.versions[found].base) index = static_cast<uint16_t>(found);
      return true;
    }
    if (wanted.weak) return true;
    if (!policy_.require_versions && !defined.any()) {
      diagnostics_.Warning({.error = Error::kNoVersionInfo,
                            .image = DisplayName(record),
                            .wanted = wanted.name,
                            .other = DisplayName(provider)});
      return true;
    }
    constexpr size_t kMost = NameList<typename T::Arena>::kMost;
    NameList<typename T::Arena> names(arena_, names_left_ < kMost ? names_left_ : kMost);
    defined.ForEach([&](const Version& version) {
      if (!version.base) names.Add(version.name);
      return !names.full();
    });
    const size_t told = names.names().size();
    names_left_ -= told < names_left_ ? told : names_left_;
    more = diagnostics_.Error({.error = Error::kMissingVersion,
                               .image = DisplayName(record),
                               .wanted = wanted.name,
                               .other = DisplayName(provider),
                               .list = names.names()});
    return false;
  }

  // A version of a file that is not even needed: a linker makes none such.
  [[nodiscard]] bool NoProvider(const Record& record, const Version& wanted, bool& more) {
    if (!policy_.require_versions) return true;
    more = diagnostics_.Error({.error = Error::kMissingVersion,
                               .image = DisplayName(record),
                               .wanted = wanted.name,
                               .other = wanted.file,
                               .detail = "which DT_NEEDED does not name"});
    return false;
  }

  bool NoMemory(std::string_view image, std::string_view what) {
    diagnostics_.Error({.error = Error::kNoMemory, .image = image, .detail = what});
    return false;
  }

  const Policy& policy_;
  uint64_t page_;
  typename T::Finder& finder_;
  typename T::Loader& loader_;
  typename T::Arena& arena_;
  D& diagnostics_;
  LinkedList<T> records_;
  NameIndex index_;
  PointerIndex files_;
  VersionIndex<A> defined_;
  // Of versions that images define, in reports of missing ones.
  size_t names_left_ = 4096;
};

}  // namespace rtld
