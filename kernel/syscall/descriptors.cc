// SPDX-License-Identifier: BSD-2-Clause
//
// File descriptors: opening, closing, doubling, flags, ioctl, listing directories.

#include <cstring>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/errno.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/open_flags.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/vfs/pipe.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

int64_t OpenAt(Arguments& a, int32_t directory, uint64_t path_address, uint32_t flags,
               uint32_t mode) {
  proc::Process& process = a.process;
  const Result<std::string_view> path = UserPath(process, path_address);
  if (!path.ok()) return Fail(path.error());
  const Result<vfs::NodeRef> start = StartOf(process, directory, path.value());
  if (!start.ok()) return Fail(start.error());
  const Result<unsigned> wanted = OpenFlagsFromUser(flags);
  if (!wanted.ok()) return Fail(wanted.error());
  Result<vfs::FileRef> file =
      vfs::Open(process.context, path.value(), wanted.value(), mode, start.value().get());
  if (!file.ok()) return FailAgain(a, file.error());
  const Result<int> descriptor =
      process.files.Add(std::move(file.value()), (flags & kUserCloexec) != 0);
  return descriptor.ok() ? descriptor.value() : Fail(descriptor.error());
}

int64_t MakePipe(Arguments& a, uint32_t flags) {
  if (flags & ~(kUserCloexec | kUserNonblock)) return -EINVAL;
  Result<vfs::PipeEnds> pipe =
      vfs::CreatePipe(flags & kUserNonblock ? unsigned{vfs::kOpenNonblock} : 0u);
  if (!pipe.ok()) return Fail(pipe.error());
  proc::FdTable& files = a.process.files;
  const bool cloexec = (flags & kUserCloexec) != 0;
  const Result<int> reader = files.Add(std::move(pipe.value().read), cloexec);
  if (!reader.ok()) return Fail(reader.error());
  const Result<int> writer = files.Add(std::move(pipe.value().write), cloexec);
  Error error = writer.error();
  if (writer.ok()) {
    const int32_t both[2] = {reader.value(), writer.value()};
    error = mm::CopyOut(a[0], both, sizeof both);
    if (base::Ok(error)) return 0;
    (void)files.Close(writer.value());
  }
  (void)files.Close(reader.value());
  return Fail(error);
}

int64_t DuplicateTo(Arguments& a, bool cloexec) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  const Error error = a.process.files.Set(a.Int(1), file.value(), cloexec);
  return base::Ok(error) ? a.Int(1) : Fail(error);
}

}  // namespace

int64_t SysOpen(Arguments& a) {
  return OpenAt(a, kAtCwd, a[0], static_cast<uint32_t>(a[1]), static_cast<uint32_t>(a[2]));
}
int64_t SysOpenat(Arguments& a) {
  return OpenAt(a, a.Int(0), a[1], static_cast<uint32_t>(a[2]), static_cast<uint32_t>(a[3]));
}
int64_t SysCreat(Arguments& a) {
  return OpenAt(a, kAtCwd, a[0], kUserWriteOnly | kUserCreate | kUserTruncate,
                static_cast<uint32_t>(a[1]));
}

int64_t SysClose(Arguments& a) { return Fail(a.process.files.Close(a.Int(0))); }

int64_t SysCloseRange(Arguments& a) {
  constexpr uint64_t kCloexec = 4;
  const auto first = static_cast<uint32_t>(a[0]);
  const auto last = static_cast<uint32_t>(a[1]);
  if (first > last || (a[2] & ~kCloexec)) return -EINVAL;
  proc::FdTable& files = a.process.files;
  for (uint32_t at = first; at <= last && at < static_cast<uint32_t>(files.End()); ++at) {
    const int descriptor = static_cast<int>(at);
    (void)(a[2] & kCloexec ? files.SetCloseOnExec(descriptor, true) : files.Close(descriptor));
  }
  return 0;
}

int64_t SysDup(Arguments& a) {
  Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  const Result<int> made = a.process.files.Add(std::move(file.value()), false);
  return made.ok() ? made.value() : Fail(made.error());
}

int64_t SysDup2(Arguments& a) {
  if (a.Int(0) == a.Int(1)) {
    const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
    return file.ok() ? a.Int(1) : Fail(file.error());
  }
  return DuplicateTo(a, false);
}

int64_t SysDup3(Arguments& a) {
  if (a.Int(0) == a.Int(1) || (a[2] & ~uint64_t{kUserCloexec})) return -EINVAL;
  return DuplicateTo(a, a[2] != 0);
}

