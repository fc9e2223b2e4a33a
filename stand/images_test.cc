// SPDX-License-Identifier: BSD-2-Clause
//
// Frames, addresses and page tables of images, with host memory for RAM.
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "stand/address_space.h"
#include "stand/archive_file.h"
#include "stand/frame_arena.h"
#include "stand/image_loader.h"
#include "stand/testing/fake_machine.h"
#include "stand/testing/host_memory.h"

namespace stand {
namespace {

constexpr uint64_t kPage = boot::kPageSize;
constexpr uint64_t kWindow = 0xffffffff80000000;
constexpr uint64_t kLinkBase = 0xffffffff80200000;

class ImagesTest : public ::testing::Test {
 protected:
  ImagesTest() {
    testing::Fake() = {};
    EXPECT_TRUE(map_.AddUsable(memory_.range()));
    for (size_t i = 0; i < sizeof file_bytes_; ++i) file_bytes_[i] = std::byte(i * 7 + 1);
  }

  ImageMemory Reserve(uint64_t vaddr, uint64_t pages, uint64_t align = kPage) {
    ImageMemory image;
    EXPECT_TRUE(loader_.Reserve(
        {.name = "x", .vaddr = vaddr, .size = pages * kPage, .align = align}, image));
    return image;
  }

  uint64_t FreeBytes() {
    uint64_t bytes = 0;
    for (const dynamic::HandoffRange& range : map_.ranges()) {
      if (range.type == dynamic::kHandoffUsable) bytes += range.bytes;
    }
    return bytes;
  }

