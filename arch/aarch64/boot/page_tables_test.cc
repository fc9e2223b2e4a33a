// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the tables that MapPages built, as the CPU would (Arm ARM, DDI 0487, D8.2 and D8.3).
#include <cstdlib>
#include <cstring>
#include <vector>

#include "arch/contract/boot/boot.h"
#include "gtest/gtest.h"

namespace boot {
namespace {

struct Translation {
  bool valid = false;
  uint64_t physical = 0;
  bool writable = false, executable = false, device = false;
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
    for (int shift = 39;; shift -= 9) {
      const uint64_t entry = reinterpret_cast<const uint64_t*>(table)[(address >> shift) % 512];
      if ((entry & 1) == 0) return {};
      EXPECT_EQ(entry & 2, 2u) << "a table, or a page at the last level";
      table = entry & 0x0000fffffffff000;
      if (shift > 12) continue;
      EXPECT_EQ(entry & 1 << 6, 0u) << "not for users";
      EXPECT_NE(entry & 1 << 10, 0u) << "accessed";
      EXPECT_NE(entry >> 54 & 1, 0u) << "users never execute it";
      return {.valid = true,
              .physical = table | address % kPageSize,
              .writable = (entry & 1 << 7) == 0,
              .executable = (entry >> 53 & 1) == 0,
              .device = (entry >> 2 & 7) == 1};
    }
  }

  void Expect(uint64_t address, uint64_t physical, Access access) {
    const Translation t = Translate(address);
    ASSERT_TRUE(t.valid) << std::hex << address;
    EXPECT_EQ(t.physical, physical) << std::hex << address;
    EXPECT_EQ(t.writable, access == Access::kReadWrite || access == Access::kDevice);
    EXPECT_EQ(t.executable, access == Access::kReadExecute) << std::hex << address;
    EXPECT_EQ(t.device, access == Access::kDevice) << std::hex << address;
  }

  std::vector<void*> frames_;
  size_t limit_ = 1000;
  uint64_t root_;
};

TEST_F(PageTablesTest, PagesOfEveryAccess) {
  const uint64_t kBase = 0xffffffff80201000;
  ASSERT_TRUE(Map(kBase, 0x5000, 2 * kPageSize, Access::kReadExecute));
  ASSERT_TRUE(Map(kBase + 2 * kPageSize, 0x9000, kPageSize, Access::kRead));
  ASSERT_TRUE(Map(kBase + 3 * kPageSize, 0xa000, kPageSize, Access::kReadWrite));
  ASSERT_TRUE(Map(kBase + 4 * kPageSize, 0x9000000, kPageSize, Access::kDevice));
  Expect(kBase + 5, 0x5005, Access::kReadExecute);
  Expect(kBase + kPageSize, 0x6000, Access::kReadExecute);
  Expect(kBase + 2 * kPageSize, 0x9000, Access::kRead);
  Expect(kBase + 3 * kPageSize + 0xfff, 0xafff, Access::kReadWrite);
  Expect(kBase + 4 * kPageSize, 0x9000000, Access::kDevice);
  EXPECT_FALSE(Translate(kBase - 1).valid);
  EXPECT_FALSE(Translate(kBase + 5 * kPageSize).valid);
  EXPECT_EQ(frames_.size(), 4u);  // one of each level
}

TEST_F(PageTablesTest, ARangeGoesOnInTheNextTable) {
  const uint64_t kDirect = 0xffff800000000000;
  ASSERT_TRUE(Map(kDirect + 0x1ff000, 0x401ff000, 0x402000, Access::kReadWrite));
  Expect(kDirect + 0x1ff000, 0x401ff000, Access::kReadWrite);
  Expect(kDirect + 0x200000, 0x40200000, Access::kReadWrite);
  Expect(kDirect + 0x600000, 0x40600000, Access::kReadWrite);
  EXPECT_FALSE(Translate(kDirect + 0x1fe000).valid);
  EXPECT_FALSE(Translate(kDirect + 0x601000).valid);
}

TEST_F(PageTablesTest, TheLastWordCounts) {
  ASSERT_TRUE(Map(0x40000000, 0x40000000, 0x200000, Access::kReadWrite));
  const size_t frames = frames_.size();
  ASSERT_TRUE(Map(0x40003000, 0x7000, kPageSize, Access::kRead));
  EXPECT_EQ(frames_.size(), frames);
  Expect(0x40002fff, 0x40002fff, Access::kReadWrite);
  Expect(0x40003000, 0x7000, Access::kRead);
  Expect(0x40004000, 0x40004000, Access::kReadWrite);
}

TEST_F(PageTablesTest, FailsWhenThereAreNoFrames) {
  limit_ = 3;
  EXPECT_FALSE(Map(0x1000, 0x1000, kPageSize, Access::kRead));
  EXPECT_FALSE(Translate(0x1000).valid);
}

}  // namespace
}  // namespace boot
