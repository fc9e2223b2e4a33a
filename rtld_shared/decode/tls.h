// SPDX-License-Identifier: BSD-2-Clause
//
// Where TLS blocks of images stand relative to the thread pointer (U. Drepper, "ELF Handling For
// Thread-Local Storage", variants I and II, and the psABIs).
//
// Variant I: blocks follow the thread control block upwards. Variant II: they lie below the thread
// pointer, the first image's nearest to it (its offsets are fixed at link time).

#pragma once

#include <cstdint>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/load_plan.h"

namespace rtld {

template <arch::HasTls A>
class StaticTlsLayout {
 public:
  // Gives the next image its place. False when the block does not fit in 2^31 bytes in all: offsets
  // of that size are an attack or a mistake, and would not be reachable anyway. On success `offset`
  // is the block's address minus the thread pointer; it is congruent so that the block's variables
  // get the alignment that p_vaddr and p_align promise.
  [[nodiscard]] constexpr bool Add(const TlsSegment& tls, int64_t& offset) {
    constexpr uint64_t kLimit = uint64_t{1} << 31;
    if (tls.memsz > kLimit || tls.align > kLimit) return false;
    const uint64_t skew = tls.vaddr & (tls.align - 1);
    if constexpr (A::Tls::kVariant == 2) {
      // Smallest end >= used_ + memsz with (-end) congruent to vaddr modulo align.
      const uint64_t end = RoundUp(used_ + tls.memsz + skew, tls.align) - skew;
      if (end > kLimit) return false;
      used_ = end;
      offset = -static_cast<int64_t>(end);
    } else {
      const uint64_t begin = RoundUp(Used() - skew, tls.align) + skew;
      if (begin + tls.memsz > kLimit) return false;
      used_ = begin + tls.memsz;
      offset = static_cast<int64_t>(begin) + A::Tls::kThreadPointerBias;
    }
    if (tls.align > align_) align_ = tls.align;
    return true;
  }

  // Bytes of all blocks, the thread control block of variant I included; and their alignment.
  [[nodiscard]] constexpr uint64_t size() const { return Used(); }
  [[nodiscard]] constexpr uint64_t align() const { return align_; }

 private:
  [[nodiscard]] static constexpr uint64_t RoundUp(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
  }
  [[nodiscard]] constexpr uint64_t Used() const {
    return A::Tls::kVariant == 1 && used_ == 0 ? uint64_t{A::Tls::kTcbSize} : used_;
  }

  uint64_t used_ = 0;
  uint64_t align_ = 1;
};

}  // namespace rtld
