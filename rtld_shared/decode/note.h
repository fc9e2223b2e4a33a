// SPDX-License-Identifier: BSD-2-Clause
//
// Notes (gABI chapter 5, "Note Section"): owner, type, descriptor.
//
// ForEachNote walks one PT_NOTE and calls visit(owner, type, descriptor) until it returns false. It
// returns false when the notes are malformed, that is when a size runs past the segment; what came
// before has been visited then. Names and descriptors are padded to p_align when that is 8, else to
// 4 bytes (most 64-bit notes too).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

template <arch::ElfArch A, ReadableMemory M, class Visit>
[[nodiscard]] bool ForEachNote(M& memory, const Range& range, uint64_t p_align, Visit&& visit) {
  using Nhdr = typename A::Layout::Nhdr;
  const uint64_t align = p_align == 8 ? 8 : 4;
  uint64_t left = range.size;
  const std::byte* bytes = memory.At(range.begin, range.size);
  if (bytes == nullptr || !IsAlignedFor<Nhdr>(bytes)) return false;
  while (left >= sizeof(Nhdr)) {
    const Nhdr& header = *reinterpret_cast<const Nhdr*>(bytes);
    // 32-bit sizes: none of these sums wraps in 64 bits.
    const uint64_t name_size = header.namesz, size = header.descsz;
    const uint64_t desc_at = (sizeof(Nhdr) + name_size + align - 1) & ~(align - 1);
    const uint64_t next = (desc_at + size + align - 1) & ~(align - 1);
    if (desc_at > left || size > left - desc_at) return false;
    const char* name = reinterpret_cast<const char*>(bytes) + sizeof(Nhdr);
    size_t length = static_cast<size_t>(name_size);
    if (length != 0 && name[length - 1] == '\0') --length;
    const std::span<const std::byte> descriptor(bytes + desc_at, static_cast<size_t>(size));
    if (!visit(std::string_view(name, length), header.type.get(), descriptor)) return true;
    if (next >= left) return true;
    bytes += next;
    left -= next;
  }
  return left == 0;
}

// The descriptor of the first note of that owner and type in the first PT_NOTEs, or an empty span.
// Malformed notes hide what follows them in their segment. Linkers make a handful of PT_NOTEs; a
// hostile file may have thousands over the same bytes, all of which would be walked.
inline constexpr unsigned kMostNoteSegments = 64;
template <arch::ElfArch A, ReadableMemory M>
[[nodiscard]] std::span<const std::byte> FindNote(M& memory,
                                                  std::span<const typename A::Layout::Phdr> phdrs,
                                                  std::string_view owner, uint32_t type) {
  std::span<const std::byte> found;
  unsigned segments = 0;
  for (const typename A::Layout::Phdr& header : phdrs) {
    if (header.type != elf::kPtNote || !found.empty()) continue;
    if (segments++ == kMostNoteSegments) break;
    const Range range = {header.vaddr, header.filesz};
    static_cast<void>(ForEachNote<A>(
        memory, range, header.align,
        [&](std::string_view name, uint32_t kind, std::span<const std::byte> descriptor) {
          if (name != owner || kind != type) return true;
          found = descriptor;
          return false;
        }));
  }
  return found;
}

}  // namespace rtld
