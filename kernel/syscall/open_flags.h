// SPDX-License-Identifier: BSD-2-Clause
//
// open(2) flags between users and vfs. What CPUs agree on (asm-generic/fcntl.h) stands here, the
// rest comes from arch::kLinuxAbi.
#pragma once

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/errno.h"
#include "kernel/vfs/types.h"

namespace syscalls {

enum UserOpenFlags : uint32_t {
  kUserWriteOnly = 01,
  kUserReadWrite = 02,
  kUserCreate = 0100,
  kUserExclusive = 0200,
  kUserNoTerminal = 0400,
  kUserTruncate = 01000,
  kUserAppend = 02000,
  kUserNonblock = 04000,
  kUserCloexec = 02000000,
  kUserPathOnly = 010000000,
  kUserTemporary = 020000000,
};

// EINVAL for an access mode of 3, EOPNOTSUPP for O_TMPFILE.
inline base::Result<unsigned> OpenFlagsFromUser(uint32_t flags) {
  const arch::LinuxAbi& abi = arch::kLinuxAbi;
  unsigned result = 0;
  const struct {
    uint32_t user;
    unsigned kernel;
  } kMap[] = {
      {kUserCreate, vfs::kOpenCreate},           {kUserExclusive, vfs::kOpenExclusive},
      {kUserNoTerminal, vfs::kOpenNoTerminal},   {kUserTruncate, vfs::kOpenTruncate},
      {kUserAppend, vfs::kOpenAppend},           {kUserNonblock, vfs::kOpenNonblock},
      {abi.open_directory, vfs::kOpenDirectory}, {abi.open_nofollow, vfs::kOpenNoFollow},
  };
  if (flags & kUserTemporary) return base::Errno(EOPNOTSUPP);
  if (flags & kUserPathOnly) {
    result = vfs::kOpenPathOnly;
    if (flags & abi.open_directory) result |= vfs::kOpenDirectory;
    if (flags & abi.open_nofollow) result |= vfs::kOpenNoFollow;
    return result;
  }
  switch (flags & 3) {
    case 0:
      result = vfs::kOpenRead;
      break;
    case kUserWriteOnly:
      result = vfs::kOpenWrite;
      break;
    case kUserReadWrite:
      result = vfs::kOpenRead | vfs::kOpenWrite;
      break;
    default:
      return base::Errno(EINVAL);
  }
  for (const auto& entry : kMap) {
    if (flags & entry.user) result |= entry.kernel;
  }
  return result;
}

// What fcntl(F_GETFL) shows of an open file.
inline int64_t OpenFlagsToUser(unsigned flags) {
  uint32_t result = 0;
  if (flags & vfs::kOpenWrite) result = flags & vfs::kOpenRead ? kUserReadWrite : kUserWriteOnly;
  if (flags & vfs::kOpenAppend) result |= kUserAppend;
  if (flags & vfs::kOpenNonblock) result |= kUserNonblock;
  if (flags & vfs::kOpenPathOnly) result |= kUserPathOnly;
  return result;
}

}  // namespace syscalls
