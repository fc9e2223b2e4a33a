// SPDX-License-Identifier: BSD-2-Clause
//
// What a CPU must say about itself so that rtld_shared can link its images: the `Traits` struct in
// `arch/<cpu>/elf_traits.h`, namespace `arch::<cpu>`.
//
// Everything in it is a constant or a constexpr function: it is included alike by the kernel, the
// boot loader, the run-time linker and by tests on a host of another CPU. It may include only this
// header and rtld_shared/elf.
//
// Mandatory members (a missing one is a compile error that names it):
//
//   using Layout                    on-disk structures (rtld_shared/elf/layout.h), or a struct that
//                                   derives from one and hides what differs
//   string_view kName               the folder's name
//   uint16_t kMachine               e_machine
//   uint64_t kPageSize              smallest page the CPU's kernels use, bytes; segments are
//                                   rounded to it
//   uint64_t kMaxPageSize           largest page size its psABI lets images be linked for
//   Rule RuleFor(uint32_t type)     what each relocation type means. Total: a type the psABI does
//                                   not know gives kUnknown, one that has no place in a dynamic
//                                   image gives kRefused
//
// Optional members. A feature is the presence of its member: absent means off, and the tests of the
// feature are visibly skipped.
//
//   string_view RelocationName(type)            spelling of the psABI, for messages
//   bool AcceptsFlags(uint32_t e_flags)         false refuses the image (wrong ABI, wrong float
//                                               ABI)
//   struct Tls                                  thread-local storage: kVariant (1 or 2), kTcbSize,
//                                               kThreadPointerBias, kDtvBias, and optionally
//     bool kArgumentFirst = true                TLS descriptors are the argument and the function,
//                                               and of REL ones only those that name no symbol have
//                                               an addend in it; elsewhere the function is first,
//                                               and each has
//   bool ApplyCustom(Context& context)          op kCustom, see CustomContext below
//   bool StoreSlot(Context& context)            a PLT slot that is more than one address: what
//                                               kJumpSlot and kIrelativeSlot store, see SlotContext
//   uint64_t kDescriptorSize                    the address of a function is that of a descriptor
//                                               of so many bytes, in data; the descriptor's first
//                                               word is the address of the code
//   uint64_t kResolverBlock                     IFUNC resolvers get this flag in their argument,
//                                               beside hwcap, and in a second one the address of the
//                                               words {bytes, hwcap, hwcap2}; elsewhere hwcap alone
//   uint64_t kPointerReach                      RELATIVE values may lie so far behind the image:
//                                               pointers to the middle of what signed displacements
//                                               reach
//   bool kWeakAtPlace = true                    an undefined weak symbol has S = P in every
//                                               PC-relative relocation; elsewhere only in those
//                                               that are narrower than an address, as the distance
//                                               to 0 would not fit
//   bool kWritablePlt = true                    PLT entries are code that linking writes: images
//                                               have a segment that is writable and executable
//   using DynamicTags, OnDynamicTag(tags, tag, value)   DT_LOPROC..DT_HIPROC tags the CPU needs;
//                                               the struct stands in the module record as
//                                               `arch_tags`
//   bool PreRelocate(Context& context)          run once per image before its first symbolic
//                                               relocation (a table that is relocated without
//                                               relocation entries), see CustomContext below
//   void RelocateOwnTables(uintptr_t bias, const Dyn* dynamic)   the same for an image that relocates
//                                               itself and has all symbols itself; always inlined,
//                                               see rtld_shared/link/self.h
//   bool IsPltAddress(uint8_t st_other)         whether an undefined function that has a value (its
//                                               type may be none) is the program's canonical PLT
//                                               entry; without it each one is
//   TranslatedHash HashOf(const DynamicTags&)   where DT_GNU_HASH's counterpart is on a CPU whose
//                                               symbols stand in another order than the hash wants
//                                               (Layout::kTranslatedHash)
//
// Notation, as in the psABIs: P = place, S = symbol value, A = addend, B = bias (run-time address
// minus link-time address of the image), Z = symbol size.

#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "rtld_shared/elf/layout.h"

