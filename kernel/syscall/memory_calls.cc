// SPDX-License-Identifier: BSD-2-Clause
//
// Mappings. Everything is private and present at once; a file mapping is a copy of the file's
// bytes. Writable and executable at once is EACCES, whoever asks.

#include "kernel/kpi/errno.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;
using mm::Protection;

namespace {

enum ProtectionBits : uint64_t { kProtRead = 1, kProtWrite = 2, kProtExec = 4 };
// asm-generic/mman.h
enum MapFlags : uint64_t {
  kMapShared = 1,
  kMapPrivate = 2,
  kMapType = 0xf,
  kMapFixed = 0x10,
  kMapAnonymous = 0x20,
  kMapFixedNoReplace = 0x100000,
};

Result<Protection> ProtectionFromUser(uint64_t bits) {
  if (bits & ~uint64_t{kProtRead | kProtWrite | kProtExec}) return Errno(EINVAL);
  if ((bits & kProtWrite) && (bits & kProtExec)) return Errno(EACCES);
  if (bits & kProtExec) return Protection::kReadExecute;
  if (bits & kProtWrite) return Protection::kReadWrite;
  return bits & kProtRead ? Protection::kRead : Protection::kNone;
}

// Rounded up to pages; 0 for an overflow of the word.
uint64_t Pages(Word bytes) { return bytes > ~Word{mm::kPageSize} ? 0 : mm::PageUp(bytes); }

bool IsFree(mm::AddressSpace& space, mm::VirtAddr start, uint64_t bytes) {
  mm::AddressSpace::Region region;
  return !space.NextRegion(start, &region) || region.start >= start + bytes;
}

// The file's bytes into fresh pages that are not executable yet; the rest of the last page is 0.
Error FillFrom(proc::Process& process, vfs::File& file, uint64_t offset, mm::VirtAddr to,
               uint64_t bytes) {
  uint64_t done = 0;
  while (done < bytes) {
    const uint64_t left = bytes - done;
    const size_t part = left < proc::kBounceBytes ? left : proc::kBounceBytes;
    const Result<size_t> got = file.ReadAt(offset + done, process.bounce, part);
    if (!got.ok()) return got.error();
    if (!got.value()) return Error::kOk;
    const Error error = process.space->Write(to + done, process.bounce, got.value());
    if (!base::Ok(error)) return error;
    done += got.value();
  }
  return Error::kOk;
}

Result<mm::VirtAddr> MapFile(Arguments& a, mm::VirtAddr hint, uint64_t bytes, Protection protection,
                             bool fixed, uint64_t offset) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(4));
  if (!file.ok()) return file.error();
  if ((file.value()->flags() & vfs::kOpenRead) == 0) return Errno(EACCES);
  if (file.value()->Stat().kind != vfs::Kind::kRegular) return Errno(ENODEV);
  if (offset % mm::kPageSize) return Errno(EINVAL);
  mm::AddressSpace& space = *a.process.space;
  const Protection first = protection == Protection::kReadWrite ? protection : Protection::kRead;
  const Result<mm::VirtAddr> at = space.Map(hint, bytes, first, fixed);
  if (!at.ok()) return at.error();
  Error error = FillFrom(a.process, *file.value(), offset, at.value(), bytes);
  if (base::Ok(error) && protection != first) error = space.Protect(at.value(), bytes, protection);
  if (base::Ok(error)) return at.value();
  (void)space.Unmap(at.value(), bytes);
  return error;
}

Error CopyMapping(proc::Process& process, mm::VirtAddr from, mm::VirtAddr to, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes; done += proc::kBounceBytes) {
    const uint64_t left = bytes - done;
    const size_t part = left < proc::kBounceBytes ? left : proc::kBounceBytes;
    Error error = process.space->Read(process.bounce, from + done, part);
    if (base::Ok(error)) error = process.space->Write(to + done, process.bounce, part);
    if (!base::Ok(error)) return error;
  }
  return Error::kOk;
}

int64_t MapFrom(Arguments& a, uint64_t offset) {
  const uint64_t bytes = Pages(a[1]);
  const uint64_t flags = a[3];
  if (!a[1]) return -EINVAL;
  if (!bytes) return -ENOMEM;
  const Result<Protection> protection = ProtectionFromUser(a[2]);
  if (!protection.ok()) return Fail(protection.error());
  const uint64_t type = flags & kMapType;
  if (type != kMapPrivate && type != kMapShared) return -EINVAL;
  // A shared mapping would have to show others' writes, in memory that fork copies.
  if (type == kMapShared && ((flags & kMapAnonymous) || (a[2] & kProtWrite))) return -ENODEV;
  bool fixed = (flags & kMapFixed) != 0;
  if ((fixed || (flags & kMapFixedNoReplace)) && a[0] % mm::kPageSize) return -EINVAL;
  if (flags & kMapFixedNoReplace) {
    if (!IsFree(*a.process.space, a[0], bytes)) return -EEXIST;
    fixed = true;
  }
  const mm::VirtAddr hint = mm::PageDown(a[0]);
  const Result<mm::VirtAddr> at = flags & kMapAnonymous
                                      ? a.process.space->Map(hint, bytes, protection.value(), fixed)
                                      : MapFile(a, hint, bytes, protection.value(), fixed, offset);
  return at.ok() ? static_cast<int64_t>(at.value()) : Fail(at.error());
}

}  // namespace