int64_t SysPipe(Arguments& a) { return MakePipe(a, 0); }
int64_t SysPipe2(Arguments& a) { return MakePipe(a, static_cast<uint32_t>(a[1])); }

int64_t SysFcntl(Arguments& a) {
  enum : int32_t {
    kDupFd = 0,
    kGetFd = 1,
    kSetFd = 2,
    kGetFl = 3,
    kSetFl = 4,
    kDupFdCloexec = 1030,
    kGetPipeSize = 1032,
  };
  proc::FdTable& files = a.process.files;
  Result<vfs::FileRef> file = files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  switch (a.Int(1)) {
    case kDupFd:
    case kDupFdCloexec: {
      if (a.Int(2) < 0 || a.Int(2) >= files.limit()) return -EINVAL;
      const Result<int> made =
          files.Add(std::move(file.value()), a.Int(1) == kDupFdCloexec, a.Int(2));
      return made.ok() ? made.value() : Fail(made.error());
    }
    case kGetFd:
      return files.CloseOnExec(a.Int(0)).value() ? 1 : 0;
    case kSetFd:
      return Fail(files.SetCloseOnExec(a.Int(0), (a[2] & 1) != 0));
    case kGetFl:
      return OpenFlagsToUser(file.value()->flags());
    case kSetFl:
      file.value()->SetStatusFlags((a[2] & kUserAppend ? unsigned{vfs::kOpenAppend} : 0u) |
                                   (a[2] & kUserNonblock ? unsigned{vfs::kOpenNonblock} : 0u));
      return 0;
    case kGetPipeSize:
      if (file.value()->Stat().kind != vfs::Kind::kFifo) return -EBADF;
      return vfs::kPipeCapacity;
  }
  return -EINVAL;
}

int64_t SysIoctl(Arguments& a) {
  constexpr uint32_t kFionbio = 0x5421, kFioclex = 0x5451, kFionclex = 0x5450;
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  const auto command = static_cast<uint32_t>(a[1]);
  if (command == kFioclex || command == kFionclex) {
    return Fail(a.process.files.SetCloseOnExec(a.Int(0), command == kFioclex));
  }
  if (command == kFionbio) {
    int32_t on = 0;
    const Error error = ReadUser(&on, a[2]);
    if (!base::Ok(error)) return Fail(error);
    const unsigned flags = file.value()->flags();
    file.value()->SetStatusFlags(on ? flags | vfs::kOpenNonblock : flags & ~vfs::kOpenNonblock);
    return 0;
  }
  const Result<int64_t> result = file.value()->Ioctl(command, a[2]);
  return result.ok() ? result.value() : FailAgain(a, result.error());
}

int64_t SysGetdents64(Arguments& a) {
  // struct linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name with its NUL, padded to 8.
  struct Header {
    uint64_t inode;
    uint64_t next;
    uint16_t bytes;
    uint8_t type;
  };
  constexpr size_t kHeaderBytes = 19;
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  const size_t capacity = a[2] < proc::kBounceBytes ? a[2] : proc::kBounceBytes;
  char* const to = a.process.bounce;
  size_t used = 0;
  for (;;) {
    vfs::DirectoryEntry entry;
    char name[vfs::kNameMax];
    const uint64_t before = file.value()->DirectoryPosition();
    const Error error = file.value()->ReadDirectory(&entry, name);
    if (error == Errno(ENOENT)) break;
    if (!base::Ok(error)) return Fail(error);
    const size_t bytes = (kHeaderBytes + entry.name.size() + 1 + 7) & ~size_t{7};
    if (used + bytes > capacity) {
      file.value()->SetDirectoryPosition(before);
      if (!used) return -EINVAL;
      break;
    }
    const Header header{entry.inode, file.value()->DirectoryPosition(),
                        static_cast<uint16_t>(bytes),
                        static_cast<uint8_t>(static_cast<uint32_t>(entry.kind) >> 12)};
    std::memset(to + used, 0, bytes);
    std::memcpy(to + used, &header, kHeaderBytes);
    std::memcpy(to + used + kHeaderBytes, entry.name.data(), entry.name.size());
    used += bytes;
  }
  const Error error = mm::CopyOut(a[1], to, used);
  return base::Ok(error) ? static_cast<int64_t>(used) : Fail(error);
}

}  // namespace syscalls
