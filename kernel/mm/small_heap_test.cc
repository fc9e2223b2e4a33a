// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/small_heap.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace mm {
namespace {

int live_pages;
bool out_of_memory;

void* AllocatePages(size_t pages) {
  if (out_of_memory) return nullptr;
  live_pages += static_cast<int>(pages);
  return std::aligned_alloc(pages * 4096, pages * 4096);
}
void FreePages(void* memory, size_t pages) {
  live_pages -= static_cast<int>(pages);
  std::free(memory);
}
constexpr SmallHeap::PageSource kSource = {AllocatePages, FreePages};

class SmallHeapTest : public testing::Test {
 protected:
  SmallHeapTest() {
    live_pages = 0;
    out_of_memory = false;
  }
  SmallHeap heap_{kSource};
};

TEST_F(SmallHeapTest, EverySizeFitsItsClassAndNoSmallerOne) {
  for (size_t bytes = 1; bytes <= SmallHeap::kMostBytes; bytes++) {
    unsigned size_class = SmallHeap::ClassOf(bytes);
    ASSERT_LT(size_class, SmallHeap::kClasses.size());
    EXPECT_GE(SmallHeap::kClasses[size_class], bytes);
    EXPECT_TRUE(!size_class || SmallHeap::kClasses[size_class - 1] < bytes);
  }
  EXPECT_EQ(SmallHeap::ClassOf(0), 0u);
}

TEST_F(SmallHeapTest, BlocksAreAlignedAndApart) {
  std::mt19937 random(5);
  struct Block {
    unsigned char* memory;
    size_t bytes;
    unsigned char fill;
  };
  std::vector<Block> blocks;
  for (int i = 0; i < 3000; i++) {
    size_t bytes = 1 + random() % SmallHeap::kMostBytes;
    auto* memory = static_cast<unsigned char*>(heap_.Allocate(bytes));
    ASSERT_TRUE(memory);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 16, 0u);
    auto fill = static_cast<unsigned char>(i);
    std::memset(memory, fill, bytes);
    blocks.push_back({memory, bytes, fill});
  }
  for (const Block& block : blocks) {
    for (size_t i = 0; i < block.bytes; i++) ASSERT_EQ(block.memory[i], block.fill);
    EXPECT_TRUE(heap_.Free(block.memory, block.bytes));
  }
  EXPECT_EQ(live_pages, 0);
}

TEST_F(SmallHeapTest, PagesAreAFunctionOfTheLiveBlocks) {
  std::vector<void*> blocks;
  for (int i = 0; i < 500; i++) blocks.push_back(heap_.Allocate(100));
  int pages = live_pages;
  void* extra[200];
  for (void*& block : extra) block = heap_.Allocate(100);
  EXPECT_GT(live_pages, pages);
  for (void* block : extra) EXPECT_TRUE(heap_.Free(block, 100));
  EXPECT_EQ(live_pages, pages);
  for (void* block : blocks) EXPECT_TRUE(heap_.Free(block, 100));
  EXPECT_EQ(live_pages, 0);
}

TEST_F(SmallHeapTest, WithoutPagesThereIsNull) {
  out_of_memory = true;
  EXPECT_EQ(heap_.Allocate(16), nullptr);
  out_of_memory = false;
  void* block = heap_.Allocate(16);
  ASSERT_TRUE(block);
  EXPECT_TRUE(heap_.Free(block, 16));
  EXPECT_EQ(live_pages, 0);
}

TEST_F(SmallHeapTest, RefusesWhatIsNoBlock) {
  auto* block = static_cast<char*>(heap_.Allocate(64));
  auto* second = static_cast<char*>(heap_.Allocate(64));
  EXPECT_FALSE(heap_.Free(block + 16, 64));
  EXPECT_FALSE(heap_.Free(block, 200)) << "another class";
  EXPECT_FALSE(heap_.Free(second + 64, 64)) << "never given out";
  EXPECT_TRUE(heap_.Free(block, 64));
  EXPECT_TRUE(heap_.Free(second, 64));
}

}  // namespace
}  // namespace mm
