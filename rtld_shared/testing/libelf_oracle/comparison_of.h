// SPDX-License-Identifier: BSD-2-Clause
//
// ComparisonOf<A, S>: Comparison's session for CPU A and scope S, ModuleScope or CheckedScope.
// Answers of the latter that differ fail the link, with a report of their own.
//
// For a CPU whose PLT slots are code, JumpTargetOf(A, word, place, addend, bias) must be found by
// its namespace before this header: the run-time address that the slot goes to, by executing it.
// word(vaddr, bytes) gives what the image holds at a link-time address, if it holds it.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/link/session.h"
#include "rtld_shared/testing/fakes.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"

namespace rtld::testing {

template <arch::ElfArch A>
struct DescriptorHook {
  using Addr = typename A::Layout::Addr;
  [[nodiscard]] bool TlsDescriptor(const Definition<A>& definition, Addr addend,
                                   Addr* words) const {
    const bool defined = definition.module != nullptr;
    words[0] = static_cast<Addr>(kFakeDescriptor + (defined ? definition.module->tls_module : 0));
    words[1] = static_cast<Addr>((defined ? definition.symbol->value.get() : 0) + addend);
    return true;
  }
};

template <arch::ElfArch A, template <class> class S>
struct ComparisonSeams {
  using Arch = A;
  using File = BufferFile;
  using Finder = FakeFinder<A>;
  using Loader = FakeLoader;
  using Arena = CountingArena;
  using Diagnostics = Collector;
  using Scope = S<A>;
  using Hook = DescriptorHook<A>;
};

template <arch::HasTls A, template <class> class S>
class ComparisonOf final : public Comparison {
 public:
  using Seams = ComparisonSeams<A, S>;
  using Record = Linked<Seams>;
  using Addr = typename A::Layout::Addr;

  ComparisonOf(const Policy& policy, const oracle::Calculations& calculations, uint64_t first_bias)
      : Comparison(
            policy,
            std::is_same_v<S<A>, ModuleScope<A>> ? oracle::Scope::kModule : oracle::Scope::kProgram,
            calculations, first_bias) {}

  void AddFile(const std::string& soname, const std::string& path,
               std::vector<uint8_t> bytes) override {
    finder_.AddFile(soname, NewFile(path, std::move(bytes)));
  }

  [[nodiscard]] bool Link() override {
    const bool linked = RunSession();
    if (scope_checks_.differing == 0) return linked;
    diagnostics_.Error({.error = Error::kBadSymbol,
                        .image = scope_checks_.image,
                        .symbol = scope_checks_.symbol,
                        .detail = scope_checks_.detail,
                        .value = scope_checks_.index});
    return false;
  }

  void EndSession() override { session_.reset(); }

  [[nodiscard]] std::vector<LinkedImage> Images() override {
    std::vector<LinkedImage> images;
    for (const Record* record : session_->records()) {
      LinkedImage image;
      image.path = record->path;
      image.name = record->name;
      image.bias = record->bias;
      image.tls_module = record->tls_module;
      if (record->tls_module != 0) {
        image.tls_offset =
            static_cast<uint64_t>(record->tls_offset - int64_t{A::Tls::kThreadPointerBias});
      }
      image.gnu_hash = record->dynamic.gnu_hash.present();
      image.sysv_hash = record->dynamic.sysv_hash.present();
      images.push_back(std::move(image));
    }
    return images;
  }

  [[nodiscard]] const std::byte* At(size_t index, uint64_t vaddr, uint64_t size) override {
    return session_->records()[index]->image.At(vaddr, size);
  }
  [[nodiscard]] uint64_t WordAt(size_t index, uint64_t vaddr) override {
    const std::byte* bytes = At(index, vaddr, sizeof(Addr));
    return bytes == nullptr ? 0 : LoadWord<typename A::Layout>(bytes, sizeof(Addr));
  }

  [[nodiscard]] int FindSymbol(size_t index, const std::string& name,
                               const std::string& version) override {
    Version wanted;
    wanted.kind = Version::Kind::kNeeded;
    wanted.name = version;
    wanted.hash = SysvHash(version);
    uint32_t symbol = 0;
    const auto* found =
        Lookup(*session_->records()[index], SymbolName(name), version.empty() ? nullptr : &wanted,
               {.strict_versions = true}, &symbol);
    return found != nullptr ? static_cast<int>(symbol) : -1;
  }

  [[nodiscard]] std::optional<uint64_t> JumpTarget(size_t index, uint64_t place, uint64_t addend,
                                                   std::span<const std::byte> slot) override {
    const auto word = [=, this](uint64_t vaddr, unsigned bytes) -> std::optional<uint64_t> {
      const uint64_t at = vaddr - place;
      const bool in_slot = at < slot.size() && bytes <= slot.size() - at;
      const std::byte* found = in_slot ? slot.data() + at : At(index, vaddr, bytes);
      if (found == nullptr) return std::nullopt;
      return static_cast<uint64_t>(LoadWord<typename A::Layout>(found, bytes));
    };
    if constexpr (requires { JumpTargetOf(A(), word, place, addend, place); }) {
      return JumpTargetOf(A(), word, place, addend, session_->records()[index]->bias);
    } else {
      return std::nullopt;
    }
  }

  [[nodiscard]] bool HasVariantCalls(size_t index) override {
    if constexpr (requires(Record & record) { record.dynamic.arch_tags.variant_calls; }) {
      return session_->records()[index]->dynamic.arch_tags.variant_calls;
    } else {
      return false;
    }
  }

 private:
  [[nodiscard]] S<A> NewScope() {
    if constexpr (std::is_constructible_v<S<A>, ScopeChecks&>) {
      return S<A>(scope_checks_);
    } else {
      return S<A>();
    }
  }

  [[nodiscard]] bool RunSession() {
    session_ = std::make_unique<Session<Seams>>(policy_, uint64_t{A::kPageSize}, NewScope(),
                                                finder_, loader_, arena_, diagnostics_);
    const auto call = [](Addr resolver) { return FakeResult(resolver, arch::HasDescriptors<A>); };
    for (BufferFile* root : roots_) {
      if (!session_->AddRoot(*root)) return false;
    }
    return session_->Plan() && session_->Map() && PlaceTls() && session_->Relocate() &&
           session_->Protect() && session_->RunResolvers(call) && session_->Seal();
  }

  [[nodiscard]] bool PlaceTls() {
    uint64_t module = 0;
    for (Record* record : session_->records()) {
      if (!record->plan.tls.present()) continue;
      record->tls_module = ++module;
      record->tls_static = true;
      if (const auto place = places_.find(std::string(record->path)); place != places_.end()) {
        record->tls_module = place->second.tls_module;
        record->tls_offset = place->second.tls_offset;
        continue;
      }
      if (!layout_.Add(record->plan.tls, record->tls_offset)) return false;
    }
    return true;
  }

  FakeFinder<A> finder_;
  StaticTlsLayout<A> layout_;
  std::unique_ptr<Session<Seams>> session_;
};

}  // namespace rtld::testing
