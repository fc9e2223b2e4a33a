// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the tables that MapPages built, as the CPU would with PAE paging (Intel SDM volume 3, 4.4):
// a bit that is reserved faults, and in the root's four pointers, which have no rights, loading CR3
// does.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "arch/contract/boot/boot.h"
#include "gtest/gtest.h"

namespace boot {
namespace {

constexpr uint64_t kLargePage = 0x200000;
constexpr uint64_t kNoExecute = uint64_t{1} << 63;
constexpr uint64_t kAddress = 0x000ffffffffff000;  // the widest that a CPU has
// Tables 4-8 to 4-11.
constexpr uint64_t kPointerReserved = 0xfff00000000001e6;
constexpr uint64_t kEntryReserved = 0x7ff0000000000000;
constexpr uint64_t kLargeReserved = kEntryReserved | 0x1fe000;

struct Translation {
  bool present = false;
  uint64_t physical = 0;
  bool writable = false, executable = false, cached = false, large = false;
};

class PageTablesTest : public ::testing::Test {
 protected:
  PageTablesTest() { root_ = Allocate(); }
  ~PageTablesTest() override {
    for (void* frame : frames_) std::free(frame);
  }

  uint64_t Allocate() {
    if (frames_.size() == limit_) return 0;
    void* frame = std::aligned_alloc(kPageSize, kPageSize);
    std::memset(frame, 0, kPageSize);
    frames_.push_back(frame);
    return reinterpret_cast<uint64_t>(frame);
  }

  bool Map(uint64_t at, uint64_t physical, uint64_t bytes, Access access) {
    return MapPages(
        root_, at, physical, bytes, access,
        {.allocate = [](void* self) { return static_cast<PageTablesTest*>(self)->Allocate(); },
         .context = this});
  }

  static uint64_t Entry(uint64_t table, uint64_t index) {
    return reinterpret_cast<const uint64_t*>(table)[index];
  }

  // Rights are those of both levels below the pointers. Linear addresses have 32 bits.
  Translation Translate(uint32_t address) const {
    const uint64_t pointer = Entry(root_, address >> 30);
    if ((pointer & 1) == 0) return {};
    EXPECT_EQ(pointer & kPointerReserved, 0u) << "bits 1, 2, 5 to 8 and 63 too";
    Translation result = {.writable = true, .executable = true};
    uint64_t table = pointer & kAddress;
    for (int shift = 21;; shift = 12) {
      const uint64_t entry = Entry(table, (address >> shift) % 512);
      if ((entry & 1) == 0) return {};
      result.large = shift == 21 && (entry & 0x80) != 0;
      EXPECT_EQ(entry & (result.large ? kLargeReserved : kEntryReserved), 0u) << std::hex << entry;
      EXPECT_EQ(entry & 4, 0u) << "not for users";
      result.writable &= (entry & 2) != 0;
      result.executable &= (entry & kNoExecute) == 0;
      if (shift == 12 || result.large) {
        const uint32_t mask = (uint32_t{1} << shift) - 1;
        result.present = true;
        result.physical = (entry & kAddress & ~uint64_t{mask}) | (address & mask);
        result.cached = (entry & 0x18) == 0;
        EXPECT_FALSE(result.writable && result.executable) << std::hex << address;
        return result;
      }
      table = entry & kAddress;
    }
  }

  void Expect(uint32_t address, uint64_t physical, Access access, bool large) {
    const Translation t = Translate(address);
    ASSERT_TRUE(t.present) << std::hex << address;
    EXPECT_EQ(t.physical, physical) << std::hex << address;
    EXPECT_EQ(t.writable, access == Access::kReadWrite || access == Access::kDevice);
    EXPECT_EQ(t.executable, access == Access::kReadExecute) << std::hex << address;
    EXPECT_EQ(t.cached, access != Access::kDevice) << std::hex << address;
    EXPECT_EQ(t.large, large) << std::hex << address;
  }

