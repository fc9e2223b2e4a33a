// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the tables that MapPages built, as the CPU would (RISC-V privileged architecture
// 1.12, 4.3.2).
#include <cstdlib>
#include <cstring>
#include <vector>

#include "arch/contract/boot/boot.h"
#include "gtest/gtest.h"

namespace boot {
namespace {

constexpr uint64_t kLargePage = 0x200000;
constexpr uint64_t kValid = 1, kReadable = 2, kWritable = 4, kExecutable = 8, kUser = 0x10;
constexpr uint64_t kTouched = 0xc0;

struct Translation {
  bool present = false;
  uint64_t physical = 0;
  bool writable = false, executable = false, large = false;
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

  Translation Translate(uint64_t address) const {
    uint64_t table = root_;
    for (int shift = 30; shift >= 12; shift -= 9) {
      const uint64_t entry = reinterpret_cast<const uint64_t*>(table)[(address >> shift) % 512];
      if ((entry & kValid) == 0) return {};
      EXPECT_EQ(entry & kUser, 0u) << "not for users";
      EXPECT_EQ(entry >> 54, 0u) << "reserved";
      table = entry >> 10 << 12;
      if ((entry & (kReadable | kWritable | kExecutable)) == 0) {
        EXPECT_EQ(entry & kTouched, 0u) << "reserved in a pointer to a table";
        continue;
      }
      EXPECT_NE(entry & kReadable, 0u);
      EXPECT_EQ(entry & kTouched, kTouched) << "it may fault otherwise";
      EXPECT_NE(shift, 30) << "larger than the kernel wants";
      const uint64_t mask = (uint64_t{1} << shift) - 1;
      EXPECT_EQ(table & mask, 0u) << "a misaligned large page";
      return {.present = true,
              .physical = table | (address & mask),
              .writable = (entry & kWritable) != 0,
              .executable = (entry & kExecutable) != 0,
              .large = shift == 21};
    }
    return {};
  }

  void Expect(uint64_t address, uint64_t physical, Access access, bool large) {
    const Translation t = Translate(address);
    ASSERT_TRUE(t.present) << std::hex << address;
    EXPECT_EQ(t.physical, physical) << std::hex << address;
    EXPECT_EQ(t.writable, access == Access::kReadWrite) << std::hex << address;
    EXPECT_EQ(t.executable, access == Access::kReadExecute) << std::hex << address;
    EXPECT_EQ(t.large, large) << std::hex << address;
  }

  std::vector<void*> frames_;
  size_t limit_ = 1000;
  uint64_t root_;
};

TEST_F(PageTablesTest, SmallPagesOfEveryAccess) {
  const uint64_t kBase = 0xffffffff80201000;
  ASSERT_TRUE(Map(kBase, 0x5000, 2 * kPageSize, Access::kReadExecute));
  ASSERT_TRUE(Map(kBase + 2 * kPageSize, 0x9000, kPageSize, Access::kRead));
  ASSERT_TRUE(Map(kBase + 3 * kPageSize, 0xa000, kPageSize, Access::kReadWrite));
  Expect(kBase + 5, 0x5005, Access::kReadExecute, false);
  Expect(kBase + kPageSize, 0x6000, Access::kReadExecute, false);
  Expect(kBase + 2 * kPageSize, 0x9000, Access::kRead, false);
  Expect(kBase + 3 * kPageSize + 0xfff, 0xafff, Access::kReadWrite, false);
  EXPECT_FALSE(Translate(kBase - 1).present);
  EXPECT_FALSE(Translate(kBase + 4 * kPageSize).present);
  EXPECT_EQ(frames_.size(), 3u);  // one of each level
}

TEST_F(PageTablesTest, LargePagesWhereBothAddressesAllow) {
  const uint64_t kDirect = 0xffffffc000000000;
  // 0x1ff000 .. 0x601000: one small page, two large ones, one small page.
  ASSERT_TRUE(Map(kDirect + 0x1ff000, 0x1ff000, 0x402000, Access::kReadWrite));
  Expect(kDirect + 0x1ff000, 0x1ff000, Access::kReadWrite, false);
  Expect(kDirect + 0x200000, 0x200000, Access::kReadWrite, true);
  Expect(kDirect + 0x5fffff, 0x5fffff, Access::kReadWrite, true);
  Expect(kDirect + 0x600000, 0x600000, Access::kReadWrite, false);
  EXPECT_FALSE(Translate(kDirect + 0x601000).present);
  // The same offset in a large page, or small pages.
  ASSERT_TRUE(Map(0x40000000, 0x1000, kLargePage, Access::kRead));
  Expect(0x40000000, 0x1000, Access::kRead, false);
  Expect(0x401ff000, 0x200000, Access::kRead, false);
}

TEST_F(PageTablesTest, ALargePageIsSplitForAPageOfOtherRights) {
  ASSERT_TRUE(Map(0x40000000, 0x40000000, kLargePage, Access::kReadWrite));
  ASSERT_TRUE(Map(0x40003000, 0x40003000, kPageSize, Access::kRead));
  Expect(0x40002fff, 0x40002fff, Access::kReadWrite, false);
  Expect(0x40003000, 0x40003000, Access::kRead, false);
  Expect(0x40004000, 0x40004000, Access::kReadWrite, false);
  Expect(0x401fffff, 0x401fffff, Access::kReadWrite, false);
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
  limit_ = 2;
  EXPECT_FALSE(Map(0x1000, 0x1000, kPageSize, Access::kRead));
  EXPECT_FALSE(Translate(0x1000).present);
  limit_ = 1000;
  ASSERT_TRUE(Map(0x40000000, 0x40000000, kLargePage, Access::kReadWrite));
  limit_ = frames_.size();
  EXPECT_FALSE(Map(0x40003000, 0x40003000, kPageSize, Access::kRead)) << "no frame to split";
  Expect(0x40003000, 0x40003000, Access::kReadWrite, true);
}

}  // namespace
}  // namespace boot
