// SPDX-License-Identifier: BSD-2-Clause
//
// SessionRun: one input as one session, with watching seams, and what must hold whatever happens:
// a step that fails has told why and one that succeeds told no error; resolvers that are run are code
// of an image of the session; a scope answers with symbols of images that it was given, the same ones
// in steps, at once, by walk and by index, also of what comes and goes; nothing is written but writable segments; what is
// committed is protected; and everything is given back.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/fuzz/fuzz_scope.h"
#include "rtld_shared/fuzz/index_check.h"
#include "rtld_shared/fuzz/input.h"
#include "rtld_shared/fuzz/seams.h"
#include "rtld_shared/fuzz/self_check.h"
#include "rtld_shared/link/session.h"

namespace rtld::fuzz {

// Control::options.
inline constexpr uint8_t kProgramPolicyBit = 1;  // else kKernelPolicy
inline constexpr uint8_t kGlobalBit = 2;         // the programs' scope, else the modules'
inline constexpr uint8_t kBesideDependency = 4;  // the second image can be found
inline constexpr uint8_t kLoadedBefore = 8;  // ... and is linked before, in a session of its own
inline constexpr uint8_t kAllowMore = 16;    // text relocations, writable code, warnings
inline constexpr uint8_t kAdopted = 32;      // the second image is in memory and is adopted
inline constexpr uint8_t kHandOff = 64;      // resolvers are handed off
inline constexpr uint8_t kIndexed = 128;     // the programs' scope has an index

// Control::entry: bits 0-2 say after which step the session is destroyed (0 and 7: after none), bits
// 3-6 which call of the loader fails, bit 7 that errors are not wanted after the first.
// Control::more: which allocation fails, or none.

// Control::extra.
inline constexpr uint8_t kGlobalList = 1;  // what is linked before is the global scope
inline constexpr uint8_t kTwoRoots =
    2;  // the second image is a root behind the first, as a preload
inline constexpr uint8_t kComeAndGo = 4;    // what is linked comes into an index and goes from it
inline constexpr uint8_t kReadsLinked = 8;  // the loader reads what was linked before

// TLS descriptors: any two words, but no descriptor without a definition unless it is weak.
struct FuzzHook {
  template <class D, class Addr>
  bool TlsDescriptor(const D& definition, Addr addend, Addr words[2]) {
    words[0] = static_cast<Addr>(definition.module != nullptr ? definition.symbol->value.get() : 0);
    words[1] = addend;
    return addend != static_cast<Addr>(0x7e);
  }
};

template <class ArchType, bool kAsksAll>
struct FuzzSeams {
  using Arch = ArchType;
  using File = FuzzFile;
  using Finder = FuzzFinder<ArchType>;
  using Loader = FuzzLoader;
  using Arena = FuzzArena;
  using Diagnostics = FuzzDiagnostics;
  using Scope = FuzzScope<ArchType, kAsksAll>;
  using Hook = FuzzHook;
};

template <arch::ElfArch ArchType, bool kAsksAll>
class SessionRun {
 public:
  using A = ArchType;
  using L = typename A::Layout;
  using Seams = FuzzSeams<A, kAsksAll>;
  using Record = Linked<Seams>;

  explicit SessionRun(const Input& input)
      : options_(input.control.options),
        entry_(input.control.entry),
        extra_(input.control.extra),
        meter_(input.first.size() + input.second.size()),
        diagnostics_(meter_, (entry_ & 128) != 0 ? 1 : ~size_t{0}),
        arena_(meter_, input.control.more),
        loader_(meter_, entry_ >> 3 & 15, Has(kAllowMore) || arch::kHasWritablePlt<A>,
                input.control.high),
        finder_(meter_),
        root_("/m/root.so", input.first, meter_),
        dependency_("/lib/dep.so", input.second, meter_),
        policy_(Has(kProgramPolicyBit) ? kProgramPolicy : kKernelPolicy) {
    if (Has(kAllowMore)) {
      policy_.allow_text_relocations = policy_.allow_writable_code = true;
      policy_.allow_run_path = policy_.list_weak_undefined = true;
      policy_.versioned_only = "dep.so";
    }
    loader_.reads_linked = HasExtra(kReadsLinked);
    finder_.root = &root_;
    if (Has(kBesideDependency)) finder_.dependency = &dependency_;
  }

