// SPDX-License-Identifier: BSD-2-Clause
//
// The relocation loop, once for all CPUs: what a type means is data (arch/contract/elf_arch.h),
// what a symbol means is the scope's answer, where bytes are is the Memory's.
//
//   RelocateRelative   B + A, see link/relative.h. Comes first.
//   RelocateSymbolic   everything else that runs no code and reads no other image's bytes. What
//                      does is put off into `Pending`: COPY and PLT slots that are more than an
//                      address (after all images of the session), IFUNC (last of all). Undefined
//                      symbols are collected there, each reference (link/pending.h).
//
// Relocating is not idempotent (REL, RELR): call each once per image. A failure leaves the image
// half relocated: it can only be thrown away. Failures other than undefined symbols are reported
// here; undefined symbols by link/undefined.h, which knows who else might define them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/function.h"
#include "rtld_shared/link/look_ahead.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/pending.h"
#include "rtld_shared/link/place.h"
#include "rtld_shared/link/relative.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/memory.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

// TLS descriptors need code of the client's: a hook that has this member supplies the two words,
// the function and then its argument, in whatever order the CPU has them.
//   bool TlsDescriptor(const Definition<A>& symbol, Addr addend, Addr words[2])
template <class H, class A>
concept HasTlsDescriptors = requires(H& hook, const Definition<A>& definition,
                                     typename A::Layout::Addr* words) {
  { hook.TlsDescriptor(definition, words[0], words) } -> std::same_as<bool>;
};
struct NoHook {};

namespace internal {

template <arch::ElfArch A>
[[nodiscard]] std::string_view TypeName(uint32_t type) {
  if constexpr (arch::HasRelocationNames<A>) {
    return A::RelocationName(type);
  } else {
    return {};
  }
}

// A report about one relocation.
template <arch::ElfArch A>
[[nodiscard]] Report AtRelocation(Error error, uint64_t place, uint32_t type) {
  return {.error = error,
          .has_place = true,
          .has_type = true,
          .type_name = TypeName<A>(type),
          .place = place,
          .type = type};
}

}  // namespace internal

template <arch::ElfArch A, WritableMemory M, Scope<A> S, Arena R, Diagnostics D, class Hook>
class SymbolicRelocator {
 public:
  using L = typename A::Layout;
  using Addr = typename L::Addr;
  using Op = arch::Op;

  SymbolicRelocator(D& diagnostics, R& arena, M& memory, S& scope, Hook& hook, Module<A>& module,
                    const Policy& policy, Pending<A>& pending)
      : diagnostics_(diagnostics),
        arena_(arena),
        hook_(hook),
        module_(module),
        policy_(policy),
        pending_(pending),
        memory_(memory),
        places_(memory, module.plan, module.dynamic.text_relocations),
        lookups_(scope) {}

  // True unless something was reported. Goes on after an error as long as Diagnostics wants more.
  [[nodiscard]] bool Run() {
    const DynamicInfo<A>& dynamic = module_.dynamic;
    if constexpr (requires(CustomContext & context) { A::PreRelocate(context); }) {
      CustomContext context = {.relocator = *this, .bias = module_.bias};
      if (!A::PreRelocate(context) && !stop_ && !context.reported)
        BadTable(context.detail, context.place);
    }
    Table(dynamic.rela.subspan(module_.relative_rela));
    Table(dynamic.rel.subspan(module_.relative_rel));
    Table(dynamic.jmprela);
    Table(dynamic.jmprel);
    return good_;
  }

  // What ApplyCustom works with, see arch/contract/elf_arch.h.
  struct CustomContext {
    using Addr = typename L::Addr;
    SymbolicRelocator& relocator;
    Addr bias = 0;
    Addr place = 0;
    Addr addend = 0;
    uint32_t type = 0;
    uint32_t symbol = 0;
    Addr info = 0;
    bool has_addend = false;
    bool defined = false;
    bool reported = false;
    std::string_view detail = {};  // of PreRelocate: why it refuses

