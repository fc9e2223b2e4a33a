// SPDX-License-Identifier: BSD-2-Clause
#include "lib/fdt/fdt.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/fdt/testing/builder.h"

namespace fdt {
namespace {

using testing::Builder;
using testing::Words;

std::optional<Tree> Open(const std::string& bytes) {
  return Tree::At(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
}

//  /                    2 address cells, 2 size cells
//  |- memory@80000000   reg
//  |- soc               1 and 1, ranges: 0x1000.. -> 0x1'0000'1000.., 0x8000.. -> 0x9000..
//  |  |- uart@1000      reg, compatible, status
//  |  `- bus@8000       no ranges: nothing below it is an address of the CPU
//  |     `- chip@1      reg
//  `- chosen            bootargs
std::string Example() {
  return Builder()
      .Reserve(0x1'0000'0000, 0x2000)
      .Nop()
      .Begin("")
      .Property("#address-cells", Words({2}))
      .Property("#size-cells", Words({2}))
      .Begin("memory@80000000")
      .Property("device_type", std::string("memory\0", 7))
      .Property("reg", Words({0, 0x80000000, 0, 0x10000000, 1, 0, 0, 0x1000}))
      .End()
      .Begin("soc")
      .Property("#address-cells", Words({1}))
      .Nop()
      .Property("#size-cells", Words({1}))
      .Property("ranges", Words({0x1000, 1, 0x1000, 0x1000, 0x8000, 0, 0x9000, 0x100}))
      .Begin("uart@1000")
      .Property("compatible", std::string("maker,uart\0ns16550a\0", 20))
      .Property("reg", Words({0x1800, 0x100}))
      .Property("status", std::string("disabled\0", 9))
      .Property("phandle", Words({7}))
      .End()
      .Begin("bus@8000")
      .Property("#size-cells", Words({0}))
      .Property("#address-cells", Words({1}))
      .Property("reg", Words({0x8010, 0x10}))
      .Begin("chip@1")
      .Property("reg", Words({1}))
      .End()
      .End()
      .End()
      .Begin("chosen")
      .Property("bootargs", std::string("nokaslr\0", 8))
      .End()
      .End()
      .Make();
}

TEST(FdtTest, NodesComeInDocumentOrderWithTheirDepths) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->bytes(), bytes.size());
  std::vector<std::pair<size_t, std::string>> seen;
  for (Node node = tree->Root(); node.valid(); node.Next()) {
    seen.emplace_back(node.depth(), std::string(node.name()));
  }
  const std::vector<std::pair<size_t, std::string>> expected = {
      {0, ""},         {1, "memory@80000000"}, {1, "soc"},   {2, "uart@1000"},
      {2, "bus@8000"}, {3, "chip@1"},          {1, "chosen"}};
  EXPECT_EQ(seen, expected);
}

TEST(FdtTest, RegIsReadInTheParentsCells) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  const Node memory = tree->Child("memory");
  ASSERT_TRUE(memory.valid());
  ASSERT_TRUE(memory.Reg(1));
  EXPECT_EQ(memory.Reg(0)->base, 0x80000000u);
  EXPECT_EQ(memory.Reg(0)->bytes, 0x10000000u);
  EXPECT_EQ(memory.Reg(1)->base, uint64_t{1} << 32);
  EXPECT_EQ(memory.Reg(1)->bytes, 0x1000u);
  EXPECT_FALSE(memory.Reg(2));
  EXPECT_FALSE(tree->Child("chosen").Reg(0));
}

TEST(FdtTest, RegIsTranslatedByTheRangesAbove) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  const Node uart = tree->ByPath("/soc/uart@1000");
  ASSERT_TRUE(uart.valid());
  EXPECT_EQ(uart.BaseName(), "uart");
  EXPECT_EQ(uart.Reg(0)->base, 0x1'0000'1800u);
  EXPECT_EQ(uart.Reg(0)->bytes, 0x100u);
  Node bus = tree->ByHandle(7);
  bus.Next();
  EXPECT_EQ(bus.name(), "bus@8000");
  EXPECT_EQ(bus.Reg(0)->base, 0x9010u);
  Node chip = bus;
  chip.Next();
  EXPECT_EQ(chip.name(), "chip@1");
  EXPECT_FALSE(chip.Reg(0));  // no ranges on the way
}

TEST(FdtTest, PropertiesAsTextWordsAndLists) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  EXPECT_EQ(tree->Child("chosen").PropertyText("bootargs"), "nokaslr");
  EXPECT_EQ(tree->Child("chosen").PropertyText("none"), "");
  const Node uart = tree->ByHandle(7);
  EXPECT_TRUE(uart.IsCompatible("ns16550a"));
  EXPECT_FALSE(uart.IsCompatible("ns16550"));
  EXPECT_FALSE(uart.IsEnabled());
  EXPECT_TRUE(tree->Root().IsEnabled());
  EXPECT_EQ(uart.PropertyWord("phandle"), 7u);
  EXPECT_FALSE(uart.PropertyWord("compatible"));
  EXPECT_FALSE(tree->Compatible("nobody").valid());
  EXPECT_FALSE(tree->ByHandle(8).valid());
}

