// SPDX-License-Identifier: BSD-2-Clause
//
// Places: the bytes a relocation may write. Each one is checked to lie in a writable segment of the
// image itself (RELRO is part of one); the segment last used is kept at hand, so that the check of
// the next place is one comparison. And how words, and the two of a TLS descriptor, lie there.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/elf/field.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

// Loads `width` bytes in the layout's byte order, sign-extended: addends of REL are signed.
template <class L>
[[nodiscard]] typename L::Addr LoadWord(const std::byte* bytes, unsigned width) {
  using Signed = typename L::SignedAddr;
  const auto load = [bytes]<class T>(T) {
    elf::Field<T, L::kOrder> field;
    std::memcpy(static_cast<void*>(&field), bytes, sizeof(T));
    return static_cast<typename L::Addr>(
        static_cast<Signed>(static_cast<std::make_signed_t<T>>(field.get())));
  };
  switch (width) {
    case 1:
      return load(uint8_t{});
    case 2:
      return load(uint16_t{});
    case 4:
      return load(uint32_t{});
    default:
      return load(uint64_t{});
  }
}

template <class L>
void StoreWord(std::byte* bytes, unsigned width, uint64_t value) {
  const auto store = [bytes, value]<class T>(T) {
    const elf::Field<T, L::kOrder> field = static_cast<T>(value);
    std::memcpy(bytes, static_cast<const void*>(&field), sizeof(T));
  };
  switch (width) {
    case 1:
      return store(uint8_t{});
    case 2:
      return store(uint16_t{});
    case 4:
      return store(uint32_t{});
    default:
      return store(uint64_t{});
  }
}

// A TLS descriptor is a function and its argument, two words in the CPU's order.
template <arch::ElfArch A>
inline constexpr unsigned kArgumentWord = arch::kHasArgumentFirst<A> ? 0 : 1;
template <arch::ElfArch A>
inline constexpr unsigned kFunctionWord = 1 - kArgumentWord<A>;

template <arch::ElfArch A>
void StoreDescriptor(std::byte* bytes, unsigned width, uint64_t function, uint64_t argument) {
  using L = typename A::Layout;
  StoreWord<L>(bytes + kFunctionWord<A> * width, width, function);
  StoreWord<L>(bytes + kArgumentWord<A> * width, width, argument);
}

// The addend of a REL entry for one. In an argument that comes first, linkers leave for entries
// that name a symbol what a lazy binder would need to know.
template <arch::ElfArch A>
[[nodiscard]] typename A::Layout::Addr DescriptorAddend(const std::byte* bytes, unsigned width,
                                                        uint32_t symbol) {
  if (arch::kHasArgumentFirst<A> && symbol != 0) return 0;
  return LoadWord<typename A::Layout>(bytes + kArgumentWord<A> * width, width);
}

// Whether the value survives being stored in `width` bytes. Computed in the address's own width:
// a result is a difference or sum modulo it.
template <class L>
[[nodiscard]] constexpr bool Fits(typename L::Addr value, unsigned width, arch::Check check) {
  using Addr = typename L::Addr;
  using Signed = typename L::SignedAddr;
  if (check == arch::Check::kNone || width >= sizeof(Addr)) return true;
  const unsigned drop = 8 * (static_cast<unsigned>(sizeof(Addr)) - width);
  const bool as_signed =
      static_cast<Addr>(static_cast<Signed>(static_cast<Addr>(value << drop)) >> drop) == value;
  const bool as_unsigned = static_cast<Addr>(static_cast<Addr>(value << drop) >> drop) == value;
  switch (check) {
    case arch::Check::kSigned:
      return as_signed;
    case arch::Check::kUnsigned:
      return as_unsigned;
    default:
      return as_signed || as_unsigned;
  }
}

template <WritableMemory M>
class Places {
 public:
  // `any_segment`: the image has text relocations.
  Places(M& memory, const LoadPlan& plan, bool any_segment)
      : memory_(memory), plan_(plan), any_segment_(any_segment) {}

  // The segment around a place, for loops over many: any `size` bytes that begin at an address from
  // `begin` to `begin + last` are a place, `bytes` being those at `begin`.
  struct Window {
    std::byte* bytes = nullptr;  // nullptr: the bytes at vaddr are not a place
    uint64_t begin = 0;
    uint64_t last = 0;
  };
  [[nodiscard]] Window Around(uint64_t vaddr, uint64_t size) {
    if (At(vaddr, size) == nullptr) return {};
    return {bytes_, begin_, size_ - size};
  }

  // The host's pointer to `size` bytes at vaddr, or nullptr when they are not a place.
  [[nodiscard]] std::byte* At(uint64_t vaddr, uint64_t size) {
    const uint64_t offset = vaddr - begin_;
    if (offset <= size_ && size <= size_ - offset) [[likely]] {
      return bytes_ + offset;
    }
    return Move(vaddr, size) ? bytes_ + (vaddr - begin_) : nullptr;
  }

 private:
  [[nodiscard]] bool Move(uint64_t vaddr, uint64_t size) {
    const Segment* segment = plan_.SegmentAt(vaddr, size);
    if (segment == nullptr || !(segment->writable() || any_segment_)) return false;
    std::byte* bytes = memory_.At(segment->vaddr, segment->memsz);
    if (bytes == nullptr) return false;
    begin_ = segment->vaddr;
    size_ = segment->memsz;
    bytes_ = bytes;
    return true;
  }

  M& memory_;
  const LoadPlan& plan_;
  bool any_segment_;
  uint64_t begin_ = 0;
  uint64_t size_ = 0;
  std::byte* bytes_ = nullptr;
};

}  // namespace rtld
