// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/init_only.h"

#include <optional>

#include "kernel/dynlink/sets.h"
#include "rtld_shared/decode/relr.h"
#include "rtld_shared/link/place.h"

namespace kld {
namespace {

using A = Seams::Arch;
using Addr = Layout::Addr;

class Checker {
 public:
  Checker(Linked& linked, Teller& teller) : linked_(linked), teller_(teller) {}

  [[nodiscard]] bool Run() {
    if (!HasInitPart()) return true;
    Tables();
    Symbols();
    Termination();
    rtld::ForEachRelr<Layout>(linked_.dynamic.relr, [this](Addr place) {
      Word(place, arch::Op::kRelative);
      return true;
    });
    Table(linked_.dynamic.rela);
    Table(linked_.dynamic.rel);
    Table(linked_.dynamic.jmprela);
    Table(linked_.dynamic.jmprel);
    return good_;
  }

 private:
  [[nodiscard]] bool HasInitPart() const {
    for (const rtld::Segment& segment : linked_.plan.segments) {
      if (segment.init_only()) return true;
    }
    return false;
  }
  [[nodiscard]] bool IsInit(uint64_t vaddr) const {
    const rtld::Segment* const segment = linked_.plan.SegmentAt(vaddr, 1);
    return segment != nullptr && segment->init_only();
  }

  // Where the address leads to, if that is in the init-only part: there itself, or where functions
  // have descriptors, at the code whose descriptor is there.
  [[nodiscard]] std::optional<uint64_t> InInit(uint64_t vaddr) const {
    if (IsInit(vaddr)) return vaddr;
    if constexpr (arch::HasDescriptors<A>) {
      const std::optional<uint64_t> code = CodeAt(vaddr);
      if (code && IsInit(*code)) return code;
    }
    return std::nullopt;
  }
  // The address of code that the word at `vaddr` holds.
  [[nodiscard]] std::optional<uint64_t> CodeAt(uint64_t vaddr) const {
    const std::byte* const bytes = linked_.image.At(vaddr, sizeof(Addr));
    if (bytes == nullptr) return std::nullopt;
    const uint64_t word = linked_.LinkTime(rtld::LoadWord<Layout>(bytes, sizeof(Addr)));
    if (!linked_.plan.IsCode(word)) return std::nullopt;
    return word;
  }
  // Only descriptors hold addresses of code on CPUs that have them, and PLT slots, which are copies.
  // The descriptor of a function that is given back stays; what is refused is what leads to it. The
  // word behind the first is the pointer to the TOC, which may point to anything.
  [[nodiscard]] bool IsOfDescriptor(uint64_t place, arch::Op op) const {
    if (!arch::HasDescriptors<A> || op == arch::Op::kJumpSlot) return false;
    return CodeAt(place) || CodeAt(place - sizeof(Addr));
  }

  // What is read as long as the file is loaded: by later loads that bind to it or look whether they
  // could, by queries and debuggers. Each lies in one segment, so where it begins tells.
  void Tables() {
    Stays("PT_DYNAMIC", linked_.plan.dynamic.begin);
    for (const Layout::Dyn& entry : linked_.dynamic.entries) {
      const std::string_view tag = NameOfTable(entry.tag);
      if (!tag.empty()) Stays(tag, entry.val);
    }
    const arch::TranslatedHash hash = HashOf<A>(linked_.dynamic);
    if (hash.table != 0) Stays(hash.name, hash.table);
    rtld::Range sets;
    if (!FindSet(linked_, "set", teller_, sets)) good_ = false;
    if (!sets.empty()) Stays("set of sets", sets.begin);
  }

  template <class Cpu>
  [[nodiscard]] static arch::TranslatedHash HashOf(const rtld::DynamicInfo<Cpu>& dynamic) {
    if constexpr (arch::HasTranslatedHash<Cpu>) return Cpu::HashOf(dynamic.arch_tags);
    return {};
  }

  // Relocations are not among them: they are done.
  [[nodiscard]] static std::string_view NameOfTable(uint64_t tag) {
    switch (tag) {
      case elf::kDtStrTab:
        return "DT_STRTAB";
      case elf::kDtSymTab:
        return "DT_SYMTAB";
      case elf::kDtHash:
        return "DT_HASH";
      case elf::kDtGnuHash:
        return "DT_GNU_HASH";
      case elf::kDtVerSym:
        return "DT_VERSYM";
      case elf::kDtVerDef:
        return "DT_VERDEF";
      case elf::kDtVerNeed:
        return "DT_VERNEED";
      default:
        return {};
    }
  }

  void Stays(std::string_view what, uint64_t vaddr) {
    if (!IsInit(vaddr)) return;
    Tell({.error = rtld::Error::kInitOnly, .image = linked_.path, .detail = what, .value = vaddr});
  }

  void Symbols() {
    const uint32_t count = linked_.dynamic.SymbolCount();
    for (uint32_t i = 1; i < count; ++i) {
      const Layout::Sym& symbol = linked_.dynamic.symbols[i];
      if (!rtld::IsExported(symbol) || symbol.shndx == elf::kShnAbs) continue;
      const std::optional<uint64_t> target = InInit(symbol.value);
      if (!target) continue;
      Tell({.error = rtld::Error::kInitOnly,
            .image = linked_.path,
            .symbol = linked_.NameOf(symbol),
            .value = *target});
    }
  }

  // DT_FINI is no relocated word, and is called when the file is unloaded.
  void Termination() {
    const uint64_t function = linked_.dynamic.fini;
    if (function == 0) return;
    const std::optional<uint64_t> target = InInit(function);
    if (!target) return;
    Tell({.error = rtld::Error::kInitOnly,
          .image = linked_.path,
          .detail = "DT_FINI",
          .value = *target});
  }

  template <class Entry>
  void Table(std::span<const Entry> table) {
    for (const Entry& entry : table) {
      const arch::Rule rule = A::RuleFor(Layout::TypeOf(entry.info));
      const arch::Op op = arch::OpOf(rule, Layout::SymbolOf(entry.info));
      const bool address =
          op == arch::Op::kRelative || op == arch::Op::kSymbol || op == arch::Op::kJumpSlot;
      if (address && (rule.width == 0 || rule.width == sizeof(Addr))) Word(entry.offset, op);
    }
  }

  // A relocated word that holds an address.
  void Word(Addr place, arch::Op op) {
    const rtld::Range& constructors = linked_.dynamic.init_array;
    if (IsInit(place) || constructors.Contains(place, sizeof(Addr))) return;
    const std::byte* const bytes = linked_.image.At(place, sizeof(Addr));
    if (bytes == nullptr) return;
    if (IsOfDescriptor(place, op)) return;
    const std::optional<uint64_t> target =
        InInit(linked_.LinkTime(rtld::LoadWord<Layout>(bytes, sizeof(Addr))));
    if (!target) return;
    Tell({.error = rtld::Error::kInitOnly,
          .has_place = true,
          .image = linked_.path,
          .place = place,
          .value = *target});
  }

  void Tell(const rtld::Report& report) {
    good_ = false;
    teller_.Error(report);
  }

  Linked& linked_;
  Teller& teller_;
  bool good_ = true;
};

}  // namespace

bool CheckInitOnly(Linked& linked, Teller& teller) { return Checker(linked, teller).Run(); }

}  // namespace kld