//  /
//  |- uart@1000   disabled
//  |- uart@2000
//  |- bus
//  |  `- uart@1   only its path tells it from the root's
//  |- aliases     serial0 = /bus/uart@1, far = /bus, loop = loop
//  `- chosen      stdout-path
std::string WithConsole(const std::string& stdout_path) {
  const std::string kind("ns16550a\0", 9);
  return Builder()
      .Begin("")
      .Begin("uart@1000")
      .Property("compatible", kind)
      .Property("status", std::string("disabled\0", 9))
      .End()
      .Begin("uart@2000")
      .Property("compatible", kind)
      .End()
      .Begin("bus")
      .Begin("uart@1")
      .Property("compatible", kind)
      .End()
      .End()
      .Begin("aliases")
      .Property("serial0", std::string("/bus/uart@1\0", 12))
      .Property("far", std::string("/bus\0", 5))
      .Property("loop", std::string("loop\0", 5))
      .End()
      .Begin("chosen")
      .Property("stdout-path", stdout_path + '\0')
      .End()
      .End()
      .Make();
}

TEST(FdtTest, TheConsoleIsTheOneThatIsNamedOrTheFirstThatWorks) {
  const std::pair<const char*, const char*> kNamed[] = {
      {"/bus/uart@1:115200n8", "uart@1"},
      {"serial0", "uart@1"},
      {"serial0:115200", "uart@1"},
      {"far/uart@1", "uart@1"},
      {"/uart@2000", "uart@2000"},
      {"/uart@1000", "uart@2000"},  // disabled
      {"/uart@1", "uart@2000"},     // on the bus, not at the root
      {"/bus/uart@2000", "uart@2000"},
      {"/chosen", "uart@2000"},
      {"/", "uart@2000"},
      {"//", "uart@2000"},
      {":", "uart@2000"},
      {"", "uart@2000"},
      {"loop", "uart@2000"},
      {"nobody", "uart@2000"},
  };
  for (const auto& [path, name] : kNamed) {
    const std::string bytes = WithConsole(path);
    const auto tree = Open(bytes);
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->Console("ns16550a").name(), name) << path;
    EXPECT_FALSE(tree->Console("maker,other").valid());
    EXPECT_EQ(tree->Compatible("ns16550a").name(), "uart@2000");
  }
  const std::string example = Example();
  EXPECT_FALSE(Open(example)->Compatible("ns16550a").valid()) << "disabled";
}

TEST(FdtTest, PathsFromTheRoot) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  EXPECT_EQ(tree->ByPath("/soc/bus@8000/chip@1").name(), "chip@1");
  EXPECT_EQ(tree->ByPath("/chosen").name(), "chosen");
  EXPECT_FALSE(tree->ByPath("/soc/chip@1").valid());
  EXPECT_FALSE(tree->ByPath("/chosen/bus@8000").valid());
  EXPECT_FALSE(tree->ByPath("chosen").valid()) << "no alias";
}

TEST(FdtTest, ReservationsUntilTheEntryOfZeros) {
  const std::string bytes = Example();
  const auto tree = Open(bytes);
  ASSERT_TRUE(tree->Reservation(0));
  EXPECT_EQ(tree->Reservation(0)->base, uint64_t{1} << 32);
  EXPECT_EQ(tree->Reservation(0)->bytes, 0x2000u);
  EXPECT_FALSE(tree->Reservation(1));
  EXPECT_FALSE(tree->Reservation(~size_t{0}));
}

TEST(FdtTest, NumbersThatFitOnly) {
  const std::string three = Words({1, 2, 3});
  const Bytes bytes(reinterpret_cast<const std::byte*>(three.data()), three.size());
  EXPECT_EQ(Number(bytes, 1, 2), 0x2'0000'0003u);
  EXPECT_FALSE(Number(bytes, 0, 3));  // does not fit 64 bits
  EXPECT_FALSE(Number(bytes, 2, 2));
  EXPECT_FALSE(Number(bytes, 0, 0));
  EXPECT_FALSE(Number(bytes, ~size_t{0}, 1));
}

TEST(FdtTest, HeadersThatAreRefused) {
  const std::string good = Example();
  ASSERT_TRUE(Open(good));
  EXPECT_FALSE(Open(good.substr(0, 39)));
  EXPECT_FALSE(Open(good.substr(0, good.size() - 1)));
  EXPECT_TRUE(Open(Builder().Begin("").End().Make(16)));
  EXPECT_FALSE(Open(Builder().Begin("").End().Make(15)));
  // Each word of the header that says where something is or how long, far too large.
  for (const size_t word : {0, 1, 2, 3, 6, 8, 9}) {
    std::string bad = good;
    bad.replace(word * 4, 4, Words({0xfffffff0}));
    EXPECT_FALSE(Open(bad)) << "word " << word;
  }
}

TEST(FdtTest, EveryCutAndEveryDamagedByteEndsTheWalk) {
  const std::string good = Example();
  for (size_t at = 40; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0xff);
    const auto tree = Open(bad);
    ASSERT_TRUE(tree);
    size_t nodes = 0;
    for (Node node = tree->Root(); node.valid(); node.Next()) {
      ASSERT_LT(++nodes, good.size());
      (void)node.Reg(0);
    }
  }
}

TEST(FdtTest, TooDeepATreeEnds) {
  Builder builder;
  for (size_t i = 0; i < Node::kMaxDepth + 1; ++i) builder.Begin("n");
  for (size_t i = 0; i < Node::kMaxDepth + 1; ++i) builder.End();
  const std::string bytes = builder.Make();
  const auto tree = Open(bytes);
  size_t nodes = 0;
  for (Node node = tree->Root(); node.valid(); node.Next()) ++nodes;
  EXPECT_EQ(nodes, Node::kMaxDepth);
}

}  // namespace
}  // namespace fdt
