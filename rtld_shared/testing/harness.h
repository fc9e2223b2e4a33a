// SPDX-License-Identifier: BSD-2-Clause
//
// TestSeams: the fakes as one bundle, and a Bench that holds one of each for a session test.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/fakes.h"
#include "rtld_shared/testing/image_builder.h"

namespace rtld::testing {

template <arch::ElfArch ArchType, template <class> class ScopeType = ModuleScope>
struct TestSeams {
  using Arch = ArchType;
  using File = BufferFile;
  using Finder = FakeFinder<ArchType>;
  using Loader = FakeLoader;
  using Arena = CountingArena;
  using Diagnostics = Collector;
  using Scope = ScopeType<ArchType>;
};

// Owns files, fakes and the records of committed sessions. Members are public: tests look at them.
template <class Seams>
struct Bench {
  using SeamsType = Seams;
  using A = typename Seams::Arch;
  using Record = Linked<Seams>;

  explicit Bench(const Policy& bench_policy, size_t arena_fails = CountingArena::kNever,
                 size_t loader_fails = CountingArena::kNever)
      : policy(bench_policy), arena(arena_fails), loader(0x40000000, loader_fails) {}
  ~Bench() {
    for (Record* record : committed) DestroyLinked(loader, arena, record);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  BufferFile& AddFile(std::string path, std::vector<std::byte> bytes) {
    files.push_back(std::make_unique<BufferFile>(std::move(path), std::move(bytes)));
    return *files.back();
  }
  // A file that the finder finds under its soname.
  BufferFile& AddLibrary(const std::string& soname, std::vector<std::byte> bytes) {
    BufferFile& file = AddFile("/lib/" + soname, std::move(bytes));
    finder.AddFile(soname, file);
    return file;
  }
  std::unique_ptr<Session<Seams>> NewSession(
      typename Seams::Scope scope = typename Seams::Scope()) {
    return std::make_unique<Session<Seams>>(policy, 0x1000, std::move(scope), finder, loader, arena,
                                            diagnostics);
  }

  // All steps for one root; the records stay with the bench. `call` runs resolvers.
  template <class Call>
  [[nodiscard]] bool Link(BufferFile& root, Call&& call) {
    const std::unique_ptr<Session<Seams>> session = NewSession();
    Committed<Seams> out;
    if (!session->AddRoot(root) || !session->Plan() || !session->Map() || !session->Relocate() ||
        !session->Protect() || !session->RunResolvers(call) || !session->Seal() ||
        !std::move(*session).Commit(out)) {
      return false;
    }
    Take(out);
    return true;
  }
  [[nodiscard]] bool Link(BufferFile& root) {
    return Link(root, [](uint64_t) -> uint64_t { return 0; });
  }
  void Take(Committed<Seams>& out) {
    for (Record* record : out.records) {
      committed.push_back(record);
      finder.AddLoaded(record);
    }
    out.ClearLists(arena);
  }

  Record* Find(std::string_view name) {
    for (Record* record : committed) {
      if (record->name == name) return record;
    }
    return nullptr;
  }
  // The word at a link-time address of an image.
  static uint64_t WordAt(Record& record, uint64_t vaddr) {
    using L = typename A::Layout;
    const std::byte* bytes = record.image.At(vaddr, sizeof(typename L::Addr));
    return bytes == nullptr ? 0xdeadull : LoadWord<L>(bytes, sizeof(typename L::Addr));
  }

  Policy policy;
  CountingArena arena;
  typename Seams::Loader loader;
  FakeFinder<A> finder;
  Collector diagnostics;
  std::vector<std::unique_ptr<BufferFile>> files;
  std::vector<Record*> committed;
};

}  // namespace rtld::testing
