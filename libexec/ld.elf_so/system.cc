// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/system.h"

#include "arch/contract/rtld/machine.h"

namespace ldso {
namespace {

using arch::kCallNumbers;
using arch::SystemCall;

// asm-generic values; no CPU has others.
constexpr int kAtCurrentDirectory = -100;
constexpr int kOpenCloseOnExec = 02000000;
constexpr int kEmptyPath = 0x1000;  // AT_EMPTY_PATH
constexpr uint32_t kStatxBasic = 0x7ff;
constexpr uint16_t kTypeMask = 0170000, kTypeRegular = 0100000;
constexpr int kProtRead = 1, kProtWrite = 2, kProtExecute = 4;
constexpr int kMapPrivate = 2, kMapFixed = 0x10, kMapAnonymous = 0x20;
constexpr int kClockMonotonic = 1;
constexpr intptr_t kInterrupted = -4;

// struct statx (include/uapi/linux/stat.h): the one file status that is the same on every CPU.
struct Statx {
  uint32_t mask, blksize;
  uint64_t attributes;
  uint32_t nlink, uid, gid;
  uint16_t mode, reserved;
  uint64_t ino, size, blocks, attributes_mask;
  struct Time {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t reserved;
  } atime, btime, ctime, mtime;
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  uint64_t spare[14];
};
static_assert(sizeof(Statx) == 256);

int ProtectionBits(Access access) {
  switch (access) {
    case Access::kRead:
      return kProtRead;
    case Access::kReadWrite:
      return kProtRead | kProtWrite;
    case Access::kReadExecute:
      return kProtRead | kProtExecute;
    default:
      return 0;
  }
}

// Addresses in the last page are negated errno values.
bool IsError(intptr_t result) { return result < 0 && result >= -4095; }

intptr_t Map(uintptr_t address, uint64_t bytes, int protection, int flags, intptr_t descriptor,
             uint64_t offset) {
  return SystemCall(kCallNumbers.mmap, address, bytes, protection, flags, descriptor,
                    offset / kCallNumbers.mmap_offset_unit);
}

}  // namespace

intptr_t OpenForReading(const char* path) {
  return SystemCall(kCallNumbers.openat, static_cast<intptr_t>(kAtCurrentDirectory),
                    reinterpret_cast<uintptr_t>(path), kOpenCloseOnExec);
}

void Close(intptr_t descriptor) { SystemCall(kCallNumbers.close, descriptor); }

bool StatusOf(intptr_t descriptor, FileStatus& status) {
  Statx statx = {};
  const intptr_t result =
      SystemCall(kCallNumbers.statx, descriptor, reinterpret_cast<uintptr_t>(""), kEmptyPath,
                 kStatxBasic, reinterpret_cast<uintptr_t>(&statx));
  if (result < 0) return false;
  status.identity.device = uint64_t{statx.dev_major} << 32 | statx.dev_minor;
  status.identity.inode = statx.ino;
  status.size = statx.size;
  status.regular = (statx.mode & kTypeMask) == kTypeRegular;
  return true;
}

bool ReadAt(intptr_t descriptor, uint64_t offset, std::span<char> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    // Words of 32 bits take the offset in two halves; those of 64 bits leave the second alone.
    const uint64_t at = offset + done;
    const intptr_t got = SystemCall(kCallNumbers.pread64, descriptor,
                                    reinterpret_cast<uintptr_t>(bytes.data() + done),
                                    bytes.size() - done, at, at >> 32);
    if (got == kInterrupted) continue;
    if (got <= 0) return false;
    done += got;
  }
  return true;
}

intptr_t ReadLink(const char* path, std::span<char> to) {
  return SystemCall(kCallNumbers.readlinkat, static_cast<intptr_t>(kAtCurrentDirectory),
                    reinterpret_cast<uintptr_t>(path), reinterpret_cast<uintptr_t>(to.data()),
                    to.size());
}

void Write(int descriptor, std::string_view text) {
  const char* from = text.data();
  size_t left = text.size();
  while (left != 0) {
    const intptr_t written =
        SystemCall(kCallNumbers.write, descriptor, reinterpret_cast<uintptr_t>(from), left);
    if (written == kInterrupted) continue;
    if (written <= 0) return;  // nobody is left to tell
    from += written;
    left -= written;
  }
}

uintptr_t MapFresh(uint64_t bytes, Access access) {
  const intptr_t result = Map(0, bytes, ProtectionBits(access), kMapPrivate | kMapAnonymous, -1, 0);
  return IsError(result) ? 0 : static_cast<uintptr_t>(result);
}

bool MapFreshAt(uintptr_t address, uint64_t bytes, Access access) {
  // Without MAP_FIXED the address is a wish, and nothing is replaced.
  const intptr_t result =
      Map(address, bytes, ProtectionBits(access), kMapPrivate | kMapAnonymous, -1, 0);
  if (IsError(result)) return false;
  if (static_cast<uintptr_t>(result) == address) return true;
  Unmap(result, bytes);
  return false;
}

bool MapFileAt(uintptr_t address, uint64_t bytes, Access access, intptr_t descriptor,
               uint64_t offset) {
  return !IsError(
      Map(address, bytes, ProtectionBits(access), kMapPrivate | kMapFixed, descriptor, offset));
}

uintptr_t MapFile(uint64_t bytes, intptr_t descriptor) {
  const intptr_t result = Map(0, bytes, kProtRead, kMapPrivate, descriptor, 0);
  return IsError(result) ? 0 : static_cast<uintptr_t>(result);
}

bool Protect(uintptr_t address, uint64_t bytes, Access access) {
  return SystemCall(kCallNumbers.mprotect, address, bytes, ProtectionBits(access)) == 0;
}

void Unmap(uintptr_t address, uint64_t bytes) { SystemCall(kCallNumbers.munmap, address, bytes); }

uint64_t MonotonicTime() {
  struct {
    intptr_t seconds, nanoseconds;
  } time = {};
  SystemCall(kCallNumbers.clock_gettime, kClockMonotonic, reinterpret_cast<uintptr_t>(&time));
  return static_cast<uint64_t>(time.seconds) * 1000000000 + time.nanoseconds;
}

void Exit(int status) {
  for (;;) SystemCall(kCallNumbers.exit_group, status);
}

std::string_view ErrorText(intptr_t error) {
  switch (error) {
    case kNoEntry:
      return "no such file";
    case kAccess:
      return "permission denied";
    case kNotDirectory:
      return "not a directory";
    case kNameTooLong:
      return "name too long";
    default:
      return "cannot be opened";
  }
}

}  // namespace ldso
