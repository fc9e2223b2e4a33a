// SPDX-License-Identifier: BSD-2-Clause
// The form of the CPU's table of call numbers, and structure layouts.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstring>
#include <set>
#include <span>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/kld_abi.h"
#include "kernel/syscall/asm_generic.h"
#include "kernel/syscall/calls.h"

// The CPU's MINSIGSTKSZ, which signal.h hides behind a question to the system.
#undef MINSIGSTKSZ
#undef SIGSTKSZ
#undef _BITS_SIGSTACK_H
#include <bits/sigstack.h>

namespace syscalls {
namespace {

using Numbers = std::span<const arch::SyscallNumber>;

void CheckTable(Numbers table) {
  std::set<Call> calls;
  uint32_t last = 0;
  bool first = true;
  for (const arch::SyscallNumber& entry : table) {
    EXPECT_TRUE(first || entry.number > last) << entry.number;
    EXPECT_LT(entry.number, uint32_t{SYS_kldload});
    ASSERT_LT(static_cast<size_t>(entry.call), kCallCount);
    calls.insert(entry.call);
    last = entry.number;
    first = false;
  }
  EXPECT_EQ(calls.size(), table.size());
}

TEST(CallTable, NumbersAscendAndEachCallHasOne) { CheckTable(arch::kLinuxAbi.calls); }

TEST(CallTable, TheGenericOneIsInOrderToo) { CheckTable(kAsmGenericNumbers); }

TEST(LinuxAbi, LeastSignalStackIsTheLibrarys) {
  EXPECT_EQ(arch::kLinuxAbi.least_signal_stack, size_t{MINSIGSTKSZ});
}

// The structure of the C library that has 64-bit sizes everywhere.
TEST(Stat, EncodesForTheLibrarysStruct) {
  vfs::Attributes attributes;
  attributes.kind = vfs::Kind::kDirectory;
  attributes.mode = 01755;
  attributes.uid = 1;
  attributes.gid = 2;
  attributes.links = 3;
  attributes.inode = 4;
  attributes.filesystem = 5;
  attributes.device = 6;
  attributes.size = 7;
  attributes.blocks = 8;
  attributes.accessed_ns = 1'000'000'009;
  attributes.modified_ns = 2'000'000'010;
  attributes.changed_ns = 3'000'000'011;
  struct stat64 library;
  ASSERT_EQ(arch::kLinuxAbi.stat_bytes, sizeof library);
  arch::kLinuxAbi.encode_stat(attributes, &library);
  EXPECT_TRUE(S_ISDIR(library.st_mode));
  EXPECT_EQ(library.st_mode & 07777u, 01755u);
  EXPECT_EQ(library.st_uid, 1u);
  EXPECT_EQ(library.st_gid, 2u);
  EXPECT_EQ(library.st_nlink, 3u);
  EXPECT_EQ(library.st_ino, 4u);
  EXPECT_EQ(library.st_dev, 5u);
  EXPECT_EQ(library.st_rdev, 6u);
  EXPECT_EQ(library.st_size, 7);
  EXPECT_EQ(library.st_blocks, 8);
  EXPECT_EQ(library.st_atim.tv_sec, 1);
  EXPECT_EQ(library.st_atim.tv_nsec, 9);
  EXPECT_EQ(library.st_mtim.tv_nsec, 10);
  EXPECT_EQ(library.st_ctim.tv_sec, 3);
}

// asm-generic/stat.h, by its offsets: this CPU may not have that structure.
TEST(Stat, EncodesTheGenericStruct) {
  vfs::Attributes attributes;
  attributes.kind = vfs::Kind::kDirectory;
  attributes.mode = 01755;
  attributes.links = 3;
  attributes.size = 7;
  attributes.blocks = 8;
  attributes.changed_ns = 3'000'000'011;
  unsigned char bytes[sizeof(AsmGenericStat)];
  EncodeAsmGenericStat(attributes, bytes);
  const auto word = [&](size_t offset) {
    uint32_t value;
    std::memcpy(&value, bytes + offset, sizeof value);
    return value;
  };
  EXPECT_EQ(word(16), 0041755u);
  EXPECT_EQ(word(20), 3u);
  EXPECT_EQ(word(48), 7u);
  EXPECT_EQ(word(56), 4096u);
  EXPECT_EQ(word(64), 8u);
  EXPECT_EQ(word(104), 3u);
  EXPECT_EQ(word(112), 11u);
}

}  // namespace
}  // namespace syscalls
