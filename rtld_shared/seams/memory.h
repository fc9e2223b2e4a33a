// SPDX-License-Identifier: BSD-2-Clause
//
// Memory: the bytes of one image, addressed by the image's link-time virtual addresses.
//
// The bias (run-time minus link-time address) is a number the relocator adds to stored values; it
// never takes part in finding a byte. So an image for another CPU and byte order is relocated in a
// host buffer exactly as one that sits where it will run.
//
//   At(vaddr, n)   the n bytes at vaddr, contiguous on the host, or nullptr unless
//                  [vaddr, vaddr + n) lies wholly in one segment. n = 0 gives a pointer for every
//                  vaddr in or at the end of a segment. Bytes of a segment are contiguous:
//                  At(v, n) + k is At(v + k, n - k). A pointer stays good until the image is
//                  released.
//   Reach(vaddr)   how many bytes of vaddr's segment stand from vaddr on; 0 when vaddr is in none.
//                  Bounds tables whose size the file does not state.
//
// Both must bear any vaddr and n: the arguments come from files.
//
// ReadableMemory is enough to decode; WritableMemory hands out bytes that may be stored to. Whether
// a segment is one that relocations may write is not this seam's matter: the relocator checks that.

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace rtld {

template <class M>
concept ReadableMemory = requires(M& memory, uint64_t vaddr, uint64_t size) {
  { memory.At(vaddr, size) } -> std::convertible_to<const std::byte*>;
  { memory.Reach(vaddr) } -> std::same_as<uint64_t>;
};

template <class M>
concept WritableMemory = ReadableMemory<M> && requires(M& memory, uint64_t vaddr, uint64_t size) {
  { memory.At(vaddr, size) } -> std::same_as<std::byte*>;
};

}  // namespace rtld
