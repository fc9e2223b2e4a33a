// SPDX-License-Identifier: BSD-2-Clause
//
// LoadPlan: what the program headers say, checked and normalised, so that a loader only copies.
//
// Guaranteed by PlanLoad:
//   * segments ascend, have no page in common, lie inside [low, high), and their file ranges inside
//     the file; empty PT_LOADs are dropped; where a segment has bytes in the file, vaddr and offset
//     are congruent modulo the page size, and where it has none its offset is 0. Nobody knows the
//     file of an image that is in memory already: all that is there counts as filled from it, and
//     p_offset and p_filesz say nothing;
//   * no arithmetic on a segment wraps around the address width;
//   * no segment is writable and executable unless the policy says so (and the CPU's PLT needs it);
//   * dynamic, and tls as far as it is in the file, lie inside one segment, relro inside the pages
//     of one that is writable.
//
// gABI chapter 5, "Program Loading"; PT_GNU_* are the GNU extensions.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/view.h"
#include "rtld_shared/elf/constants.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/file.h"
#include "rtld_shared/seams/loader.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

struct TlsSegment {
  uint64_t vaddr = 0;
  uint64_t filesz = 0;
  uint64_t memsz = 0;
  uint64_t align = 0;  // power of two, at least 1

  [[nodiscard]] constexpr bool present() const { return align != 0; }
};

struct LoadPlan {
  std::span<Segment> segments;  // memory of the arena: FreePlan
  uint64_t low = 0;             // lowest link-time address, rounded down to a page
  uint64_t high = 0;            // end of the last segment, rounded up to a page
  uint64_t align = 0;           // largest p_align, at least the page size
  uint64_t page = 0;
  Range dynamic;      // PT_DYNAMIC
  Range relro;        // whole pages to be made read-only; empty when there are none
  Range unwind;       // PT_GNU_EH_FRAME
  Range phdrs;        // the program headers in memory; empty when no segment has them
  Range interpreter;  // PT_INTERP
  TlsSegment tls;
  bool exec_stack = false;  // PT_GNU_STACK asks for one, or there is no PT_GNU_STACK

  // The segment that [vaddr, vaddr + size) lies in, or nullptr. Where one ends and the next one
  // begins, no bytes are the first one's.
  [[nodiscard]] const Segment* SegmentAt(uint64_t vaddr, uint64_t size) const {
    if (segments.size() > kFew) [[unlikely]] {
      return SegmentAmongMany(vaddr, size);
    }
    for (const Segment& segment : segments) {
      if (segment.Contains(vaddr, size)) return &segment;
    }
    return nullptr;
  }
  // The last segment that begins at vaddr or before, or nullptr: by halves, as a file may have
  // thousands.
  [[nodiscard]] const Segment* LastFrom(uint64_t vaddr) const {
    size_t begin = 0;
    for (size_t end = segments.size(); begin != end;) {
      const size_t middle = begin + (end - begin) / 2;
      if (segments[middle].vaddr <= vaddr) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin != 0 ? &segments[begin - 1] : nullptr;
  }
  [[nodiscard]] bool IsCode(uint64_t vaddr) const {
    const Segment* segment = SegmentAt(vaddr, 1);
    return segment != nullptr && segment->executable();
  }

 private:
  // Linkers hardly make more segments, and so few are passed over faster than halved.
  static constexpr size_t kFew = 8;

  [[nodiscard]] const Segment* SegmentAmongMany(uint64_t vaddr, uint64_t size) const {
    const Segment* const last = LastFrom(vaddr);
    if (last == nullptr) return nullptr;
    if (last != segments.data() && (last - 1)->Contains(vaddr, size)) return last - 1;
    return last->Contains(vaddr, size) ? last : nullptr;
  }
};

// Whether the address of a function may be this one, by the plan alone: code, or on CPUs that have
// descriptors the place of one. link/function.h looks into the descriptor too.
template <arch::ElfArch A>
[[nodiscard]] bool MayBeFunction(const LoadPlan& plan, uint64_t vaddr) {
  if constexpr (arch::HasDescriptors<A>) {
    return plan.SegmentAt(vaddr, A::kDescriptorSize) != nullptr;
  } else {
    return plan.IsCode(vaddr);
  }
}

template <Arena R>
void FreePlan(R& arena, LoadPlan& plan) {
  FreeArray(arena, plan.segments);
  plan = {};
}

namespace internal {

inline constexpr uint64_t kUnknownSize = ~uint64_t{0};

[[nodiscard]] constexpr uint64_t PageFloor(uint64_t value, uint64_t page) {
  return value & ~(page - 1);
}

// Why one PT_LOAD is refused, or nothing. `address_mask` is the largest address.
template <class Phdr>
[[nodiscard]] std::string_view WhyBadLoad(const Phdr& header, uint64_t file_size,
                                          uint64_t address_mask, uint64_t page) {
  const uint64_t vaddr = header.vaddr, memsz = header.memsz, align = header.align;
  const bool in_memory = file_size == kUnknownSize;
  const uint64_t offset = in_memory ? uint64_t{0} : header.offset.get();
  const uint64_t filesz = in_memory ? uint64_t{0} : header.filesz.get();
  if (filesz > memsz) return "p_filesz exceeds p_memsz";
  if (memsz > address_mask - vaddr || address_mask - (vaddr + memsz) < page) {
    return "runs past the end of the address space";
  }
  // Without bytes in the file its place there means nothing, and linkers let it be any.
  if (filesz != 0 && (filesz > file_size || offset > file_size - filesz)) {
    return "runs past the end of the file";
  }
  if (align > 1 && !IsPowerOfTwo(align)) return "p_align is no power of two";
  if (filesz != 0 && ((vaddr ^ offset) & (page - 1)) != 0) {
    return "p_vaddr and p_offset differ modulo the page size";
  }
  return {};
}

}  // namespace internal

// One planning run; a class only so that its steps share what they work on.
template <arch::ElfArch A, Diagnostics D>
class LoadPlanner {
 public:
  using L = typename A::Layout;
  using Phdr = typename L::Phdr;

