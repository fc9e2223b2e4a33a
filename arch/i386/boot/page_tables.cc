// SPDX-License-Identifier: BSD-2-Clause
//
// Builds PAE page tables: four pointers to directories, whose entries have the form that they have on
// 64-bit CPUs. Intel SDM volume 3, 4.4.
#include "arch/contract/boot/page_tables.h"

namespace boot {
namespace {

constexpr uint64_t kPresent = 1u << 0;
constexpr uint64_t kWritable = 1u << 1;
constexpr uint64_t kWriteThrough = 1u << 3;
constexpr uint64_t kCacheDisable = 1u << 4;
constexpr uint64_t kLarge = 1u << 7;
constexpr uint64_t kNoExecute = uint64_t{1} << 63;
constexpr uint64_t kAddress = 0x000ffffffffff000;

uint64_t LeafFlags(Access access) {
  switch (access) {
    case Access::kRead:
      return kPresent | kNoExecute;
    case Access::kReadWrite:
      return kPresent | kWritable | kNoExecute;
    case Access::kReadExecute:
      return kPresent;
    case Access::kDevice:
      return kPresent | kWritable | kNoExecute | kCacheDisable | kWriteThrough;
  }
  return 0;
}

struct Format {
  static constexpr int kRootShift = 30;

  static bool IsTable(uint64_t entry) { return (entry & (kPresent | kLarge)) == kPresent; }
  // The pointers have no rights: those bits are reserved.
  static uint64_t TableEntry(uint64_t frame, bool in_root) {
    return frame | kPresent | (in_root ? 0 : kWritable);
  }
  static uint64_t AddressOf(uint64_t entry) { return entry & kAddress; }
  static uint64_t PageEntry(uint64_t physical, Access access) {
    return physical | LeafFlags(access);
  }
  static uint64_t LargeEntry(uint64_t physical, Access access) {
    return physical | LeafFlags(access) | kLarge;
  }
  static uint64_t PartOf(uint64_t large, uint64_t offset) { return (large & ~kLarge) + offset; }
};

}  // namespace

bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
              Access access, const TableFrames& frames) {
  return PageTables<Format>::Map(root, virtual_base, physical, bytes, access, frames);
}

}  // namespace boot
