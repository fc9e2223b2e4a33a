// SPDX-License-Identifier: BSD-2-Clause
//
// Loader: gives images room in an address space and sets protections. One Loader serves a session;
// an Image is its handle to one reserved range. The client that owns the Loader decides where
// images go and which tag, frame or mapping pays for them.
//
//   typename Image                     a handle: copyable, default-constructible, a WritableMemory
//                                      of the image. Destroying it does nothing, Release gives the
//                                      range back.
//   Reserve(reservation, image)        address space for a whole image; the range is inaccessible
//                                      or zero. False: nothing was reserved. Size and alignment
//                                      come from the file and may be absurd.
//   image.Bias()                       run-time minus link-time address, modulo the address width
//   Map(image, segment, file)          puts one segment there: file bytes, then zeros up to memsz
//                                      and the end of its last page. From now on At() works for it;
//                                      a segment with kPfW is writable and not executable, the
//                                      others need only be readable. All segments of an image with
//                                      text relocations have it here. False: Release still frees
//                                      everything.
//   Protect(image, vaddr, size, prot)  final protection of whole pages (vaddr and size are rounded
//                                      to pages by the caller). Over all aliases: never writable
//                                      and executable at once.
//   SyncCode(image, vaddr, size)       makes the range's bytes visible to instruction fetch
//   Release(image)                     gives everything back; called once per reserved image, and
//                                      for adopted images that the session owns. Cannot fail.
//
// A loader may have
//
//   Linked(module, vaddr, size)        the bytes of an image that an earlier session linked, or
//                                      nullptr; asked for places in a segment of its plan. CPUs whose
//                                      PLT slots are made from what they lead to (arch::HasSlots)
//                                      need it to link against such images.
//
// Addresses are link-time ones of the image. A session calls Reserve, Map, Protect, SyncCode and
// Release on whatever thread its client calls the session.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

// One PT_LOAD, checked: file range within the file, memory range within the image, flags W^X unless
// the policy lets it pass. vaddr and offset are congruent modulo the page size; without bytes in
// the file (filesz is 0) offset is 0, and there is nothing to be read or mapped from there.
struct Segment {
  uint64_t vaddr = 0;
  uint64_t memsz = 0;
  uint64_t offset = 0;
  uint64_t filesz = 0;
  uint32_t flags = 0;  // p_flags, kPfInit included
  uint32_t index = 0;  // of its program header, for messages

  [[nodiscard]] constexpr bool writable() const { return (flags & elf::kPfW) != 0; }
  [[nodiscard]] constexpr bool executable() const { return (flags & elf::kPfX) != 0; }
  [[nodiscard]] constexpr bool init_only() const { return (flags & elf::kPfInit) != 0; }
  [[nodiscard]] constexpr uint64_t end() const { return vaddr + memsz; }
  // True when [at, at + size) lies in the segment; bears any at and size.
  [[nodiscard]] constexpr bool Contains(uint64_t at, uint64_t size) const {
    return at >= vaddr && at - vaddr <= memsz && size <= memsz - (at - vaddr);
  }
};

struct Reservation {
  std::string_view name;  // path of the file, for the loader's own messages
  uint64_t vaddr = 0;     // lowest link-time address, a multiple of the page size
  uint64_t size = 0;      // bytes, a multiple of the page size
  uint64_t align = 0;     // wanted alignment of the bias: largest p_align, at least a page
  bool fixed = false;     // ET_EXEC: the bias must be 0
};

enum class Protection : uint8_t { kRead, kReadWrite, kReadExecute, kReadWriteExecute };

[[nodiscard]] constexpr Protection ProtectionOf(uint32_t flags) {
  if ((flags & elf::kPfX) != 0) {
    return (flags & elf::kPfW) != 0 ? Protection::kReadWriteExecute : Protection::kReadExecute;
  }
  return (flags & elf::kPfW) != 0 ? Protection::kReadWrite : Protection::kRead;
}

template <class L, class F>
concept Loader = WritableMemory<typename L::Image> &&
    std::default_initializable<typename L::Image> && std::copyable<typename L::Image> &&
    requires(L& loader, typename L::Image& image, const Reservation& reservation,
             const Segment& segment, F& file, uint64_t n, Protection protection) {
  { image.Bias() } -> std::same_as<uint64_t>;
  { loader.Reserve(reservation, image) } -> std::same_as<bool>;
  { loader.Map(image, segment, file) } -> std::same_as<bool>;
  { loader.Protect(image, n, n, protection) } -> std::same_as<bool>;
  loader.SyncCode(image, n, n);
  loader.Release(image);
};

template <class L, class M>
concept ReadsLinked = requires(L& loader, const M& module, uint64_t n) {
  { loader.Linked(module, n, n) } -> std::same_as<const std::byte*>;
};

}  // namespace rtld
