// SPDX-License-Identifier: BSD-2-Clause
//
// Places in every thread's static TLS block, for both variants of the ELF TLS specification.

#include "rtld_shared/decode/tls.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "arch/contract/elf_arch.h"

namespace rtld {
namespace {

struct VariantOne : arch::Exemplar<elf::Layout64Le> {
  struct Tls {
    static constexpr int kVariant = 1;
    static constexpr uint64_t kTcbSize = 16;
    static constexpr int64_t kThreadPointerBias = 0;
    static constexpr int64_t kDtvBias = 0;
  };
};

TEST(StaticTls, VariantTwoGrowsDownFromTheThreadPointer) {
  StaticTlsLayout<arch::Exemplar<elf::Layout64Le>> layout;
  int64_t offset = 0;
  ASSERT_TRUE(layout.Add({.vaddr = 0x1000, .memsz = 10, .align = 8}, offset));
  EXPECT_EQ(offset, -16);
  ASSERT_TRUE(layout.Add({.vaddr = 0x2000, .memsz = 1, .align = 64}, offset));
  EXPECT_EQ(offset, -64);
  EXPECT_EQ(layout.size(), 64u);
  EXPECT_EQ(layout.align(), 64u);
  // p_vaddr 4 modulo 16: so must the block be.
  ASSERT_TRUE(layout.Add({.vaddr = 0x2004, .memsz = 4, .align = 16}, offset));
  EXPECT_EQ(static_cast<uint64_t>(offset) % 16, 4u);
  EXPECT_LE(offset, -68);
  EXPECT_FALSE(layout.Add({.vaddr = 0, .memsz = uint64_t{1} << 40, .align = 1}, offset));
}

TEST(StaticTls, VariantOneGrowsUpBehindTheControlBlock) {
  StaticTlsLayout<VariantOne> layout;
  int64_t offset = 0;
  ASSERT_TRUE(layout.Add({.vaddr = 0x1000, .memsz = 10, .align = 8}, offset));
  EXPECT_EQ(offset, 16);
  ASSERT_TRUE(layout.Add({.vaddr = 0x2000, .memsz = 1, .align = 64}, offset));
  EXPECT_EQ(offset, 64);
  EXPECT_EQ(layout.size(), 65u);
}

TEST(StaticTls, BlocksMayTakeAllThereIs) {
  constexpr uint64_t kAll = uint64_t{1} << 31;
  constexpr TlsSegment kByte = {.memsz = 1, .align = 1};
  int64_t offset = 0;
  StaticTlsLayout<arch::Exemplar<elf::Layout64Le>> down;
  ASSERT_TRUE(down.Add({.memsz = kAll, .align = 1}, offset));
  EXPECT_EQ(offset, -static_cast<int64_t>(kAll));
  EXPECT_FALSE(down.Add(kByte, offset));
  StaticTlsLayout<VariantOne> up;
  ASSERT_TRUE(up.Add({.memsz = kAll - VariantOne::Tls::kTcbSize, .align = 1}, offset));
  EXPECT_EQ(offset, 16);
  EXPECT_FALSE(up.Add(kByte, offset));
  EXPECT_EQ(up.size(), kAll);
}

// So that no sum in Add wraps: 16 bytes and 2^64 - 8 would be 8, and an end that is rounded up to a
// multiple of 2^63 none.
TEST(StaticTls, SizesAndAlignmentsAreBoundedEachByItself) {
  StaticTlsLayout<arch::Exemplar<elf::Layout64Le>> down;
  int64_t offset = 0;
  ASSERT_TRUE(down.Add({.vaddr = 0x1000, .memsz = 16, .align = 8}, offset));
  EXPECT_FALSE(down.Add({.vaddr = 0x1000, .memsz = ~uint64_t{7}, .align = 8}, offset));
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  EXPECT_FALSE(down.Add({.vaddr = kHalf - 16, .memsz = 0, .align = kHalf}, offset));
  EXPECT_EQ(offset, -16);
  EXPECT_EQ(down.size(), 16u);
  EXPECT_EQ(down.align(), 8u);
  StaticTlsLayout<VariantOne> up;
  ASSERT_TRUE(up.Add({.vaddr = 0x1000, .memsz = 16, .align = 8}, offset));
  EXPECT_FALSE(up.Add({.vaddr = 0x1000, .memsz = ~uint64_t{7}, .align = 8}, offset));
  EXPECT_FALSE(up.Add({.vaddr = 0x1000, .memsz = 0, .align = kHalf}, offset));
  EXPECT_EQ(up.size(), 32u);
  EXPECT_EQ(up.align(), 8u);
}

}  // namespace
}  // namespace rtld