  LoadPlanner(D& diagnostics, std::span<const Phdr> phdrs, uint64_t file_size, const Policy& policy,
              LoadPlan& plan)
      : diagnostics_(diagnostics),
        phdrs_(phdrs),
        file_size_(file_size),
        policy_(policy),
        plan_(plan) {}

  [[nodiscard]] size_t CountLoads() const {
    size_t count = 0;
    for (const Phdr& header : phdrs_) {
      count += header.type == elf::kPtLoad && header.memsz != 0;
    }
    return count;
  }

  [[nodiscard]] bool AddLoads() {
    constexpr uint64_t kAddressMask = static_cast<typename L::Addr>(~uint64_t{0});
    size_t count = 0;
    for (uint32_t i = 0; i < phdrs_.size(); ++i) {
      const Phdr& header = phdrs_[i];
      if (header.type != elf::kPtLoad || header.memsz == 0) continue;
      std::string_view why = internal::WhyBadLoad(header, file_size_, kAddressMask, plan_.page);
      if (why.empty() && count != 0 && internal::PageFloor(header.vaddr, plan_.page) < plan_.high) {
        why = "is out of order or shares a page with the one before";
      }
      if (!why.empty()) return Bad(i, why);
      if ((header.flags & elf::kPfW) != 0 && (header.flags & elf::kPfX) != 0 &&
          !policy_.allow_writable_code &&
          !(policy_.allow_writable_plt && arch::kHasWritablePlt<A>)) {
        diagnostics_.Error({.error = Error::kWritableCode, .value = i});
        return false;
      }
      const bool from_file = !InMemory() && header.filesz != 0;
      plan_.segments[count++] = {.vaddr = header.vaddr,
                                 .memsz = header.memsz,
                                 .offset = from_file ? uint64_t{header.offset} : 0,
                                 .filesz = InMemory() ? header.memsz : header.filesz,
                                 .flags = header.flags,
                                 .index = i};
      if (count == 1) plan_.low = internal::PageFloor(header.vaddr, plan_.page);
      plan_.high =
          internal::PageFloor(header.vaddr + uint64_t{header.memsz} + plan_.page - 1, plan_.page);
      if (header.align > plan_.align) plan_.align = header.align;
    }
    return true;
  }

  [[nodiscard]] bool AddOthers() {
    plan_.exec_stack = true;
    for (uint32_t i = 0; i < phdrs_.size(); ++i) {
      const Phdr& header = phdrs_[i];
      const Range range = {header.vaddr, header.memsz};
      switch (header.type) {
        case elf::kPtDynamic:
          if (!plan_.dynamic.empty()) return Bad(i, "is a second PT_DYNAMIC");
          plan_.dynamic = {header.vaddr, InMemory() ? header.memsz : header.filesz};
          if (!Inside(plan_.dynamic)) return Bad(i, "PT_DYNAMIC is in no PT_LOAD");
          break;
        case elf::kPtTls:
          if (!AddTls(i, header)) return false;
          break;
        case elf::kPtGnuRelro:
          if (!AddRelro(i, range)) return false;
          break;
        case elf::kPtGnuStack:
          plan_.exec_stack = (header.flags & elf::kPfX) != 0;
          break;
        case elf::kPtGnuEhFrame:
          if (!Inside(range)) return Bad(i, "PT_GNU_EH_FRAME is in no PT_LOAD");
          plan_.unwind = range;
          break;
        case elf::kPtPhdr:
          if (!Inside(range)) return Bad(i, "PT_PHDR is in no PT_LOAD");
          plan_.phdrs = range;
          break;
        case elf::kPtInterp:
          if (!Inside(range)) return Bad(i, "PT_INTERP is in no PT_LOAD");
          plan_.interpreter = range;
          break;
        default:
          break;
      }
    }
    return true;
  }

 private:
  [[nodiscard]] bool InMemory() const { return file_size_ == internal::kUnknownSize; }