  testing::HostMemory memory_{256};
  MemoryMap map_;
  FrameArena arena_{map_, ~uint64_t{0}};
  alignas(8) std::byte file_bytes_[3 * kPage];
  ArchiveFile file_{"/boot/x", file_bytes_, arena_};
  ImageLoader loader_{map_, ~uint64_t{0}, boot::AddressLayout().window};
};

TEST_F(ImagesTest, TheKernelGoesWhereItIsToldTheOthersBehindIt) {
  loader_.set_kernel_base(0xffffffff91234000);
  ImageMemory kernel = Reserve(kLinkBase, 5);
  EXPECT_EQ(kernel.Bias(), 0xffffffff91234000 - kLinkBase);
  // A guard page follows every image.
  ImageMemory first = Reserve(0, 3);
  EXPECT_EQ(first.Bias(), 0xffffffff91234000 + 6 * kPage);
  ImageMemory second = Reserve(0x10000, 1, 0x10000);
  EXPECT_EQ((second.Bias() + 0x10000) % 0x10000, 0u);
  EXPECT_EQ(second.Bias() + 0x10000, 0xffffffff91240000u);
}

TEST_F(ImagesTest, WithoutABaseTheBiasIsZero) { EXPECT_EQ(Reserve(kLinkBase, 2).Bias(), 0u); }

TEST_F(ImagesTest, AReleasedPlaceIsTakenAgain) {
  const uint64_t before = FreeBytes();
  (void)Reserve(kLinkBase, 2);
  ImageMemory a = Reserve(0, 4);
  ImageMemory b = Reserve(0, 4);
  const uint64_t place = a.Bias();
  loader_.Release(a);
  EXPECT_EQ(Reserve(0, 5).Bias(), b.Bias() + 5 * kPage);  // too long for the gap
  ImageMemory again = Reserve(0, 4);
  EXPECT_EQ(again.Bias(), place);
  loader_.Release(again);
  loader_.Release(b);
  EXPECT_EQ(FreeBytes(), before - 7 * kPage);
}

TEST_F(ImagesTest, ReserveFailsCleanlyForWantOfAnything) {
  ImageMemory image;
  const uint64_t before = FreeBytes();
  EXPECT_FALSE(loader_.Reserve({.vaddr = 0x1000, .size = kPage, .align = kPage}, image))
      << "linked outside the window and no base given";
  EXPECT_FALSE(loader_.Reserve({.vaddr = kLinkBase, .size = 300 * kPage, .align = kPage}, image))
      << "more frames than there are";
  EXPECT_FALSE(
      loader_.Reserve({.vaddr = kLinkBase, .size = kPage, .align = kPage, .fixed = true}, image));
  for (size_t i = 0; i < ImageLoader::kMaxImages; ++i) Reserve(kLinkBase, 1);
  EXPECT_FALSE(loader_.Reserve({.vaddr = 0, .size = kPage, .align = kPage}, image)) << "no record";
  EXPECT_EQ(FreeBytes(), before - ImageLoader::kMaxImages * kPage);
}

TEST_F(ImagesTest, MapsFileBytesAndZeros) {
  ImageMemory image = Reserve(kLinkBase, 4);
  const rtld::Segment segment = {.vaddr = kLinkBase + kPage + 0x10,
                                 .memsz = 0x1800,
                                 .offset = kPage + 0x10,
                                 .filesz = 0x20,
                                 .flags = elf::kPfR | elf::kPfW};
  ASSERT_TRUE(loader_.Map(image, segment, file_));
  const std::byte* bytes = image.At(segment.vaddr, segment.memsz);
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(std::memcmp(bytes, file_bytes_ + segment.offset, segment.filesz), 0);
  for (uint64_t i = segment.filesz; i < segment.memsz; ++i) {
    ASSERT_EQ(bytes[i], std::byte{0}) << i;
  }
  // Nothing outside the segment, whatever is asked for.
  EXPECT_EQ(image.At(segment.vaddr - 1, 1), nullptr);
  EXPECT_EQ(image.At(segment.vaddr, segment.memsz + 1), nullptr);
  EXPECT_EQ(image.At(segment.vaddr + 8, ~uint64_t{0}), nullptr);
  EXPECT_NE(image.At(segment.end(), 0), nullptr);
  EXPECT_EQ(image.Reach(segment.vaddr + 8), segment.memsz - 8);
  EXPECT_EQ(image.Reach(segment.end()), 0u);
  EXPECT_EQ(image.Reach(0), 0u);
  EXPECT_EQ(ImageMemory().At(0, 0), nullptr);
  EXPECT_EQ(ImageMemory().Reach(0), 0u);
}

TEST_F(ImagesTest, WritableCodeCannotBeAskedFor) {
  ImageMemory image = Reserve(kLinkBase, 1);
  EXPECT_FALSE(loader_.Protect(image, kLinkBase, kPage, rtld::Protection::kReadWriteExecute));
}

TEST_F(ImagesTest, TablesHoldImagesAndDirectMapWithoutWritableCode) {
  loader_.set_kernel_base(kWindow + 0x5000);
  ImageMemory image = Reserve(kLinkBase, 3);
  const uint32_t kFlags[] = {elf::kPfR, elf::kPfR | elf::kPfX, elf::kPfR | elf::kPfW};
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(loader_.Map(image,
                            {.vaddr = kLinkBase + i * kPage,
                             .memsz = kPage,
                             .offset = i * kPage,
                             .filesz = kPage,
                             .flags = kFlags[i]},
                            file_));
  }
  ASSERT_TRUE(loader_.Protect(image, kLinkBase + kPage, kPage, rtld::Protection::kReadExecute));
  loader_.SyncCode(image, kLinkBase + kPage, kPage);
  const uint64_t frames = loader_.images()[0].frames;
  ASSERT_EQ(testing::Fake().synced.size(), 1u);
  EXPECT_EQ(testing::Fake().synced[0].base, frames + kPage);

  // Registers above the memory, and some that the firmware's map names between.
  const boot::Range devices[] = {{.base = memory_.range().end() + 16 * kPage, .bytes = 2 * kPage},
                                 {.base = memory_.range().base + 8 * kPage, .bytes = kPage}};
  const boot::Range trampoline = {.base = memory_.range().base, .bytes = kPage};
  KernelSpace space;
  ASSERT_TRUE(BuildKernelSpace(boot::AddressLayout(), ~uint64_t{0}, devices, trampoline,
                               loader_.images(), map_, &space));
  EXPECT_EQ(space.direct_map_bytes, memory_.range().end());