  std::vector<void*> frames_;
  size_t limit_ = 1000;
  uint64_t root_;
};

TEST_F(PageTablesTest, SmallPagesOfEveryAccess) {
  const uint32_t kBase = 0xe0201000;
  ASSERT_TRUE(Map(kBase, 0x5000, 2 * kPageSize, Access::kReadExecute));
  ASSERT_TRUE(Map(kBase + 2 * kPageSize, 0x9000, kPageSize, Access::kRead));
  ASSERT_TRUE(Map(kBase + 3 * kPageSize, 0xa000, kPageSize, Access::kReadWrite));
  ASSERT_TRUE(Map(kBase + 4 * kPageSize, 0xfee00000, kPageSize, Access::kDevice));
  Expect(kBase + 5, 0x5005, Access::kReadExecute, false);
  Expect(kBase + kPageSize, 0x6000, Access::kReadExecute, false);
  Expect(kBase + 2 * kPageSize, 0x9000, Access::kRead, false);
  Expect(kBase + 3 * kPageSize + 0xfff, 0xafff, Access::kReadWrite, false);
  Expect(kBase + 4 * kPageSize, 0xfee00000, Access::kDevice, false);
  EXPECT_FALSE(Translate(kBase - 1).present);
  EXPECT_FALSE(Translate(kBase + 5 * kPageSize).present);
  EXPECT_EQ(frames_.size(), 3u);  // one of each level
}

// What each level has in it, bit by bit.
TEST_F(PageTablesTest, EntriesHaveTheBitsOfTheManual) {
  ASSERT_TRUE(Map(0xe0201000, 0x5000, kPageSize, Access::kReadExecute));
  ASSERT_TRUE(Map(0xe0202000, 0x9000, kPageSize, Access::kRead));
  ASSERT_TRUE(Map(0xe0203000, 0xa000, kPageSize, Access::kReadWrite));
  ASSERT_TRUE(Map(0xe0204000, 0xfee00000, kPageSize, Access::kDevice));
  ASSERT_TRUE(Map(0xe0400000, 0x600000, kLargePage, Access::kReadExecute));
  ASSERT_TRUE(Map(0xe0600000, 0x800000, kLargePage, Access::kRead));
  ASSERT_TRUE(Map(0xe0800000, 0xa00000, kLargePage, Access::kReadWrite));
  ASSERT_TRUE(Map(0xe0a00000, 0xfec00000, kLargePage, Access::kDevice));
  ASSERT_EQ(frames_.size(), 3u);
  const uint64_t directory = reinterpret_cast<uint64_t>(frames_[1]);
  const uint64_t table = reinterpret_cast<uint64_t>(frames_[2]);
  EXPECT_EQ(Entry(root_, 3), directory | 1) << "present, and no right";
  EXPECT_EQ(Entry(directory, 0x101), table | 3);
  EXPECT_EQ(Entry(table, 1), 0x5001u);
  EXPECT_EQ(Entry(table, 2), 0x8000000000009001u);
  EXPECT_EQ(Entry(table, 3), 0x800000000000a003u);
  EXPECT_EQ(Entry(table, 4), 0x80000000fee0001bu);
  EXPECT_EQ(Entry(directory, 0x102), 0x600081u);
  EXPECT_EQ(Entry(directory, 0x103), 0x8000000000800081u);
  EXPECT_EQ(Entry(directory, 0x104), 0x8000000000a00083u);
  EXPECT_EQ(Entry(directory, 0x105), 0x80000000fec0009bu);
}

// A range over the end of a GiB goes on in the next pointer's directory; the last page of the
// address space is the last entry of the fourth.
TEST_F(PageTablesTest, TheRootHasFourEntries) {
  for (uint32_t gib = 0; gib < 4; ++gib) {
    ASSERT_TRUE(Map(gib << 30, 0x40000000, kLargePage, Access::kReadWrite));
  }
  EXPECT_EQ(frames_.size(), 5u);
  ASSERT_TRUE(Map(0x7fffe000, 0x5000, 4 * kPageSize, Access::kRead));
  Expect(0x7fffffff, 0x6fff, Access::kRead, false);
  Expect(0x80000000, 0x7000, Access::kRead, false);
  Expect(0x80001fff, 0x8fff, Access::kRead, false);
  Expect(0x80002000, 0x40002000, Access::kReadWrite, false);
  ASSERT_TRUE(Map(0xfffff000, 0x5000, kPageSize, Access::kRead));
  Expect(0xffffffff, 0x5fff, Access::kRead, false);
  for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(Entry(root_, i) & kPointerReserved, 0u) << i;
  for (uint64_t i = 4; i < 512; ++i) EXPECT_EQ(Entry(root_, i), 0u) << i;
}

TEST_F(PageTablesTest, MemoryAbove4GiB) {
  ASSERT_TRUE(Map(0x40001000, 0x123456000, kPageSize, Access::kReadWrite));
  ASSERT_TRUE(Map(0x40200000, 0xfffffffe00000, kLargePage, Access::kRead));
  Expect(0x40001234, 0x123456234, Access::kReadWrite, false);
  Expect(0x403fffff, 0xfffffffffffff, Access::kRead, true);
}

TEST_F(PageTablesTest, LargePagesWhereBothAddressesAllow) {
  const uint32_t kDirect = 0xc0000000;
  // 0x1ff000 .. 0x601000: one small page, two large ones, one small page.
  ASSERT_TRUE(Map(kDirect + 0x1ff000, 0x1ff000, 0x402000, Access::kReadWrite));
  Expect(kDirect + 0x1ff000, 0x1ff000, Access::kReadWrite, false);
  Expect(kDirect + 0x200000, 0x200000, Access::kReadWrite, true);
  Expect(kDirect + 0x5fffff, 0x5fffff, Access::kReadWrite, true);
  Expect(kDirect + 0x600000, 0x600000, Access::kReadWrite, false);
  EXPECT_FALSE(Translate(kDirect + 0x1fefff).present);
  EXPECT_FALSE(Translate(kDirect + 0x601000).present);
  // The same offset in a large page, or small pages.
  ASSERT_TRUE(Map(0x40000000, 0x1000, kLargePage, Access::kRead));
  Expect(0x40000000, 0x1000, Access::kRead, false);
  Expect(0x401ff000, 0x200000, Access::kRead, false);
  // And a page less than a large one.
  ASSERT_TRUE(Map(0x80000000, 0x200000, kLargePage - kPageSize, Access::kRead));
  Expect(0x80000000, 0x200000, Access::kRead, false);
  EXPECT_FALSE(Translate(0x801ff000).present);
}

// Bit 7 of a small page's entry is no longer the page's size.
TEST_F(PageTablesTest, ALargePageIsSplitForAPageOfOtherRights) {
  ASSERT_TRUE(Map(0x40000000, 0x40000000, kLargePage, Access::kReadWrite));
  ASSERT_TRUE(Map(0x40003000, 0x40003000, kPageSize, Access::kReadExecute));
  Expect(0x40002fff, 0x40002fff, Access::kReadWrite, false);
  Expect(0x40003000, 0x40003000, Access::kReadExecute, false);
  Expect(0x40004000, 0x40004000, Access::kReadWrite, false);
  Expect(0x401fffff, 0x401fffff, Access::kReadWrite, false);
  ASSERT_EQ(frames_.size(), 3u);
  const uint64_t table = reinterpret_cast<uint64_t>(frames_[2]);
  EXPECT_EQ(Entry(table, 2), 0x8000000040002003u);
  EXPECT_EQ(Entry(table, 3), 0x40003001u);
  EXPECT_EQ(Entry(table, 511), 0x80000000401ff003u);
}

TEST_F(PageTablesTest, ALargePageOverSmallOnesChangesThemAll) {
  ASSERT_TRUE(Map(0x40003000, 0x7000, kPageSize, Access::kRead));
  ASSERT_TRUE(Map(0x40000000, 0x40000000, kLargePage, Access::kReadWrite));
  Expect(0x40003000, 0x40003000, Access::kReadWrite, false);
  Expect(0x40000000, 0x40000000, Access::kReadWrite, false);
  ASSERT_TRUE(Map(0x80000000, 0x40000000, kLargePage, Access::kRead));
  Expect(0x80003000, 0x40003000, Access::kRead, true);
}

TEST_F(PageTablesTest, FailsWhenThereAreNoFrames) {
  limit_ = 1;
  EXPECT_FALSE(Map(0x1000, 0x1000, kPageSize, Access::kRead)) << "no frame for the directory";
  EXPECT_EQ(Entry(root_, 0), 0u);
  limit_ = 2;
  EXPECT_FALSE(Map(0x1000, 0x1000, kPageSize, Access::kRead)) << "no frame for the table";
  EXPECT_FALSE(Translate(0x1000).present);
  limit_ = 1000;
  ASSERT_TRUE(Map(0x40000000, 0x40000000, kLargePage, Access::kReadWrite));
  limit_ = frames_.size();
  EXPECT_FALSE(Map(0x40003000, 0x40003000, kPageSize, Access::kRead)) << "no frame to split";
  Expect(0x40003000, 0x40003000, Access::kReadWrite, true);
  // What was mapped before the frames ran out stays.
  EXPECT_FALSE(Map(0x7fe00000, 0x600000, 2 * kLargePage, Access::kRead)) << "none for the next GiB";
  Expect(0x7fe00000, 0x600000, Access::kRead, true);
  EXPECT_FALSE(Translate(0x80000000).present);
}

}  // namespace
}  // namespace boot
