// SPDX-License-Identifier: BSD-2-Clause
#include "arch/i386/kernel/user_state.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/linux_abi.h"
#include "arch/i386/kernel/descriptors.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"

namespace arch::x86 {
namespace {

// struct user_desc (asm/ldt.h).
struct UserDescriptor {
  uint32_t entry;
  uint32_t base;
  uint32_t limit;
  uint32_t flags;
};
enum UserDescriptorFlags : uint32_t {
  kIs32Bit = 1 << 0,
  kContents = 3 << 1,  // 0: data, 1: data that grows down, 2 and 3: code
  kReadOnly = 1 << 3,
  kInPages = 1 << 4,
  kNotPresent = 1 << 5,
  kUseable = 1 << 6,
};
constexpr unsigned kContentsShift = 1;

// Segment descriptors (SDM volume 3, 3.4.5).
constexpr uint64_t kAccessed = uint64_t{1} << 40;
constexpr uint64_t kWritable = uint64_t{1} << 41;
constexpr unsigned kTypeShift = 42;
constexpr uint64_t kSegment = uint64_t{1} << 44;
constexpr uint64_t kForUsers = uint64_t{3} << 45;
constexpr uint64_t kPresent = uint64_t{1} << 47;
constexpr uint64_t kAvailable = uint64_t{1} << 52;
constexpr uint64_t kBig = uint64_t{1} << 54;
constexpr uint64_t kPages = uint64_t{1} << 55;

constexpr uint64_t Encode(const UserDescriptor& from) {
  uint64_t result = (from.limit & 0xffff) | uint64_t{from.limit >> 16 & 0xf} << 48;
  result |= uint64_t{from.base & 0xffffff} << 16 | uint64_t{from.base >> 24} << 56;
  result |= kAccessed | kSegment | kForUsers | kBig;
  result |= uint64_t{(from.flags & kContents) >> kContentsShift} << kTypeShift;
  if ((from.flags & kReadOnly) == 0) result |= kWritable;
  if ((from.flags & kNotPresent) == 0) result |= kPresent;
  if (from.flags & kInPages) result |= kPages;
  if (from.flags & kUseable) result |= kAvailable;
  return result;
}

constexpr UserDescriptor Decode(uint64_t from, uint32_t entry) {
  UserDescriptor result{entry, 0, 0, 0};
  result.base = static_cast<uint32_t>((from >> 16 & 0xffffff) | (from >> 56) << 24);
  result.limit = static_cast<uint32_t>((from & 0xffff) | (from >> 48 & 0xf) << 16);
  result.flags = static_cast<uint32_t>(from >> kTypeShift & 3) << kContentsShift;
  if (from & kBig) result.flags |= kIs32Bit;
  if ((from & kWritable) == 0) result.flags |= kReadOnly;
  if ((from & kPresent) == 0) result.flags |= kNotPresent;
  if (from & kPages) result.flags |= kInPages;
  if (from & kAvailable) result.flags |= kUseable;
  return result;
}

// What clears an entry: LDT_empty of asm/desc.h, and all zeros.
constexpr bool IsEmpty(const UserDescriptor& description) {
  const uint32_t flags = description.flags & ~uint32_t{kUseable};
  return description.base == 0 && description.limit == 0 &&
         (flags == 0 || flags == (kReadOnly | kNotPresent));
}

constexpr unsigned kFree = ~0u;

unsigned FindEntry(const UserSegments& segments, uint32_t wanted) {
  if (wanted != ~0u) return wanted - kFirstTlsEntry;
  for (unsigned i = 0; i < kTlsEntries; i++) {
    if (segments.tls[i] == 0) return i;
  }
  return kFree;
}

int64_t SetThreadArea(uint64_t address) {
  UserDescriptor wanted;
  base::Error error = mm::CopyIn(&wanted, address, sizeof wanted);
  if (!base::Ok(error)) return -base::Number(error);
  UserSegments& segments = SegmentsOf(*RunningContext());
  const unsigned index = FindEntry(segments, wanted.entry);
  if (index == kFree) return -ESRCH;
  if (index >= kTlsEntries) return -EINVAL;
  const bool empty = IsEmpty(wanted);
  // A 16-bit segment or code would let the program run what the kernel does not expect.
  const bool sound = (wanted.flags & kIs32Bit) && !(wanted.flags & 2 << kContentsShift) &&
                     !(wanted.flags & kNotPresent);
  if (!empty && !sound) return -EINVAL;
  const bool chosen = wanted.entry == ~0u;
  wanted.entry = kFirstTlsEntry + index;
  if (chosen) error = mm::CopyOut(address, &wanted.entry, sizeof wanted.entry);
  if (!base::Ok(error)) return -base::Number(error);
  const bool on = DisableInterrupts();
  segments.tls[index] = empty ? 0 : Encode(wanted);
  SaveSelectors(&segments);
  LoadSegments(segments);
  RestoreInterrupts(on);
  return 0;
}

int64_t GetThreadArea(uint64_t address) {
  uint32_t entry = 0;
  const base::Error error = mm::CopyIn(&entry, address, sizeof entry);
  if (!base::Ok(error)) return -base::Number(error);
  const uint32_t index = entry - kFirstTlsEntry;
  if (index >= kTlsEntries) return -EINVAL;
  const UserDescriptor found = Decode(SegmentsOf(*RunningContext()).tls[index], entry);
  return -base::Number(mm::CopyOut(address, &found, sizeof found));
}

// Which of the thread's entries a selector names; kTlsEntries or more: none.
constexpr unsigned TlsIndex(uint32_t selector) { return (selector >> 3) - kFirstTlsEntry; }

uint32_t Loadable(const UserSegments& segments, uint32_t selector) {
  constexpr uint32_t kLocalTable = 4;
  if ((selector & ~3u) == (kUserData & ~3u)) return kUserData;
  const unsigned index = TlsIndex(selector);
  const bool own = (selector & kLocalTable) == 0 && index < kTlsEntries;
  return own && (segments.tls[index] & kPresent) ? selector : 0;
}

constexpr uint64_t kBaseMask = uint64_t{0xff} << 56 | uint64_t{0xffffff} << 16;

}  // namespace

UserSegments& SegmentsOf(const Context& context) {
  return *(reinterpret_cast<UserSegments*>(context.stack_high) - 1);
}

void SaveSelectors(UserSegments* to) {
  asm volatile("mov %%fs, %0" : "=r"(to->fs));
  asm volatile("mov %%gs, %0" : "=r"(to->gs));
  to->fs &= 0xffff;
  to->gs &= 0xffff;
}

void LoadSegments(const UserSegments& from) {
  LoadTlsDescriptors(from.tls);
  asm volatile("mov %0, %%fs" ::"r"(Loadable(from, from.fs)));
  asm volatile("mov %0, %%gs" ::"r"(Loadable(from, from.gs)));
}

uint32_t TlsBase(const UserSegments& segments) {
  const unsigned index = TlsIndex(segments.gs);
  return index < kTlsEntries ? Decode(segments.tls[index], 0).base : 0;
}

void SetTlsBase(UserSegments& segments, uint32_t base) {
  const unsigned index = TlsIndex(segments.gs);
  if (index >= kTlsEntries) return;
  segments.tls[index] &= ~kBaseMask;
  segments.tls[index] |= uint64_t{base & 0xffffff} << 16 | uint64_t{base >> 24} << 56;
}

}  // namespace arch::x86

namespace arch {

bool OwnCall(uint64_t number, const uint64_t (&arguments)[6], int64_t& result) {
  constexpr uint64_t kSetThreadArea = 243, kGetThreadArea = 244;
  switch (number) {
    case kSetThreadArea:
      result = x86::SetThreadArea(arguments[0]);
      return true;
    case kGetThreadArea:
      result = x86::GetThreadArea(arguments[0]);
      return true;
  }
  return false;
}

}  // namespace arch
