// SPDX-License-Identifier: BSD-2-Clause
#include "stand/device_tree.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "lib/fdt/testing/builder.h"

namespace stand {
namespace {

using fdt::testing::Builder;
using fdt::testing::Words;
using namespace std::string_literals;

// "Physical memory" is the test's own.
class Tree {
 public:
  explicit Tree(const std::string& bytes) : bytes_(bytes) {}
  uint64_t address() const { return reinterpret_cast<uint64_t>(bytes_.data()); }

  boot::Machine Describe() const {
    boot::Machine machine;
    const auto tree = DeviceTreeAt(address());
    EXPECT_TRUE(tree.has_value());
    if (tree) DescribeMachine(*tree, address(), &machine);
    return machine;
  }

 private:
  std::string bytes_;
};

// Whether `machine` has this line, once.
bool Has(const boot::Machine& machine, uint64_t base, uint64_t bytes, bool usable) {
  size_t found = 0;
  for (size_t i = 0; i < machine.range_count; ++i) {
    const boot::FirmwareRange& line = machine.ranges[i];
    found += line.range.base == base && line.range.bytes == bytes && line.usable == usable;
  }
  return found == 1;
}

//  /
//  |- memory@80000000, memory@1'00000000 (disabled), flash with a reg of its own
//  |- reserved-memory
//  |  |- firmware@80000000
//  |  `- pool            a size, but no place
//  `- chosen
Builder Machine() {
  Builder builder;
  builder.Reserve(0x80100000, 0x3000)
      .Begin("")
      .Property("#address-cells", Words({2}))
      .Property("#size-cells", Words({2}))
      .Begin("memory@80000000")
      .Property("device_type", "memory\0"s)
      .Property("reg", Words({0, 0x80000000, 0, 0x10000000, 4, 0, 0, 0x1000}))
      .End()
      .Begin("memory@100000000")
      .Property("device_type", "memory\0"s)
      .Property("status", "disabled\0"s)
      .Property("reg", Words({1, 0, 0, 0x1000}))
      .End()
      .Begin("flash@20000000")
      .Property("reg", Words({0, 0x20000000, 0, 0x1000}))
      .End()
      .Begin("reserved-memory")
      .Property("#address-cells", Words({2}))
      .Property("#size-cells", Words({2}))
      .Property("ranges", "")
      .Begin("firmware@80000000")
      .Property("reg", Words({0, 0x80000000, 0, 0x80000}))
      .End()
      .Begin("pool")
      .Property("size", Words({0, 0x4000}))
      .End()
      .End();
  return builder;
}

TEST(DeviceTree, MemoryIsLessWhatIsReservedAndTheTree) {
  const std::string bytes = Machine().End().Make();
  const Tree tree(bytes);
  const boot::Machine machine = tree.Describe();
  EXPECT_TRUE(Has(machine, 0x80000000, 0x10000000, true));
  EXPECT_TRUE(Has(machine, 0x4'0000'0000, 0x1000, true));
  EXPECT_TRUE(Has(machine, 0x80100000, 0x3000, false));
  EXPECT_TRUE(Has(machine, 0x80000000, 0x80000, false));
  EXPECT_TRUE(Has(machine, tree.address(), bytes.size(), false));
  EXPECT_EQ(machine.range_count, 5u);
  EXPECT_EQ(machine.firmware, tree.address());
  EXPECT_EQ(machine.archive.bytes, 0u);
  EXPECT_STREQ(machine.command_line, "");
  EXPECT_EQ(machine.seed_bytes, 0u);
}

// Both widths of address are met with.
TEST(DeviceTree, ChosenHasArchiveCommandLineAndSeed) {
  const boot::Machine machine = Tree(Machine()
                                         .Begin("chosen")
                                         .Property("linux,initrd-start", Words({0x84000000}))
                                         .Property("linux,initrd-end", Words({0, 0x84001234}))
                                         .Property("bootargs", "nokaslr a=b\0"s)
                                         .Property("rng-seed", std::string(80, 'r'))
                                         .End()
                                         .End()
                                         .Make())
                                    .Describe();
  EXPECT_EQ(machine.archive.base, 0x84000000u);
  EXPECT_EQ(machine.archive.bytes, 0x1234u);
  EXPECT_STREQ(machine.command_line, "nokaslr a=b");
  EXPECT_FALSE(machine.command_line_cut);
  ASSERT_EQ(machine.seed_bytes, sizeof machine.seed);
  EXPECT_EQ(std::memcmp(machine.seed, std::string(64, 'r').data(), 64), 0);
}

TEST(DeviceTree, WhatDoesNotFitIsCountedAndSaid) {
  Builder builder = Machine();
  for (size_t i = 0; i < boot::kMaxFirmwareRanges; ++i) builder.Reserve(0x1000 * (i + 1), 0x1000);
  const std::string line(boot::kMaxCommandLine, 'x');
  builder.Begin("chosen").Property("bootargs", line + '\0').End();
  const boot::Machine machine = Tree(builder.End().Make()).Describe();
  EXPECT_EQ(machine.range_count, boot::kMaxFirmwareRanges);
  EXPECT_EQ(machine.ranges_lost, 5u);
  EXPECT_TRUE(machine.command_line_cut);
  EXPECT_EQ(std::strlen(machine.command_line), boot::kMaxCommandLine - 1);
}

TEST(DeviceTree, AnArchiveThatEndsBeforeItStartsIsNone) {
  const boot::Machine machine = Tree(Machine()
                                         .Begin("chosen")
                                         .Property("linux,initrd-start", Words({0x84000000}))
                                         .Property("linux,initrd-end", Words({0x83000000}))
                                         .End()
                                         .End()
                                         .Make())
                                    .Describe();
  EXPECT_EQ(machine.archive.bytes, 0u);
}

TEST(DeviceTree, NothingIsNoTree) {
  EXPECT_FALSE(DeviceTreeAt(0).has_value());
  const auto zeros = std::make_unique<std::byte[]>(64);
  EXPECT_FALSE(DeviceTreeAt(reinterpret_cast<uint64_t>(zeros.get())).has_value());
}

TEST(DeviceTree, DevicesAreWholePagesWhileThereIsRoom) {
  boot::Machine machine;
  for (size_t i = 0; i < boot::kMaxDevices; ++i) {
    EXPECT_TRUE(AddDevice({.base = 0x10000800 + i * 0x10000, .bytes = 0x900}, &machine));
  }
  EXPECT_FALSE(AddDevice({.base = 0x20000000, .bytes = 1}, &machine));
  EXPECT_EQ(machine.devices[1].base, 0x10010000u);
  EXPECT_EQ(machine.devices[1].bytes, 0x2000u);
  EXPECT_EQ(machine.device_count, boot::kMaxDevices);
}

}  // namespace
}  // namespace stand