  // Whether the root was linked.
  bool Run() {
    TellAny();
    if (Has(kLoadedBefore)) Link(dependency_, /*stop=*/0, /*adopt=*/false);
    const bool linked = Link(root_, entry_ & 7, Has(kAdopted));
    if (HasExtra(kComeAndGo)) IndexCheck<A>::Run(arena_, finder_.loaded);
    for (size_t i = committed_.size(); i-- > 0;) DestroyLinked(loader_, arena_, committed_[i]);
    // What the session did not own is the client's to release.
    if (unowned_) loader_.Release(*unowned_);
    Require(arena_.live() == 0, "the arena has everything back");
    Require(loader_.all_released(), "the loader has every image back");
    return linked;
  }

 private:
  static constexpr uint64_t kPage = 0x1000;

  [[nodiscard]] bool Has(uint8_t option) const { return (options_ & option) != 0; }

  [[nodiscard]] bool HasExtra(uint8_t extra) const { return (extra_ & extra) != 0; }

  [[nodiscard]] typename Seams::Scope NewScope() {
    using Kind = typename Seams::Scope::Kind;
    const Kind kind = !Has(kGlobalBit) ? Kind::kModule
                      : Has(kIndexed)  ? Kind::kIndexed
                                       : Kind::kWalk;
    std::span<Module<A>* const> global;
    if (HasExtra(kGlobalList)) global = finder_.loaded;
    return {kind, meter_, arena_, Has(kAllowMore), global};
  }

  // Texts of all kinds of reports, those of module managers included, from whatever texts.
  void TellAny() {
    const auto* bytes = reinterpret_cast<const char*>(root_.Bytes(0, root_.Size()));
    const std::string_view all(bytes, static_cast<size_t>(root_.Size()));
    const std::string_view some = all.substr(0, 16 + options_ % 32), none;
    const std::string_view names[] = {some, all.substr(0, 4), none};
    constexpr uint8_t kKinds = static_cast<uint8_t>(Error::kWeakUndefined) + 1;
    constexpr uint8_t kReasons = static_cast<uint8_t>(Reason::kKernelUnversioned) + 1;
    const Report report = {.error = static_cast<Error>(options_ % kKinds),
                           .reason = static_cast<Reason>(entry_ % kReasons),
                           .has_place = (entry_ & 1) != 0,
                           .has_type = (entry_ & 2) != 0,
                           .image = (entry_ & 4) != 0 ? some : none,
                           .needed_by = (entry_ & 8) != 0 ? some : none,
                           .symbol = some,
                           .wanted = (entry_ & 16) != 0 ? some : none,
                           .other = some,
                           .detail = (entry_ & 32) != 0 ? some : none,
                           .type_name = (entry_ & 64) != 0 ? some : none,
                           .place = options_,
                           .value = ~uint64_t{0} - entry_,
                           .limit = options_,
                           .count = entry_,
                           .list = (entry_ & 128) != 0 ? Names(names) : Names(),
                           .searched = names};
    FuzzDiagnostics others(meter_, ~size_t{0});
    if (FailureOf(report.error) == Failure::kNone) {
      others.Warning(report);
    } else {
      others.Error(report);
    }
  }

  // A session for one root, destroyed after step number `stop` of its seven, if that is one.
  bool Link(FuzzFile& root, unsigned stop, bool adopt) {
    const size_t live = arena_.live();
    Committed<Seams> out;
    bool done = false;
    {
      Session<Seams> session(policy_, kPage, NewScope(), finder_, loader_, arena_, diagnostics_);
      if (adopt) AdoptDependency(session);
      done = Steps(session, root, stop, out);
    }
    Require(done || arena_.live() == live, "a session that failed has given its memory back");
    for (Record* record : out.records) {
      CheckRecord(*record);
      if (record->owned) CheckProtections(*record);
      committed_.push_back(record);
      finder_.loaded.push_back(record);
    }
    out.ClearLists(arena_);
    return done;
  }

  template <class Step>
  bool Told(Step&& step) {
    const size_t before = diagnostics_.errors();
    const bool good = step();
    diagnostics_.Expect(good, before);
    return good;
  }

