// SPDX-License-Identifier: BSD-2-Clause
//
// Builds four-level page tables for the 4 KiB granule. Arm ARM (DDI 0487), D8.3.
//
// Of pages only, never of blocks: a block in force must be taken away before pages of it can have
// rights of their own (D8.14, break-before-make), and the kernel, which reaches its tables through
// the direct map, cannot do without any part of that for a moment.
#include "arch/contract/boot/page_tables.h"

namespace boot {
namespace {

constexpr uint64_t kValid = 1u << 0;
constexpr uint64_t kTable = 1u << 1;   // above the last level
constexpr uint64_t kPage = 1u << 1;    // at the last level
constexpr uint64_t kDevice = 1u << 2;  // attribute index 1
constexpr uint64_t kReadOnly = 1u << 7;
constexpr uint64_t kInnerShareable = 3u << 8;
constexpr uint64_t kAccessed = 1u << 10;
constexpr uint64_t kPrivilegedNoExecute = uint64_t{1} << 53;
constexpr uint64_t kUserNoExecute = uint64_t{1} << 54;
constexpr uint64_t kAddress = 0x0000fffffffff000;

uint64_t PageFlags(Access access) {
  constexpr uint64_t kCommon = kValid | kPage | kAccessed | kUserNoExecute;
  constexpr uint64_t kMemory = kCommon | kInnerShareable;
  switch (access) {
    case Access::kRead:
      return kMemory | kReadOnly | kPrivilegedNoExecute;
    case Access::kReadWrite:
      return kMemory | kPrivilegedNoExecute;
    case Access::kReadExecute:
      return kMemory | kReadOnly;
    case Access::kDevice:
      return kCommon | kDevice | kPrivilegedNoExecute;
  }
  return 0;
}

struct Format {
  static constexpr int kRootShift = 39;

  static bool IsTable(uint64_t entry) { return (entry & kValid) != 0; }
  static uint64_t TableEntry(uint64_t frame, bool) { return frame | kTable | kValid; }
  static uint64_t AddressOf(uint64_t entry) { return entry & kAddress; }
  static uint64_t PageEntry(uint64_t physical, Access access) {
    return physical | PageFlags(access);
  }
};

}  // namespace

bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
              Access access, const TableFrames& frames) {
  return PageTables<Format>::Map(root, virtual_base, physical, bytes, access, frames);
}

}  // namespace boot