namespace arch {

enum class Op : uint8_t {
  kUnknown,        // not a type of this psABI: the image is refused
  kRefused,        // a type of the psABI that only static linkers may see: the image is refused
  kNone,           // nothing
  kRelative,       // B + A
  kSymbol,         // S + A
  kSymbolOrBase,   // S + A, but B + A for an entry that names no symbol
  kSymbolOrNone,   // S + A, but nothing for an entry that names no symbol
  kJumpSlot,       // S + A into a PLT slot; may be bound lazily, never to a canonical PLT entry
  kPcRelative,     // S + A - P; for undefined weak symbols see kWeakAtPlace
  kSize,           // Z + A
  kCopy,           // Z bytes from S to P
  kIrelative,      // call(B + A), after everything else
  kIrelativeSlot,  // the same into a PLT slot, on CPUs with StoreSlot
  kTlsModule,      // module id of the symbol's image
  kTlsOffset,      // S + A as an offset in the image's TLS block, minus Tls::kDtvBias
  kTpOffset,       // S + A as an offset from the thread pointer
  kTpDistance,     // A minus S as such an offset: code subtracts it
  kTlsDesc,        // two words: function and argument, see Tls::kArgumentFirst
  kCustom,         // Traits::ApplyCustom
};

// Whether it is about a thread-local symbol.
[[nodiscard]] constexpr bool IsThreadLocal(Op op) {
  return op == Op::kTlsModule || op == Op::kTlsOffset || op == Op::kTpOffset ||
         op == Op::kTpDistance || op == Op::kTlsDesc;
}

// Whether a narrow result must be checked. A result of the address's own width wraps and is kNone.
enum class Check : uint8_t {
  kNone,
  kSigned,    // sign extension of the stored value gives the result
  kUnsigned,  // zero extension of the stored value gives the result
  kEither,    // one of the two does
};

enum class Addend : uint8_t {
  kUsed,     // r_addend, or for REL the word at the place
  kIgnored,  // the formula has no A
};

struct Rule {
  Op op = Op::kUnknown;
  uint8_t width = 0;  // bytes at the place: 0 means those of an address; else 1, 2, 4, 8
  Addend addend = Addend::kUsed;
  Check check = Check::kNone;

