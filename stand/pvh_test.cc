// SPDX-License-Identifier: BSD-2-Clause
#include "stand/pvh.h"

#include <cstring>
#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace stand {
namespace {

// The records as Xen, public headers, hvm/start_info.h has them, in words of 64 bits.
struct Records {
  uint64_t info[7] = {};
  uint64_t module[4] = {0x7000000, 0x1234, 0, 0};
  uint64_t map[9] = {0, 0x9fc00, 1, 0x100000, 0, 1, 0xfffc0000, 0x40000, 2};
  char command_line[boot::kMaxCommandLine + 100] = "nokaslr a=b";
};

uint64_t Address(const void* at) { return reinterpret_cast<uintptr_t>(at); }

class PvhTest : public ::testing::Test {
 protected:
  PvhTest() {
    records_->info[0] = 0x336ec578 | uint64_t{1} << 32;  // magic, version
    records_->info[1] = uint64_t{1} << 32;               // flags, modules
    records_->info[2] = Address(records_->module);
    records_->info[3] = Address(records_->command_line);
    records_->info[4] = 0xf59c0;
    records_->info[5] = Address(records_->map);
    records_->info[6] = 3;
  }
  void Read() { ReadPvhStartInfo(Address(records_->info), machine_.get()); }

  std::unique_ptr<Records> records_ = std::make_unique<Records>();
  std::unique_ptr<boot::Machine> machine_ = std::make_unique<boot::Machine>();
};

TEST_F(PvhTest, GivesMapArchiveFirmwareAndCommandLine) {
  Read();
  ASSERT_EQ(machine_->range_count, 2u) << "the empty line is left out";
  EXPECT_EQ(machine_->ranges[0].range.bytes, 0x9fc00u);
  EXPECT_TRUE(machine_->ranges[0].usable);
  EXPECT_EQ(machine_->ranges[1].range.base, 0xfffc0000u);
  EXPECT_FALSE(machine_->ranges[1].usable);
  EXPECT_EQ(machine_->archive.base, 0x7000000u);
  EXPECT_EQ(machine_->archive.bytes, 0x1234u);
  EXPECT_EQ(machine_->firmware, 0xf59c0u);
  EXPECT_STREQ(machine_->command_line, "nokaslr a=b");
  EXPECT_FALSE(machine_->command_line_cut);
}

TEST_F(PvhTest, CutsALongCommandLine) {
  std::memset(records_->command_line, 'x', sizeof records_->command_line - 1);
  Read();
  EXPECT_TRUE(machine_->command_line_cut);
  EXPECT_EQ(std::strlen(machine_->command_line), boot::kMaxCommandLine - 1);
}

TEST_F(PvhTest, AnOldRecordHasNoMemoryMap) {
  records_->info[0] = 0x336ec578;
  Read();
  EXPECT_EQ(machine_->range_count, 0u);
  EXPECT_EQ(machine_->archive.bytes, 0x1234u);
}

TEST_F(PvhTest, AnotherRecordIsNotRead) {
  records_->info[0] = 0;
  Read();
  EXPECT_EQ(machine_->archive.bytes, 0u);
  EXPECT_EQ(machine_->firmware, 0u);
}

}  // namespace
}  // namespace stand