int64_t SysBrk(Arguments& a) { return static_cast<int64_t>(a.process.space->SetBreak(a[0])); }

int64_t SysMmap(Arguments& a) { return MapFrom(a, a[5]); }
int64_t SysMmap2(Arguments& a) {
  constexpr uint64_t kUnit = 4096;  // of its offset, whatever a page is
  return MapFrom(a, a[5] * kUnit);
}

// The six arguments of mmap in memory.
int64_t SysOldMmap(Arguments& a) {
  Word arguments[6];
  const Error error = ReadUser(&arguments, a[0]);
  if (!base::Ok(error)) return Fail(error);
  for (int i = 0; i < 6; ++i) a.values[i] = arguments[i];
  return SysMmap(a);
}

int64_t SysMunmap(Arguments& a) {
  const uint64_t bytes = Pages(a[1]);
  if (a[0] % mm::kPageSize || !bytes) return -EINVAL;
  return Fail(a.process.space->Unmap(a[0], bytes));
}

int64_t SysMprotect(Arguments& a) {
  const uint64_t bytes = Pages(a[1]);
  if (a[0] % mm::kPageSize || (a[1] && !bytes)) return -EINVAL;
  const Result<Protection> protection = ProtectionFromUser(a[2]);
  if (!protection.ok()) return Fail(protection.error());
  if (!bytes) return 0;
  return Fail(a.process.space->Protect(a[0], bytes, protection.value()));
}

int64_t SysMremap(Arguments& a) {
  constexpr uint64_t kMayMove = 1;
  const mm::VirtAddr old = a[0];
  const uint64_t old_bytes = Pages(a[1]);
  const uint64_t bytes = Pages(a[2]);
  mm::AddressSpace& space = *a.process.space;
  if (old % mm::kPageSize || !old_bytes || !bytes || (a[3] & ~kMayMove)) return -EINVAL;
  mm::AddressSpace::Region region;
  if (!space.NextRegion(old, &region) || region.start > old ||
      region.start + region.bytes - old < old_bytes) {
    return -EFAULT;
  }
  if (bytes <= old_bytes) {
    if (bytes == old_bytes) return static_cast<int64_t>(old);
    const Error error = space.Unmap(old + bytes, old_bytes - bytes);
    return base::Ok(error) ? static_cast<int64_t>(old) : Fail(error);
  }
  if (region.protection != Protection::kReadWrite) return -EINVAL;
  const uint64_t more = bytes - old_bytes;
  if (IsFree(space, old + old_bytes, more)) {
    const Result<mm::VirtAddr> grown =
        space.Map(old + old_bytes, more, Protection::kReadWrite, true);
    if (grown.ok()) return static_cast<int64_t>(old);
  }
  if ((a[3] & kMayMove) == 0) return -ENOMEM;
  const Result<mm::VirtAddr> at = space.Map(0, bytes, Protection::kReadWrite, false);
  if (!at.ok()) return Fail(at.error());
  Error error = CopyMapping(a.process, old, at.value(), old_bytes);
  if (base::Ok(error)) error = space.Unmap(old, old_bytes);
  if (base::Ok(error)) return static_cast<int64_t>(at.value());
  (void)space.Unmap(at.value(), bytes);
  return Fail(error);
}

int64_t SysMadvise(Arguments& a) {
  constexpr uint64_t kDontNeed = 4;
  const uint64_t bytes = Pages(a[1]);
  if (a[0] % mm::kPageSize || (a[1] && !bytes)) return -EINVAL;
  if (a[2] != kDontNeed || !bytes) return 0;
  // What is not needed reads as zeros afterwards: fresh pages, region by region.
  mm::AddressSpace& space = *a.process.space;
  const mm::VirtAddr end = a[0] + bytes;
  mm::AddressSpace::Region region;
  for (mm::VirtAddr at = a[0]; at < end && space.NextRegion(at, &region);) {
    if (region.start >= end) break;
    const mm::VirtAddr start = region.start > at ? region.start : at;
    const mm::VirtAddr stop = region.start + region.bytes < end ? region.start + region.bytes : end;
    if (region.protection == Protection::kReadWrite) {
      const Result<mm::VirtAddr> fresh =
          space.Map(start, stop - start, Protection::kReadWrite, true);
      if (!fresh.ok()) return Fail(fresh.error());
    }
    at = stop;
  }
  return 0;
}

}  // namespace syscalls
