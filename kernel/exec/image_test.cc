// SPDX-License-Identifier: BSD-2-Clause
//
// Programs into an address space that only notes what is mapped.
#include "kernel/exec/image.h"

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "arch/contract/kernel/mmu.h"
#include "arch/current/elf_traits.h"
#include "kernel/base/log.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/range_nodes.h"
#include "kernel/vfs/vfs.h"
#include "rtld_shared/testing/image_builder.h"

namespace {

constexpr mm::VirtAddr kAnywhere = 0x70000000;  // where a space puts what has no place
constexpr mm::VirtAddr kUserEnd = 0x80000000;

mm::VirtAddr g_mapped_end;
std::string g_log;

}  // namespace

namespace arch {
mm::VirtAddr UserEnd() { return kUserEnd; }
}  // namespace arch

namespace base {
void Log(Level, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  g_log += line;
}
}  // namespace base

namespace mm {

const RangeMap::NodeSource kRangeNodes = {nullptr, nullptr};

base::Result<AddressSpace*> AddressSpace::Create() {
  return new (Allocate(sizeof(AddressSpace), alignof(AddressSpace))) AddressSpace;
}
void AddressSpace::Destroy() {
  this->~AddressSpace();
  Free(this);
}
base::Result<VirtAddr> AddressSpace::Map(VirtAddr start, size_t bytes, Protection, bool fixed) {
  if (!fixed) start = kAnywhere;
  if (start + bytes > g_mapped_end) g_mapped_end = start + bytes;
  return start;
}
base::Error AddressSpace::Unmap(VirtAddr, size_t) { std::abort(); }
base::Error AddressSpace::Protect(VirtAddr, size_t, Protection) { return base::Error::kOk; }
base::Error AddressSpace::Write(VirtAddr, const void*, size_t) { return base::Error::kOk; }

}  // namespace mm

namespace exec {
namespace {

using base::Errno;
using Builder = rtld::testing::ImageBuilder<arch::Current>;

constexpr char kPath[] = "/program";

class ImageTest : public testing::Test {
 protected:
  void SetUp() override {
    vfs::SetClock([] { return uint64_t{0}; });
    ASSERT_EQ(vfs::Initialize(), base::Error::kOk);
    space_ = mm::AddressSpace::Create().value();
    g_mapped_end = 0;
    g_log.clear();
  }
  void TearDown() override { space_->Destroy(); }

  // Of a program that begins at the link-time address `entry`.
  base::Result<Image> Load(uint64_t entry, bool movable) {
    Builder builder("");
    builder.type = movable ? elf::kEtDyn : elf::kEtExec;
    builder.entry = entry;
    const std::vector<std::byte> bytes = builder.Build();
    auto file = vfs::Open(vfs::KernelContext(), kPath,
                          vfs::kOpenRead | vfs::kOpenWrite | vfs::kOpenCreate, 0755);
    EXPECT_TRUE(file.ok());
    EXPECT_EQ(file.value()->WriteAt(0, bytes.data(), bytes.size()).value(), bytes.size());
    return LoadImage(*space_, *file.value(), kPath, 0, nullptr);
  }

  void ExpectRefused(uint64_t entry, bool movable) {
    g_log.clear();
    EXPECT_EQ(Load(entry, movable).error(), Errno(ENOEXEC)) << entry;
    EXPECT_NE(g_log.find("exec: /program: bad ELF program"), std::string::npos) << g_log;
    EXPECT_NE(g_log.find("e_entry"), std::string::npos) << g_log;
  }

  mm::AddressSpace* space_ = nullptr;
};

TEST_F(ImageTest, BeginsWhereTheHeaderSays) {
  const base::Result<Image> fixed = Load(Builder::kText + 8, false);
  ASSERT_TRUE(fixed.ok());
  EXPECT_EQ(fixed.value().entry, Builder::kText + 8);
  EXPECT_EQ(fixed.value().bias, 0u);
  EXPECT_EQ(fixed.value().end, g_mapped_end);
  const base::Result<Image> movable = Load(Builder::kText + 8, true);
  ASSERT_TRUE(movable.ok());
  EXPECT_EQ(movable.value().bias, kAnywhere - Builder::kBase);
  EXPECT_EQ(movable.value().entry, movable.value().bias + Builder::kText + 8);
  EXPECT_EQ(g_log, "");
}

// Where it is mapped does not matter: that is a program's own fault.
TEST_F(ImageTest, BeginsInUserSpace) {
  EXPECT_TRUE(Load(0, false).ok());
  EXPECT_TRUE(Load(kUserEnd - 1, false).ok());
  ExpectRefused(kUserEnd, false);
  ExpectRefused(uint64_t{1} << (8 * sizeof(uintptr_t) - 1), false);
  ExpectRefused(UINTPTR_MAX, false);
}

TEST_F(ImageTest, BeginsInUserSpaceAfterAllIsMoved) {
  constexpr uint64_t kBias = kAnywhere - Builder::kBase;
  EXPECT_TRUE(Load(kUserEnd - kBias - 1, true).ok());
  ExpectRefused(kUserEnd - kBias, true);
  ExpectRefused(uint64_t{1} << (8 * sizeof(uintptr_t) - 1), true);
}

}  // namespace
}  // namespace exec