    [[nodiscard]] const auto& tags() const { return relocator.module_.dynamic.arch_tags; }
    [[nodiscard]] const Module<A>& module() const { return relocator.module_; }
    [[nodiscard]] Addr Load(Addr at, unsigned width, bool& ok) {
      const std::byte* bytes = relocator.places_.At(at, width);
      if (bytes == nullptr) ok = false;
      return bytes == nullptr ? 0 : LoadWord<L>(bytes, width);
    }
    [[nodiscard]] bool Store(Addr at, unsigned width, Addr value) {
      std::byte* bytes = relocator.places_.At(at, width);
      if (bytes != nullptr) StoreWord<L>(bytes, width, value);
      return bytes != nullptr;
    }
    // 0 for an undefined weak symbol; an undefined strong one is collected like any other, and 0.
    // Nothing more is resolved when nobody wants to hear of more errors.
    [[nodiscard]] Addr Resolve(bool& ok) {
      if (relocator.stop_) ok = false;
      if (!ok) return 0;
      relocator.at_ = {place, type, symbol};
      defined = false;
      if (!relocator.Find() || relocator.definition_.module == nullptr) return 0;
      defined = true;
      if (!relocator.definition_.is_ifunc()) return relocator.definition_.value();
      relocator.Unsupported(kPartOfIfunc, place);
      reported = true;
      ok = false;
      return 0;
    }
    [[nodiscard]] Addr Size(bool& ok) {
      static_cast<void>(Resolve(ok));
      return ok && defined ? relocator.definition_.symbol->size.get() : 0;
    }
    [[nodiscard]] bool Overflow(Addr value, unsigned bits) {
      relocator.Overflow(value, bits);
      reported = true;
      return false;
    }
  };

 private:
  friend struct CustomContext;
  static constexpr std::string_view kPartOfIfunc = "an IFUNC reference that is no whole address";

  // The relocation at hand.
  struct Current {
    Addr place;
    uint32_t type;
    uint32_t symbol;
  };

  template <class Entries>
  void Table(std::span<const Entries> table) {
    while (!table.empty()) {
      const auto batch = table.first(table.size() < kBatch ? table.size() : kBatch);
      table = table.subspan(batch.size());
      lookups_.Begin(module_, batch, found_.symbol, found_.slot);
      for (const Entries& entry : batch) {
        if (stop_) return;
        if constexpr (requires { entry.addend; }) {
          Entry(entry.offset, entry.info, entry.addend.get());
        } else {
          Entry(entry.offset, entry.info, std::nullopt);
        }
      }
    }
  }

  void Entry(Addr place, Addr info, std::optional<Addr> explicit_addend) {
    at_ = {place, L::TypeOf(info), L::SymbolOf(info)};
    if (at_.type != rule_type_) {
      rule_type_ = at_.type;
      rule_ = A::RuleFor(at_.type);
    }
    const unsigned width = rule_.width != 0 ? rule_.width : sizeof(Addr);
    switch (rule_.op) {
      case Op::kNone:
        return;
      case Op::kSymbolOrNone:
        if (at_.symbol == 0) return;
        break;
      case Op::kUnknown:
        return Fail(Error::kUnknownRelocation);
      case Op::kRefused:
        return Fail(Error::kRefusedRelocation);
      case Op::kCopy:
        return Copy();
      case Op::kCustom:
        return Custom(info, explicit_addend);
      default:
        break;
    }
    const unsigned bytes = rule_.op == Op::kTlsDesc ? 2 * width : width;
    std::byte* to = places_.At(place, bytes);
    if (to == nullptr) [[unlikely]] {
      return Fail(Error::kBadPlace);
    }
    Addr addend = 0;
    if (rule_.addend == arch::Addend::kUsed) {
      addend = explicit_addend.has_value() ? *explicit_addend : AddendAt(to, width);
    }
    Apply(to, width, addend);
  }

  // That of a REL entry.
  [[nodiscard]] Addr AddendAt(const std::byte* to, unsigned width) const {
    return rule_.op == Op::kTlsDesc ? DescriptorAddend<A>(to, width, at_.symbol)
                                    : LoadWord<L>(to, width);
  }