  bool Steps(Session<Seams>& session, FuzzFile& root, unsigned stop, Committed<Seams>& out) {
    const auto ends = [stop](unsigned step) { return stop == step; };
    if (!Told([&] { return session.AddRoot(root); })) return false;
    // A session does without a root that was refused.
    if (HasExtra(kTwoRoots) && &root == &root_) Told([&] { return session.AddRoot(dependency_); });
    if (ends(1)) return false;
    if (!Told([&] { return session.Plan(); }) || ends(2)) return false;
    if (!Told([&] { return session.Map(); }) || ends(3)) return false;
    PlaceTls(session);
    // Copies of whole images take longer than the session.
    for (Record* record : session.records()) {
      if (record->file == nullptr || (entry_ & 7) != 7) continue;
      FuzzDiagnostics others(meter_, ~size_t{0});
      SelfCheck<A>::Run(*record, record->image, others, policy_);
    }
    if (!Told([&] { return session.Relocate(); }) || ends(4)) return false;
    CheckTargets(session);
    if (!Told([&] { return session.Protect(); }) || ends(5)) return false;
    if (Has(kHandOff)) {
      for (const auto& ifunc : session.pending_ifuncs()) CheckResolver(session, ifunc.resolver);
      return Told([&] { return std::move(session).HandOff(out); });
    }
    const auto call = [&](uint64_t resolver) {
      CheckResolver(session, resolver);
      return resolver + 8;
    };
    if (!Told([&] { return session.RunResolvers(call); }) || ends(6)) return false;
    return Told([&] { return session.Seal(); }) &&
           Told([&] { return std::move(session).Commit(out); });
  }

  void CheckResolver(Session<Seams>& session, uint64_t resolver) {
    // Where functions have descriptors, what is in this one may have changed since it was looked at.
    const auto is_code = [resolver](const Module<A>& module) {
      return MayBeFunction<A>(module.plan, module.LinkTime(resolver));
    };
    for (const Record* record : session.records()) {
      if (is_code(*record)) return;
    }
    for (const Module<A>* module : finder_.loaded) {
      if (is_code(*module)) return;
    }
    Broken("a resolver is code of an image");
  }

  void PlaceTls(Session<Seams>& session) {
    StaticTlsLayout<A> layout;
    for (Record* record : session.records()) {
      if (!record->plan.tls.present()) continue;
      record->tls_module = ++tls_modules_;
      record->tls_static = layout.Add(record->plan.tls, record->tls_offset);
    }
  }

  // The second image as one that a boot loader has put into memory.
  void AdoptDependency(Session<Seams>& session) {
    Headers<A> headers;
    LoadPlan plan;
    if (!Told([&] { return ReadHeaders<A>(diagnostics_, dependency_, policy_, headers); }) ||
        !Told([&] {
          return PlanLoad<A>(diagnostics_, arena_, headers.phdrs, dependency_.Size(), kPage,
                             policy_, plan);
        })) {
      return;
    }
    FuzzLoader::Image image;
    const Reservation reservation = {.name = dependency_.Path(),
                                     .vaddr = plan.low,
                                     .size = plan.high - plan.low,
                                     .align = plan.align};
    bool placed = loader_.Reserve(reservation, image);
    const bool reserved = placed;
    for (Segment segment : plan.segments) {
      if (policy_.allow_text_relocations) segment.flags |= elf::kPfW;
      placed = placed && loader_.Map(image, segment, dependency_);
    }
    FreePlan(arena_, plan);
    const bool owned = Has(kIndexed);
    const bool adopted = placed && Told([&] {
                           return session.Adopt({.path = dependency_.Path(),
                                                 .phdrs = headers.phdrs,
                                                 .entry = headers.entry,
                                                 .image = image,
                                                 .relocated = Has(kHandOff),
                                                 .owned = owned,
                                                 .root = !Has(kBesideDependency)});
                         });
    if (adopted && !owned) unowned_ = image;
    if (!adopted && reserved) loader_.Release(image);
    if (adopted && (entry_ & 1) != 0) AddIfunc(session);
  }