  [[nodiscard]] bool Inside(const Range& range) const {
    return plan_.SegmentAt(range.begin, range.size) != nullptr;
  }

  [[nodiscard]] bool AddTls(uint32_t index, const Phdr& header) {
    if (!policy_.allow_tls) {
      diagnostics_.Error({.error = Error::kThreadLocal, .value = index});
      return false;
    }
    if (plan_.tls.present()) return Bad(index, "is a second PT_TLS");
    const uint64_t align = header.align > 1 ? uint64_t{header.align} : 1;
    if (!IsPowerOfTwo(align)) return Bad(index, "p_align is no power of two");
    if (header.filesz > header.memsz) return Bad(index, "p_filesz exceeds p_memsz");
    if (header.filesz != 0 && !Inside({header.vaddr, header.filesz})) {
      return Bad(index, "PT_TLS is in no PT_LOAD");
    }
    plan_.tls = {header.vaddr, header.filesz, header.memsz, align};
    return true;
  }

  // PT_GNU_RELRO begins in the middle of a page with some linkers, and ends behind its segment with
  // others: at the end of its last page, or where a larger page than those in use would end. Its
  // begin says whose it is. All of its first page belongs to it (nothing writable comes before it
  // in its segment); a last page that it shares stays writable; behind the segment's last page
  // there is nothing of it.
  [[nodiscard]] bool AddRelro(uint32_t index, const Range& range) {
    if (range.empty()) return true;
    // Segments have no page in common: only the last one that begins in this page or before may
    // have it.
    const uint64_t first = internal::PageFloor(range.begin, plan_.page);
    const Segment* const segment = plan_.LastFrom(first + (plan_.page - 1));
    if (segment == nullptr) return Bad(index, "PT_GNU_RELRO begins in no PT_LOAD");
    const uint64_t end = internal::PageFloor(segment->end() + plan_.page - 1, plan_.page);
    if (range.begin >= end) return Bad(index, "PT_GNU_RELRO begins in no PT_LOAD");
    if (!segment->writable()) return Bad(index, "PT_GNU_RELRO is in a read-only segment");
    // Without range.end(), which may be beyond all addresses.
    const bool ends_before = range.size < end - range.begin;
    const uint64_t last = ends_before ? internal::PageFloor(range.end(), plan_.page) : end;
    plan_.relro = {first, last - first};
    return true;
  }

  bool Bad(uint32_t index, std::string_view why) {
    diagnostics_.Error({.error = Error::kBadSegment, .detail = why, .value = index});
    return false;
  }

  D& diagnostics_;
  std::span<const Phdr> phdrs_;
  uint64_t file_size_;
  const Policy& policy_;
  LoadPlan& plan_;
};

// Fills `plan`, which must be empty. `page` is the page size in use, a power of two. Images that
// are in memory already have no file size: kUnknownSize. On failure the plan is empty again.
template <arch::ElfArch A, Diagnostics D, Arena R>
[[nodiscard]] bool PlanLoad(D& diagnostics, R& arena,
                            std::span<const typename A::Layout::Phdr> phdrs, uint64_t file_size,
                            uint64_t page, const Policy& policy, LoadPlan& plan) {
  LoadPlanner<A, D> planner(diagnostics, phdrs, file_size, policy, plan);
  const size_t count = planner.CountLoads();
  if (count == 0) {
    diagnostics.Error({.error = Error::kBadSegment, .detail = "there is no PT_LOAD"});
    return false;
  }
  plan.page = page;
  plan.align = page;
  plan.segments = AllocateArray<Segment>(arena, count);
  if (plan.segments.empty()) {
    diagnostics.Error({.error = Error::kNoMemory, .detail = "load plan"});
    return false;
  }
  if (planner.AddLoads() && planner.AddOthers()) return true;
  FreePlan(arena, plan);
  return false;
}

// The bytes of an image that is still a file, at the addresses its load plan gives them: enough to
// read its dynamic section, strings and versions before anything is mapped.
template <File F>
class FileMemory {
 public:
  FileMemory(F& file, const LoadPlan& plan) : file_(file), plan_(plan) {}

  [[nodiscard]] const std::byte* At(uint64_t vaddr, uint64_t size) const {
    const Segment* segment = Find(vaddr);
    if (segment == nullptr || size > segment->filesz - (vaddr - segment->vaddr)) return nullptr;
    return file_.Bytes(segment->offset + (vaddr - segment->vaddr), size);
  }
  [[nodiscard]] uint64_t Reach(uint64_t vaddr) const {
    const Segment* segment = Find(vaddr);
    return segment == nullptr ? 0 : segment->filesz - (vaddr - segment->vaddr);
  }

 private:
  // Where one segment ends the next one may begin: that is meant, as it may have bytes there.
  [[nodiscard]] const Segment* Find(uint64_t vaddr) const {
    const Segment* const last = plan_.LastFrom(vaddr);
    return last != nullptr && vaddr - last->vaddr <= last->filesz ? last : nullptr;
  }

  F& file_;
  const LoadPlan& plan_;
};

}  // namespace rtld