  void Apply(std::byte* to, unsigned width, Addr addend) {
    const Op op = OpOf(rule_, at_.symbol);
    if (op == Op::kRelative) return Relative(to, width, addend);
    if (op == Op::kIrelative || op == Op::kIrelativeSlot) return Irelative(addend);
    if (!Find()) return;
    const bool defined = definition_.module != nullptr;
    if (arch::IsThreadLocal(rule_.op)) return Tls(to, width, addend);
    if (defined && definition_.is_ifunc() && rule_.op != Op::kSize) return Ifunc(width, addend);
    // An adopted image may define such, and their values are offsets.
    if (defined && !policy_.allow_tls &&
        elf::SymbolTypeOf(definition_.symbol->info) == elf::kSttTls) [[unlikely]] {
      return RefuseTls();
    }
    if constexpr (arch::HasSlots<A>) {
      if (rule_.op == Op::kJumpSlot) {
        const Addr target = defined ? definition_.value() : 0;
        return PutOff(pending_.slots, {&module_, at_.place, target, addend, definition_.module});
      }
    }
    // S + A; an undefined weak symbol has S = 0.
    Addr value = 0;
    switch (rule_.op) {
      case Op::kSymbol:
      case Op::kSymbolOrBase:
      case Op::kSymbolOrNone:
      case Op::kJumpSlot:
        value = (defined ? definition_.value() : 0) + addend;
        break;
      case Op::kPcRelative:
        value = FromPlace(width) + addend;
        break;
      default:  // kSize: Z + A
        value = (defined ? definition_.symbol->size.get() : 0) + addend;
        break;
    }
    Store(to, width, value);
  }

  // S - P. An undefined weak symbol is at 0 also seen from the place (gABI, "Symbol Table"), so
  // that whoever adds the place finds that it is not there. A field narrower than an address cannot
  // hold that distance, and a guarded call must not overflow: there it is at the place, as it is in
  // any field on CPUs whose psABI says so.
  [[nodiscard]] Addr FromPlace(unsigned width) const {
    const bool defined = definition_.module != nullptr;
    if (!defined && (arch::kHasWeakAtPlace<A> || width < sizeof(Addr))) return 0;
    return (defined ? definition_.value() : 0) - module_.RunTime(at_.place);
  }

  void Store(std::byte* to, unsigned width, Addr value) {
    if (!Fits<L>(value, width, rule_.check)) [[unlikely]] {
      return Overflow(value, 8 * width);
    }
    StoreWord<L>(to, width, value);
  }

  void Overflow(Addr value, unsigned bits) {
    Report report = internal::AtRelocation<A>(Error::kOverflow, at_.place, at_.type);
    report.symbol = CurrentName();
    report.value = value;
    report.limit = bits;
    Tell(report);
  }

  // B + A outside the leading run, or narrower than a word.
  void Relative(std::byte* to, unsigned width, Addr addend) {
    const LoadPlan& plan = module_.plan;
    const uint64_t reach = plan.high - plan.low + arch::kPointerReachOf<A>;
    if (policy_.check_targets && addend - plan.low > reach) return Target(addend);
    Store(to, width, static_cast<Addr>(module_.bias + addend));
  }

  // Resolvers run when text is protected again.
  [[nodiscard]] bool IsWritableLater() const {
    const Segment* const segment = module_.plan.SegmentAt(at_.place, sizeof(Addr));
    return segment != nullptr && segment->writable();
  }

  void Irelative(Addr addend) {
    if (!IsWritableLater()) return Fail(Error::kBadPlace);
    if (!IsFunction(module_, memory_, addend)) return Target(addend);
    const bool slot = rule_.op == Op::kIrelativeSlot;
    PutOff(pending_.ifuncs, {&module_, at_.place, module_.RunTime(addend), 0, slot, &module_});
  }

  void Ifunc(unsigned width, Addr addend) {
    const bool word = width == sizeof(Addr);
    const Op op = OpOf(rule_, at_.symbol);
    if (!word || (op != Op::kSymbol && op != Op::kJumpSlot)) {
      return Unsupported(kPartOfIfunc, at_.place);
    }
    if (!IsWritableLater()) return Fail(Error::kBadPlace);
    // Where it will be called: an absolute symbol does not move with its image.
    const Module<A>& owner = *definition_.module;
    const Addr at = owner.LinkTime(definition_.value());
    const bool own = &owner == &module_;
    // Another image's descriptors are not at hand here.
    if (!(own ? IsFunction(module_, memory_, at) : MayBeFunction<A>(owner.plan, at))) {
      return Target(definition_.symbol->value);
    }
    const bool slot = arch::HasSlots<A> && rule_.op == Op::kJumpSlot;
    PutOff(pending_.ifuncs,
           {&module_, at_.place, definition_.value(), addend, slot, definition_.module});
  }

