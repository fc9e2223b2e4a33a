// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/file.h"

#include "kernel/kpi/errno.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

void File::SetStatusFlags(unsigned flags) {
  constexpr unsigned kChangeable = kOpenAppend | kOpenNonblock;
  flags_.store((this->flags() & ~kChangeable) | (flags & kChangeable), std::memory_order_relaxed);
}

Attributes File::Stat() { return node_ ? node_->Stat() : Attributes{}; }

template <class Move>
Result<size_t> File::MoveAtOffset(Move move) {
  offset_lock_.Lock();
  uint64_t start = offset_;
  const bool unlocked = RunsModuleCode();
  if (unlocked) offset_lock_.Unlock();
  const Result<size_t> done = move(&start);
  if (unlocked) offset_lock_.Lock();
  if (done.ok()) offset_ = start + done.value();
  offset_lock_.Unlock();
  return done;
}

Result<size_t> File::Read(void* to, size_t bytes) {
  if ((flags() & kOpenRead) == 0) return Errno(EBADF);
  if (!Seekable()) return DoRead(0, to, bytes);
  return MoveAtOffset([&](uint64_t* offset) { return DoRead(*offset, to, bytes); });
}

Result<size_t> File::Write(const void* from, size_t bytes) {
  if ((flags() & kOpenWrite) == 0) return Errno(EBADF);
  if (!Seekable()) return DoWrite(0, from, bytes);
  const bool append = (flags() & kOpenAppend) != 0;
  return MoveAtOffset([&](uint64_t* offset) {
    return append ? DoAppend(from, bytes, offset) : DoWrite(*offset, from, bytes);
  });
}

Result<size_t> File::DoAppend(const void* from, size_t bytes, uint64_t* offset) {
  *offset = Stat().size;
  return DoWrite(*offset, from, bytes);
}

Result<size_t> File::ReadAt(uint64_t offset, void* to, size_t bytes) {
  if ((flags() & kOpenRead) == 0) return Errno(EBADF);
  if (!Seekable()) return Errno(ESPIPE);
  return DoRead(offset, to, bytes);
}

Result<size_t> File::WriteAt(uint64_t offset, const void* from, size_t bytes) {
  if ((flags() & kOpenWrite) == 0) return Errno(EBADF);
  if (!Seekable()) return Errno(ESPIPE);
  return DoWrite(offset, from, bytes);
}

Result<uint64_t> File::Seek(int64_t distance, Whence whence) {
  if (!Seekable()) return Errno(ESPIPE);
  sched::Guard guard(offset_lock_);
  int64_t base = 0;
  if (whence == Whence::kCurrent) base = static_cast<int64_t>(offset_);
  if (whence == Whence::kEnd) base = static_cast<int64_t>(Stat().size);
  int64_t wanted;
  if (__builtin_add_overflow(base, distance, &wanted)) return Errno(EOVERFLOW);
  if (wanted < 0) return Errno(EINVAL);
  offset_ = static_cast<uint64_t>(wanted);
  return offset_;
}

Error File::Truncate(uint64_t bytes) {
  if ((flags() & kOpenWrite) == 0 || !node_) return Errno(EINVAL);
  return node_->Truncate(bytes);
}

Result<int64_t> File::Ioctl(uint32_t, uintptr_t) { return Errno(ENOTTY); }
Error File::ReadDirectory(DirectoryEntry*, char*) { return Errno(ENOTDIR); }

}  // namespace vfs