  friend constexpr bool operator==(const Rule&, const Rule&) = default;
};

template <class A>
concept ElfArch = requires(uint32_t type) {
  typename A::Layout;
  typename A::Layout::Addr;
  { A::kName } -> std::convertible_to<std::string_view>;
  { A::kMachine } -> std::convertible_to<uint16_t>;
  { A::kPageSize } -> std::convertible_to<uint64_t>;
  { A::kMaxPageSize } -> std::convertible_to<uint64_t>;
  { A::RuleFor(type) } -> std::same_as<Rule>;
};

template <class A>
concept HasRelocationNames = requires(uint32_t type) {
  { A::RelocationName(type) } -> std::convertible_to<std::string_view>;
};

template <class A>
concept HasFlagsCheck = requires(uint32_t flags) {
  { A::AcceptsFlags(flags) } -> std::same_as<bool>;
};

template <class A>
concept HasTls = requires {
  { A::Tls::kVariant } -> std::convertible_to<int>;
  { A::Tls::kTcbSize } -> std::convertible_to<uint64_t>;
  { A::Tls::kThreadPointerBias } -> std::convertible_to<int64_t>;
  { A::Tls::kDtvBias } -> std::convertible_to<int64_t>;
};

template <class A>
concept HasDynamicTags = requires(typename A::DynamicTags& tags, uint64_t tag, uint64_t value) {
  A::OnDynamicTag(tags, tag, value);
};

template <class A>
concept HasDescriptors = requires {
  { A::kDescriptorSize } -> std::convertible_to<uint64_t>;
};

template <class A>
concept HasResolverBlock = requires {
  { A::kResolverBlock } -> std::convertible_to<uint64_t>;
};

template <class A>
inline constexpr uint64_t kPointerReachOf = 0;
template <class A>
requires requires { A::kPointerReach; }
inline constexpr uint64_t kPointerReachOf<A> = A::kPointerReach;

template <class A>
inline constexpr bool kHasArgumentFirst = false;
template <class A>
requires requires { A::Tls::kArgumentFirst; }
inline constexpr bool kHasArgumentFirst<A> = A::Tls::kArgumentFirst;

template <class A>
inline constexpr bool kHasWeakAtPlace = false;
template <class A>
requires requires { A::kWeakAtPlace; }
inline constexpr bool kHasWeakAtPlace<A> = A::kWeakAtPlace;

template <class A>
inline constexpr bool kHasWritablePlt = false;
template <class A>
requires requires { A::kWritablePlt; }
inline constexpr bool kHasWritablePlt<A> = A::kWritablePlt;

// A hash table like DT_GNU_HASH, but with a word behind the chain words for each of them: the index
// of its symbol. The file says how many symbols there are; from the table's own first one on, each
// has a chain word.
struct TranslatedHash {
  uint64_t table = 0;  // link-time address; 0: the image has none
  uint64_t symbols = 0;
  std::string_view name = "DT_GNU_HASH";  // of its tag, for messages
};

template <class A>
concept HasTranslatedHash = HasDynamicTags<A> && requires(const typename A::DynamicTags& tags) {
  { A::HashOf(tags) } -> std::same_as<TranslatedHash>;
};

template <class A>
concept HasPltMark = requires(uint8_t st_other) {
  { A::IsPltAddress(st_other) } -> std::same_as<bool>;
};

// What an entry of the type does: kSymbolOr... is one of the two, by whether it names a symbol.
[[nodiscard]] constexpr Op OpOf(const Rule& rule, uint32_t symbol) {
  if (rule.op == Op::kSymbolOrBase) return symbol == 0 ? Op::kRelative : Op::kSymbol;
  if (rule.op == Op::kSymbolOrNone) return symbol == 0 ? Op::kNone : Op::kSymbol;
  return rule.op;
}

// What ApplyCustom and PreRelocate get. All addresses are link-time ones.
//
//   Addr Load(place, width, ok), bool Store(place, width, value)   checked like every other place
//   Addr Resolve(ok)         S of the relocation's symbol; 0 for an undefined weak one, and then
//                            `defined` is false
//   Addr Size(ok)            Z of the symbol
//   bool Overflow(value, bits)   reports that the value does not fit a field of so many bits; false
//   Addr bias, place, addend; uint32_t type, symbol; bool has_addend (RELA)
//   Addr info                r_info, for what of it is neither type nor symbol
//   const DynamicTags& tags()  if the CPU has them
//   const Module& module()     the image's record (rtld_shared/link/module.h)
//
// False means refused; unless that has been reported, the caller reports it with type and place.
// PreRelocate has no entry at hand: it sets place, type and symbol before it resolves one, so that
// an undefined symbol is reported with them, and for a refusal `place` and `detail`, a string_view
// that says what is wrong there.
template <class C>
concept CustomContext = requires(C& context, typename C::Addr place, unsigned width,
                                 typename C::Addr value, bool& ok) {
  { context.Load(place, width, ok) } -> std::same_as<typename C::Addr>;
  { context.Store(place, width, value) } -> std::same_as<bool>;
  { context.Resolve(ok) } -> std::same_as<typename C::Addr>;
  { context.Size(ok) } -> std::same_as<typename C::Addr>;
  { context.Overflow(value, width) } -> std::same_as<bool>;
  { context.bias } -> std::convertible_to<typename C::Addr>;
  { context.place } -> std::convertible_to<typename C::Addr>;
  { context.addend } -> std::convertible_to<typename C::Addr>;
  { context.type } -> std::convertible_to<uint32_t>;
  { context.info } -> std::convertible_to<typename C::Addr>;
  { context.defined } -> std::convertible_to<bool>;
};

// What StoreSlot gets. Slots are stored when all images of the session are relocated, those of an
// IFUNC when its resolver has returned.
//
//   Addr bias, place, addend   as above; no addend where a resolver has said all
//   Addr target              S, or what the resolver returned: a run-time address; 0 for an
//                            undefined weak symbol
//   bool Store(place, width, value)   in the slot's image, by link-time address, checked
//   Addr Fetch(address, ok)  the word at a run-time address, in any image of the session
//
// False means refused; the caller reports it with the place.
template <class C>
concept SlotContext = requires(C& context, typename C::Addr address, unsigned width, bool& ok) {
  { context.Store(address, width, address) } -> std::same_as<bool>;
  { context.Fetch(address, ok) } -> std::same_as<typename C::Addr>;
  { context.bias } -> std::convertible_to<typename C::Addr>;
  { context.place } -> std::convertible_to<typename C::Addr>;
  { context.addend } -> std::convertible_to<typename C::Addr>;
  { context.target } -> std::convertible_to<typename C::Addr>;
};

namespace internal {
// No context of anybody's: StoreSlot is a template, and whether a CPU has it is asked with this.
template <class A>
struct AnySlotContext {
  using Addr = A;
  Addr bias, place, addend, target;
  bool Store(Addr at, unsigned width, Addr value);
  Addr Fetch(Addr address, bool& ok);
};
}  // namespace internal

template <class A>
concept HasSlots = requires(internal::AnySlotContext<typename A::Layout::Addr>& context) {
  { A::StoreSlot(context) } -> std::same_as<bool>;
};

// The exemplar: no CPU, every Op once, any layout. Unit tests link images made for it, and it shows
// all optional members at work.
template <class L>
struct Exemplar {
  using Layout = L;
  using Addr = typename L::Addr;
  static constexpr std::string_view kName = "exemplar";
  static constexpr uint16_t kMachine = 0xfe01;
  static constexpr uint64_t kPageSize = 0x1000;
  static constexpr uint64_t kMaxPageSize = 0x10000;

  enum Type : uint32_t {
    kNone = 0,
    kRelative = 1,
    kSymbol = 2,
    kGlobDat = 3,
    kJumpSlot = 4,
    kPc32 = 5,
    kSymbol32 = 6,
    kSize = 7,
    kCopy = 8,
    kIrelative = 9,
    kTlsModule = 10,
    kTlsOffset = 11,
    kTpOffset = 12,
    kTlsDesc = 13,
    kCustom = 14,
    kLinkOnly = 15,
    kSigned16 = 16,
    kEither8 = 17,
    kSymbolOrBase = 18,
    kSymbolOrNone = 19,
    kPc = 20,
    kTpDistance = 21,
  };