  const auto& table = testing::Fake().tables[space.root];
  const uint64_t direct = boot::AddressLayout().direct_map;
  const boot::Access kAccess[] = {boot::Access::kRead, boot::Access::kReadExecute,
                                  boot::Access::kReadWrite};
  const boot::Access kAlias[] = {boot::Access::kReadWrite, boot::Access::kRead,
                                 boot::Access::kReadWrite};
  for (uint64_t i = 0; i < 3; ++i) {
    const testing::MappedPage page = table.at(kWindow + 0x5000 + i * kPage);
    EXPECT_EQ(page.physical, frames + i * kPage);
    EXPECT_EQ(page.access, kAccess[i]);
    const testing::MappedPage alias = table.at(direct + frames + i * kPage);
    EXPECT_EQ(alias.physical, frames + i * kPage);
    EXPECT_EQ(alias.access, kAlias[i]);
  }
  EXPECT_EQ(table.at(trampoline.base).access, boot::Access::kReadExecute);
  EXPECT_EQ(table.at(direct + trampoline.base).access, boot::Access::kRead);
  for (const boot::Range& device : devices) {
    for (uint64_t at = device.base; at < device.end(); at += kPage) {
      EXPECT_EQ(table.at(direct + at).physical, at);
      EXPECT_EQ(table.at(direct + at).access, boot::Access::kDevice);
    }
  }
  // 256 frames in the direct map, 3 of the image, the trampoline, the 2 pages of devices above.
  EXPECT_EQ(table.size(), 256u + 3u + 1u + 2u);
}

TEST_F(ImagesTest, TablesFailCleanlyWithoutMemory) {
  while (map_.Allocate(kPage, ~uint64_t{0}, dynamic::kHandoffLoader) != 0) {
  }
  KernelSpace space;
  EXPECT_FALSE(BuildKernelSpace(boot::AddressLayout(), ~uint64_t{0}, {}, {}, loader_.images(), map_,
                                &space));
}

TEST_F(ImagesTest, FilesOfAnyAlignmentGiveAlignedBytes) {
  for (const size_t skew : {0, 4}) {
    ArchiveFile file("/f", std::span(file_bytes_).subspan(skew), arena_);
    for (const uint64_t offset : {0, 1, 8, 12}) {
      const std::byte* bytes = file.Bytes(offset, 100);
      ASSERT_NE(bytes, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % 8, offset % 8);
      EXPECT_EQ(std::memcmp(bytes, file_bytes_ + skew + offset, 100), 0);
    }
    EXPECT_EQ(file.Bytes(file.Size(), 1), nullptr);
    EXPECT_EQ(file.Bytes(1, file.Size()), nullptr);
    EXPECT_EQ(file.Bytes(~uint64_t{0}, 2), nullptr);
    EXPECT_NE(file.Bytes(file.Size(), 0), nullptr);
  }
}

TEST_F(ImagesTest, TheArenaGivesDistinctAlignedBlocksUntilMemoryIsGone) {
  std::vector<std::pair<uint64_t, uint64_t>> blocks;
  for (uint64_t size = 1;; size = size * 3 + 1) {
    const uint64_t align = size % 2 == 0 ? 64 : 8;
    void* block = arena_.Allocate(size, align);
    if (block == nullptr) break;
    const uint64_t start = reinterpret_cast<uint64_t>(block);
    EXPECT_EQ(start % align, 0u);
    for (const auto& [other, bytes] : blocks) {
      EXPECT_TRUE(start + size <= other || other + bytes <= start);
    }
    blocks.emplace_back(start, size);
  }
  EXPECT_GT(blocks.size(), 10u);
}

TEST(RandomBaseTest, CoversTheWindowInPages) {
  const boot::Layout layout = boot::AddressLayout();
  const uint64_t size = 0x200000;
  EXPECT_EQ(RandomBase(layout, size, kPage, 0), layout.window.base);
  EXPECT_EQ(RandomBase(layout, size, kPage, 1), layout.window.base + kPage);
  // 2^18 places.
  EXPECT_EQ(RandomBase(layout, size, kPage, 0x3ffff), layout.window.base + 0x3ffff000);
  EXPECT_EQ(RandomBase(layout, size, kPage, 0x40000), layout.window.base);
  EXPECT_EQ(RandomBase(layout, size, 0x10000, 1), layout.window.base + 0x10000);
  // An image as long as the window has one place; a longer one none.
  EXPECT_EQ(RandomBase(layout, layout.window.bytes, kPage, 12345), layout.window.base);
  EXPECT_EQ(RandomBase(layout, layout.window.bytes + kPage, kPage, 0), 0u);
}

}  // namespace
}  // namespace stand