  // One that the boot loader has left open, at a place that need not be one.
  void AddIfunc(Session<Seams>& session) {
    Record& record = *session.records()[0];
    for (const Segment& segment : record.plan.segments) {
      if (!segment.executable()) continue;
      const Range& dynamic = record.plan.dynamic;
      const Segment* data = record.plan.SegmentAt(dynamic.begin, sizeof(typename L::Addr));
      const bool is_place = (entry_ & 2) != 0 && data != nullptr && data->writable();
      const uint64_t place = is_place ? dynamic.begin : record.plan.high;
      Told([&] {
        return session.AddPendingIfunc({.module = &record,
                                        .place = static_cast<typename L::Addr>(place),
                                        .resolver = record.RunTime(segment.vaddr),
                                        .addend = 0});
      });
      return;
    }
  }

  // What a client may rely on after Commit.
  void CheckRecord(Record& record) {
    Require(record.relocated && record.node == Module<A>::kLinked, "what is committed is linked");
    Require(record.versions.empty() || record.providers.size() == record.versions.size(),
            "every version may have a provider");
    for (size_t i = 0; i < record.versions.size(); ++i) {
      const bool needed = record.versions[i].kind == Version::Kind::kNeeded;
      Require(!needed || !policy_.require_versions || record.providers[i] != nullptr,
              "a needed version has its provider");
    }
    for (const Module<A>* needed : record.needed) {
      Require(needed != nullptr, "whatever is needed is there");
    }
  }

  // Code is not writable, data not executable; RELRO is what data was until it was sealed.
  void CheckProtections(const Record& record) {
    const FuzzLoader::State& state = *record.image.state();
    for (const Segment& segment : record.plan.segments) {
      const Protection expected = segment.executable() && segment.writable()
                                      ? Protection::kReadWriteExecute
                                  : segment.executable() ? Protection::kReadExecute
                                  : segment.writable()   ? Protection::kReadWrite
                                                         : Protection::kRead;
      for (uint64_t at = segment.vaddr & ~(kPage - 1); at < segment.end(); at += kPage) {
        const bool sealed = !Has(kHandOff) && record.plan.relro.Contains(at, 1);
        Require(state.Is(at, sealed ? Protection::kRead : expected),
                "segments and RELRO are protected");
      }
    }
  }

  // Before resolvers run, which may store what they like.
  void CheckTargets(Session<Seams>& session) {
    if (!policy_.check_targets) return;
    for (Record* record : session.records()) {
      if (record->file == nullptr) continue;
      CheckArray(*record, record->dynamic.init_array);
      CheckArray(*record, record->dynamic.fini_array);
      for (const uint64_t function : {record->dynamic.init, record->dynamic.fini}) {
        if (function != 0) CheckFunction(*record, function);
      }
    }
  }

  void CheckArray(Record& record, const Range& array) {
    constexpr unsigned kWord = sizeof(typename L::Addr);
    for (uint64_t at = array.begin; at < array.end(); at += kWord) {
      const std::byte* place = record.image.At(at, kWord);
      Require(place != nullptr, "arrays lie in the image");
      const uint64_t value = LoadWord<L>(place, kWord);
      if (value != 0 && value != static_cast<typename L::Addr>(~uint64_t{0})) {
        CheckFunction(record, record.LinkTime(value));
      }
    }
  }

  void CheckFunction(Record& record, uint64_t vaddr) {
    if constexpr (arch::HasDescriptors<A>) {
      const std::byte* descriptor = record.image.At(vaddr, A::kDescriptorSize);
      Require(descriptor != nullptr, "a descriptor lies in the image");
      vaddr = record.LinkTime(LoadWord<L>(descriptor, sizeof(typename L::Addr)));
    }
    Require(record.plan.IsCode(vaddr), "what will be called is code of the image");
  }

  uint8_t options_;
  uint8_t entry_;
  uint8_t extra_;
  Meter meter_;
  FuzzDiagnostics diagnostics_;
  FuzzArena arena_;
  FuzzLoader loader_;
  FuzzFinder<A> finder_;
  FuzzFile root_;
  FuzzFile dependency_;
  Policy policy_;
  std::vector<Record*> committed_;
  std::optional<FuzzLoader::Image> unowned_;
  uint64_t tls_modules_ = 0;
};

}  // namespace rtld::fuzz