  [[nodiscard]] static constexpr Rule RuleFor(uint32_t type) {
    switch (type) {
      case kNone:
        return {.op = Op::kNone};
      case kRelative:
        return {.op = Op::kRelative};
      case kSymbol:
        return {.op = Op::kSymbol};
      case kGlobDat:
        return {.op = Op::kSymbol, .addend = Addend::kIgnored};
      case kJumpSlot:
        return {.op = Op::kJumpSlot, .addend = Addend::kIgnored};
      case kPc32:
        return {.op = Op::kPcRelative, .width = 4, .check = Check::kSigned};
      case kSymbol32:
        return {.op = Op::kSymbol, .width = 4, .check = Check::kUnsigned};
      case kSize:
        return {.op = Op::kSize};
      case kCopy:
        return {.op = Op::kCopy, .addend = Addend::kIgnored};
      case kIrelative:
        return {.op = Op::kIrelative};
      case kTlsModule:
        return {.op = Op::kTlsModule, .addend = Addend::kIgnored};
      case kTlsOffset:
        return {.op = Op::kTlsOffset};
      case kTpOffset:
        return {.op = Op::kTpOffset};
      case kTlsDesc:
        return {.op = Op::kTlsDesc};
      case kCustom:
        return {.op = Op::kCustom};
      case kLinkOnly:
        return {.op = Op::kRefused};
      case kSigned16:
        return {.op = Op::kSymbol, .width = 2, .check = Check::kSigned};
      case kEither8:
        return {.op = Op::kSymbol, .width = 1, .check = Check::kEither};
      case kSymbolOrBase:
        return {.op = Op::kSymbolOrBase};
      case kSymbolOrNone:
        return {.op = Op::kSymbolOrNone};
      case kPc:
        return {.op = Op::kPcRelative};
      case kTpDistance:
        return {.op = Op::kTpDistance};
      default:
        return {};
    }
  }

  [[nodiscard]] static constexpr std::string_view RelocationName(uint32_t type) {
    constexpr std::string_view kNames[] = {
        "R_EX_NONE",      "R_EX_RELATIVE",  "R_EX_SYMBOL",         "R_EX_GLOB_DAT",
        "R_EX_JUMP_SLOT", "R_EX_PC32",      "R_EX_SYMBOL32",       "R_EX_SIZE",
        "R_EX_COPY",      "R_EX_IRELATIVE", "R_EX_TLSMOD",         "R_EX_TLSOFF",
        "R_EX_TPOFF",     "R_EX_TLSDESC",   "R_EX_CUSTOM",         "R_EX_LINK",
        "R_EX_SIGNED16",  "R_EX_EITHER8",   "R_EX_SYMBOL_OR_BASE", "R_EX_SYMBOL_OR_NONE",
        "R_EX_PC",        "R_EX_TPDIST"};
    return type < sizeof(kNames) / sizeof(kNames[0]) ? kNames[type] : std::string_view();
  }

  // Flag 0x80 stands for an ABI the exemplar does not speak.
  [[nodiscard]] static constexpr bool AcceptsFlags(uint32_t flags) { return (flags & 0x80) == 0; }

  struct Tls {
    static constexpr int kVariant = 2;
    static constexpr uint64_t kTcbSize = 0;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0x800;
  };

  // A processor-specific tag, so that the way of such tags into the module record is tested.
  struct DynamicTags {
    uint64_t mark = 0;
  };
  static constexpr uint64_t kDtMark = 0x70000001;
  static constexpr void OnDynamicTag(DynamicTags& tags, uint64_t tag, uint64_t value) {
    if (tag == kDtMark) tags.mark = value;
  }

  // An instruction word that keeps its low byte and takes bits 8.. of S + A.
  template <class Context>
  [[nodiscard]] static constexpr bool ApplyCustom(Context& context) {
    bool ok = true;
    const Addr old = context.Load(context.place, 4, ok);
    const Addr symbol = ok ? context.Resolve(ok) : 0;
    if (!ok) return false;
    const Addr value = symbol + context.addend;
    return context.Store(context.place, 4, (value & 0xffffff00) | (old & 0xff));
  }
};

static_assert(ElfArch<Exemplar<elf::Layout32Le>> && ElfArch<Exemplar<elf::Layout64Be>>);
static_assert(HasRelocationNames<Exemplar<elf::Layout32Le>>);
static_assert(HasFlagsCheck<Exemplar<elf::Layout32Le>> && HasTls<Exemplar<elf::Layout32Le>>);
static_assert(HasDynamicTags<Exemplar<elf::Layout32Le>>);

}  // namespace arch