  void Copy() {
    if (!policy_.allow_copy) {
      Report report = internal::AtRelocation<A>(Error::kCopyRelocation, at_.place, at_.type);
      report.symbol = CurrentName();
      return Tell(report);
    }
    if (!Find(/*copy=*/true) || definition_.module == nullptr) return;
    const auto& symbol = module_.dynamic.symbols[at_.symbol];
    const uint64_t room = symbol.size, there = definition_.symbol->size;
    const uint64_t size = there < room ? there : room;
    if (places_.At(at_.place, size) == nullptr) return Fail(Error::kBadPlace);
    if (!TakeCopy(size)) return;
    PutOff(pending_.copies, {&module_, at_.place, size, definition_});
  }

  // A linker gives each copy room of its own, so that all together have no more bytes than the
  // image. Those of a hostile one all fill one large segment, which costs its file nothing.
  [[nodiscard]] bool TakeCopy(uint64_t size) {
    if (!std::exchange(any_copies_, true)) {
      for (const Segment& segment : module_.plan.segments) room_for_copies_ += segment.memsz;
    }
    if (size <= room_for_copies_) {
      room_for_copies_ -= size;
      return true;
    }
    Tell({.error = Error::kBadTable,
          .has_place = true,
          .detail = "COPY relocations of more bytes than the image has",
          .place = at_.place,
          .value = size});
    return false;
  }

  void Custom(Addr info, std::optional<Addr> explicit_addend) {
    if constexpr (requires(CustomContext & context) { A::ApplyCustom(context); }) {
      CustomContext context = {.relocator = *this,
                               .bias = module_.bias,
                               .place = at_.place,
                               .addend = explicit_addend.value_or(0),
                               .type = at_.type,
                               .symbol = at_.symbol,
                               .info = info,
                               .has_addend = explicit_addend.has_value()};
      missed_ = false;
      const bool applied = A::ApplyCustom(context);
      // A symbol that was found undefined is reported as that; a weak one excuses nothing.
      if (applied || context.reported || stop_ || missed_) return;
      Fail(Error::kBadPlace);
    } else {
      Fail(Error::kRefusedRelocation);
    }
  }

  void RefuseTls() {
    Report report = internal::AtRelocation<A>(Error::kThreadLocal, at_.place, at_.type);
    report.symbol = CurrentName();
    Tell(report);
  }

  void Tls(std::byte* to, unsigned width, Addr addend) {
    if (!policy_.allow_tls) return RefuseTls();
    if constexpr (arch::HasTls<A>) {
      // Symbol 0 and section symbols mean the image's own block.
      const bool defined = definition_.module != nullptr;
      const Module<A>& owner = defined ? *definition_.module : module_;
      const bool named = defined && at_.symbol != 0 &&
                         elf::SymbolTypeOf(definition_.symbol->info) != elf::kSttSection;
      const Addr offset = named ? definition_.symbol->value.get() : 0;
      switch (rule_.op) {
        case Op::kTlsModule:
          return Store(to, width, defined ? static_cast<Addr>(owner.tls_module) : 0);
        case Op::kTlsOffset:
          return Store(to, width, offset + addend - static_cast<Addr>(A::Tls::kDtvBias));
        case Op::kTpOffset:
        case Op::kTpDistance: {
          if (!defined) return Store(to, width, addend);
          if (!owner.tls_static) return Fail(Error::kTlsNotStatic);
          const Addr from = offset + static_cast<Addr>(owner.tls_offset);
          return Store(to, width, rule_.op == Op::kTpOffset ? addend + from : addend - from);
        }
        default:
          return TlsDescriptor(to, width, addend);
      }
    } else {
      Unsupported("thread-local storage", at_.place);
    }
  }

  void TlsDescriptor(std::byte* to, unsigned width, Addr addend) {
    if constexpr (HasTlsDescriptors<Hook, A>) {
      Addr words[2] = {0, 0};
      if (!hook_.TlsDescriptor(definition_, addend, words)) return Fail(Error::kTlsNotStatic);
      StoreDescriptor<A>(to, width, words[0], words[1]);
    } else {
      Unsupported("TLS descriptors", at_.place);
    }
  }

