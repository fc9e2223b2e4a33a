// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/init_only.h"

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
    Symbols();
    rtld::ForEachRelr<Layout>(linked_.dynamic.relr, [this](Addr place) {
      Word(place);
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

  void Symbols() {
    const uint32_t count = linked_.dynamic.SymbolCount();
    for (uint32_t i = 1; i < count; ++i) {
      const Layout::Sym& symbol = linked_.dynamic.symbols[i];
      if (!rtld::IsExported(symbol) || symbol.shndx == elf::kShnAbs || !IsInit(symbol.value)) {
        continue;
      }
      Tell({.error = rtld::Error::kInitOnly,
            .image = linked_.path,
            .symbol = linked_.NameOf(symbol),
            .value = symbol.value});
    }
  }

  template <class Entry>
  void Table(std::span<const Entry> table) {
    for (const Entry& entry : table) {
      const arch::Rule rule = A::RuleFor(Layout::TypeOf(entry.info));
      const arch::Op op = arch::OpOf(rule, Layout::SymbolOf(entry.info));
      const bool address =
          op == arch::Op::kRelative || op == arch::Op::kSymbol || op == arch::Op::kJumpSlot;
      if (address && (rule.width == 0 || rule.width == sizeof(Addr))) Word(entry.offset);
    }
  }

  // A relocated word that holds an address.
  void Word(Addr place) {
    const rtld::Range& constructors = linked_.dynamic.init_array;
    if (IsInit(place) || constructors.Contains(place, sizeof(Addr))) return;
    const std::byte* const bytes = linked_.image.At(place, sizeof(Addr));
    if (bytes == nullptr) return;
    const uint64_t target = linked_.LinkTime(rtld::LoadWord<Layout>(bytes, sizeof(Addr)));
    if (!IsInit(target)) return;
    Tell({.error = rtld::Error::kInitOnly,
          .has_place = true,
          .image = linked_.path,
          .place = place,
          .value = target});
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
