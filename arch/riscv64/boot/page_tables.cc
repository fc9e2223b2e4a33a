// SPDX-License-Identifier: BSD-2-Clause
//
// Builds Sv39 page tables (RISC-V privileged architecture 1.12, 4.4).
#include "arch/contract/boot/page_tables.h"

namespace boot {
namespace {

constexpr uint64_t kValid = 1u << 0;
constexpr uint64_t kReadable = 1u << 1;
constexpr uint64_t kWritable = 1u << 2;
constexpr uint64_t kExecutable = 1u << 3;
// Accessed and dirty from the start: a CPU may fault on a clear one instead of setting it (4.3.1).
constexpr uint64_t kTouched = 3u << 6;
constexpr uint64_t kLeaf = kReadable | kWritable | kExecutable;  // with none of them: a table

// The physical page number begins two bits lower than in the address.
constexpr uint64_t Number(uint64_t physical) { return physical >> 12 << 10; }

uint64_t LeafFlags(Access access) {
  switch (access) {
    case Access::kRead:
      return kValid | kTouched | kReadable;
    // What is a device and what is memory is for the platform's attributes to say (3.6).
    case Access::kReadWrite:
    case Access::kDevice:
      return kValid | kTouched | kReadable | kWritable;
    case Access::kReadExecute:
      return kValid | kTouched | kReadable | kExecutable;
  }
  return 0;
}

struct Format {
  static constexpr int kRootShift = 30;

  static bool IsTable(uint64_t entry) { return (entry & (kValid | kLeaf)) == kValid; }
  static uint64_t TableEntry(uint64_t frame, bool) { return Number(frame) | kValid; }
  static uint64_t AddressOf(uint64_t entry) { return entry >> 10 << 12; }
  // An entry that maps memory says by its level how much.
  static uint64_t PageEntry(uint64_t physical, Access access) {
    return Number(physical) | LeafFlags(access);
  }
  static uint64_t LargeEntry(uint64_t physical, Access access) {
    return PageEntry(physical, access);
  }
  static uint64_t PartOf(uint64_t large, uint64_t offset) { return large + Number(offset); }
};

}  // namespace

bool MapPages(uint64_t root, uint64_t virtual_base, uint64_t physical, uint64_t bytes,
              Access access, const TableFrames& frames) {
  return PageTables<Format>::Map(root, virtual_base, physical, bytes, access, frames);
}

}  // namespace boot