  // Resolves the current symbol into definition_; its module is nullptr for an undefined weak one.
  // False when that failed: bad index, or undefined and collected. Runs of relocations against one
  // symbol are usual, so the last answer is kept.
  [[nodiscard]] bool Find(bool copy = false) {
    const bool slot = rule_.op == Op::kJumpSlot;
    if (at_.symbol == found_.symbol && slot == found_.slot && !copy) return Again();
    if (at_.symbol >= module_.dynamic.symbols.size()) {
      Report report = internal::AtRelocation<A>(Error::kBadSymbolIndex, at_.place, at_.type);
      report.value = at_.symbol;
      Tell(report);
      return false;
    }
    const auto& symbol = module_.dynamic.symbols[at_.symbol];
    found_ = {at_.symbol, slot, true};
    if (copy) found_.symbol = kNoSymbol;
    definition_ = {};
    const Request<A> request = {module_, at_.symbol, symbol, slot, copy};
    if (lookups_.Resolve(request, definition_)) return true;
    definition_ = {};
    found_.weak = elf::BindOf(symbol.info) == elf::kStbWeak;
    return Missing();
  }

  [[nodiscard]] bool Again() { return definition_.module != nullptr || Missing(); }

  [[nodiscard]] bool Missing() {
    if (!found_.weak || policy_.list_weak_undefined) {
      PutOff(pending_.undefined, {&module_, at_.symbol, at_.type, at_.place, found_.weak});
    }
    if (!found_.weak) {
      missed_ = true;
      good_ = false;
    }
    return found_.weak;
  }

  template <class T>
  void PutOff(List<T>& list, const T& what) {
    if (list.Add(arena_, what)) return;
    Tell({.error = Error::kNoMemory, .detail = "relocations put off"});
    stop_ = true;
  }

  [[nodiscard]] std::string_view CurrentName() const {
    if (at_.symbol >= module_.dynamic.symbols.size()) return {};
    return module_.NameOf(module_.dynamic.symbols[at_.symbol]);
  }

  void Fail(Error error) {
    Report report = internal::AtRelocation<A>(error, at_.place, at_.type);
    if (error == Error::kTlsNotStatic) report.symbol = CurrentName();
    Tell(report);
  }
  void Target(Addr value) {
    Report report = internal::AtRelocation<A>(Error::kBadTarget, at_.place, at_.type);
    report.value = value;
    Tell(report);
  }
  void Unsupported(std::string_view feature, Addr place) {
    Report report = internal::AtRelocation<A>(Error::kUnsupported, place, at_.type);
    report.detail = feature;
    Tell(report);
  }
  void BadTable(std::string_view what, Addr place) {
    Tell({.error = Error::kBadTable, .has_place = true, .detail = what, .place = place});
  }
  void Tell(const Report& report) {
    good_ = false;
    if (!diagnostics_.Error(report)) stop_ = true;
  }

  // Wider than any index of a file, so that none equals it.
  static constexpr uint64_t kNoSymbol = ~uint64_t{0};
  struct Answer {
    uint64_t symbol = kNoSymbol;
    bool slot = false;
    bool weak = false;
  };

  static constexpr size_t kBatch = Lookups<A, S>::kMost;

  D& diagnostics_;
  R& arena_;
  [[maybe_unused]] Hook& hook_;
  Module<A>& module_;
  const Policy& policy_;
  Pending<A>& pending_;
  [[maybe_unused]] M& memory_;
  Places<M> places_;
  Lookups<A, S> lookups_;

  Current at_ = {};
  uint32_t rule_type_ = ~uint32_t{0};
  arch::Rule rule_ = {};
  Answer found_;
  Definition<A> definition_;
  uint64_t room_for_copies_ = 0;
  bool any_copies_ = false;
  bool missed_ = false;  // a strong symbol was found undefined
  bool good_ = true;
  bool stop_ = false;
};

template <arch::ElfArch A, WritableMemory M, Scope<A> S, Arena R, Diagnostics D, class Hook>
[[nodiscard]] bool RelocateSymbolic(D& diagnostics, R& arena, M& memory, S& scope, Hook& hook,
                                    Module<A>& module, const Policy& policy, Pending<A>& pending) {
  return SymbolicRelocator<A, M, S, R, D, Hook>(diagnostics, arena, memory, scope, hook, module,
                                                policy, pending)
      .Run();
}

}  // namespace rtld
