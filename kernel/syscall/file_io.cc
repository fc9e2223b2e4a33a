// SPDX-License-Identifier: BSD-2-Clause
//
// Reading and writing. Data passes through the process's bounce buffer; files see kernel memory
// only.

#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;
using vfs::File;

namespace {

// With an offset the file's own is not used.
struct Offset {
  bool given = false;
  uint64_t at = 0;
};

bool IsStream(const vfs::Attributes& attributes) {
  return attributes.kind == vfs::Kind::kCharacter || attributes.kind == vfs::Kind::kFifo;
}

int64_t ReadInto(Arguments& a, File& file, UserBuffers buffers, Offset offset) {
  if ((file.flags() & vfs::kOpenRead) == 0) return -EBADF;
  char* const bounce = a.process.bounce;
  uint64_t done = 0;
  while (done < buffers.total()) {
    const uint64_t left = buffers.total() - done;
    const size_t part = left < proc::kBounceBytes ? left : proc::kBounceBytes;
    // What a stream has given is enough: the rest must not be waited for.
    if (done && (file.Poll() & vfs::kPollIn) == 0) break;
    const Result<size_t> got =
        offset.given ? file.ReadAt(offset.at + done, bounce, part) : file.Read(bounce, part);
    if (!got.ok()) {
      if (done) break;
      return FailAgain(a, got.error());
    }
    const Result<size_t> stored = buffers.Scatter(bounce, got.value());
    if (!stored.ok()) return done ? static_cast<int64_t>(done) : Fail(stored.error());
    done += stored.value();
    if (stored.value() < part) break;
  }
  // Nothing asked for: still an error where reading is one.
  if (buffers.total() == 0) {
    const Result<size_t> got = offset.given ? file.ReadAt(offset.at, bounce, 0) : size_t{0};
    if (!got.ok()) return Fail(got.error());
  }
  return static_cast<int64_t>(done);
}

int64_t WriteFrom(Arguments& a, File& file, UserBuffers buffers, Offset offset) {
  if ((file.flags() & vfs::kOpenWrite) == 0) return -EBADF;
  char* const bounce = a.process.bounce;
  uint64_t done = 0;
  do {
    const Result<size_t> taken = buffers.Gather(bounce, proc::kBounceBytes);
    if (!taken.ok()) return done ? static_cast<int64_t>(done) : Fail(taken.error());
    const Result<size_t> put = offset.given ? file.WriteAt(offset.at + done, bounce, taken.value())
                                            : file.Write(bounce, taken.value());
    if (!put.ok()) {
      if (put.error() == Errno(EPIPE)) proc::PostToSelf(SIGPIPE, proc::SignalInfo{});
      if (done) break;
      return FailAgain(a, put.error());
    }
    done += put.value();
    if (put.value() < taken.value()) break;
  } while (done < buffers.total());
  return static_cast<int64_t>(done);
}

using Transfer = int64_t (*)(Arguments&, File&, UserBuffers, Offset);

int64_t Plain(Arguments& a, Transfer transfer, Offset offset) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  return transfer(a, *file.value(), UserBuffers(static_cast<Word>(a[1]), static_cast<Word>(a[2])),
                  offset);
}

int64_t Vectored(Arguments& a, Transfer transfer, Offset offset) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  const Result<UserBuffers> buffers = UserBuffers::Vector(a[1], a[2]);
  if (!buffers.ok()) return Fail(buffers.error());
  return transfer(a, *file.value(), buffers.value(), offset);
}

// The offset is argument 3 in any case: of preadv and pwritev its two halves are, on every CPU.
int64_t At(Arguments& a, Transfer transfer, int64_t (*shape)(Arguments&, Transfer, Offset)) {
  const uint64_t offset = a.Wide(3);
  if (static_cast<int64_t>(offset) < 0) return -EINVAL;
  return shape(a, transfer, {true, offset});
}

// From one file's offset (`at`, advanced) to another file; through the bounce buffer.
Result<uint64_t> CopyBetween(proc::Process& process, File& from, uint64_t* at, File& to,
                             uint64_t bytes) {
  uint64_t done = 0;
  while (done < bytes) {
    const uint64_t left = bytes - done;
    const size_t part = left < proc::kBounceBytes ? left : proc::kBounceBytes;
    const Result<size_t> got = from.ReadAt(*at, process.bounce, part);
    if (!got.ok()) {
      if (done) return done;
      return got.error();
    }
    if (!got.value()) break;
    const Result<size_t> put = to.Write(process.bounce, got.value());
    if (!put.ok()) {
      if (put.error() == Errno(EPIPE)) proc::PostToSelf(SIGPIPE, proc::SignalInfo{});
      if (done) return done;
      return put.error();
    }
    *at += put.value();
    done += put.value();
    if (put.value() < got.value()) break;
  }
  return done;
}

// `UserOffset` is the type of the offset in memory.
template <class UserOffset>
int64_t Sendfile(Arguments& a) {
  const Result<vfs::FileRef> to = a.process.files.Get(a.Int(0));
  const Result<vfs::FileRef> from = a.process.files.Get(a.Int(1));
  if (!to.ok() || !from.ok()) return -EBADF;
  File& source = *from.value();
  if ((source.flags() & vfs::kOpenRead) == 0 || (to.value()->flags() & vfs::kOpenWrite) == 0) {
    return -EBADF;
  }
  if (IsStream(source.Stat())) return -EINVAL;
  uint64_t at = 0;
  if (a[2]) {
    UserOffset given = 0;
    const Error error = ReadUser(&given, a[2]);
    if (!base::Ok(error)) return Fail(error);
    if (given < 0) return -EINVAL;
    at = static_cast<uint64_t>(given);
  } else {
    const Result<uint64_t> now = source.Seek(0, vfs::Whence::kCurrent);
    if (!now.ok()) return Fail(now.error());
    at = now.value();
  }
  const uint64_t bytes = a[3] < kMostBytes ? a[3] : kMostBytes;
  const Result<uint64_t> done = CopyBetween(a.process, source, &at, *to.value(), bytes);
  if (!done.ok()) return FailAgain(a, done.error());
  if (a[2]) {
    const Error error = WriteUser(a[2], static_cast<UserOffset>(at));
    if (!base::Ok(error)) return Fail(error);
  } else {
    const Result<uint64_t> moved = source.Seek(static_cast<int64_t>(at), vfs::Whence::kSet);
    if (!moved.ok()) return Fail(moved.error());
  }
  return static_cast<int64_t>(done.value());
}

int64_t TruncateOpen(Arguments& a, int64_t bytes) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  if (bytes < 0) return -EINVAL;
  return Fail(file.value()->Truncate(static_cast<uint64_t>(bytes)));
}

int64_t TruncateAtPath(Arguments& a, int64_t bytes) {
  const Result<std::string_view> path = UserPath(a.process, a[0]);
  if (!path.ok()) return Fail(path.error());
  if (bytes < 0) return -EINVAL;
  const Result<vfs::NodeRef> node = vfs::Walk(a.process.context, path.value());
  if (!node.ok()) return Fail(node.error());
  const Error allowed = vfs::CheckAccess(a.process.context, *node.value(), vfs::kWrite);
  if (!base::Ok(allowed)) return Fail(allowed);
  return Fail(node.value()->Truncate(static_cast<uint64_t>(bytes)));
}

}  // namespace

int64_t SysRead(Arguments& a) { return Plain(a, ReadInto, {}); }
int64_t SysWrite(Arguments& a) { return Plain(a, WriteFrom, {}); }
int64_t SysReadv(Arguments& a) { return Vectored(a, ReadInto, {}); }
int64_t SysWritev(Arguments& a) { return Vectored(a, WriteFrom, {}); }
int64_t SysPread64(Arguments& a) { return At(a, ReadInto, Plain); }
int64_t SysPwrite64(Arguments& a) { return At(a, WriteFrom, Plain); }
int64_t SysPreadv(Arguments& a) { return At(a, ReadInto, Vectored); }
int64_t SysPwritev(Arguments& a) { return At(a, WriteFrom, Vectored); }

int64_t SysLseek(Arguments& a) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  if (a[2] > 2) return -EINVAL;
  const Result<uint64_t> at = file.value()->Seek(a.Long(1), static_cast<vfs::Whence>(a[2]));
  if (!at.ok()) return Fail(at.error());
  const auto result = static_cast<SignedWord>(at.value());
  return static_cast<uint64_t>(result) == at.value() ? result : -EOVERFLOW;
}

// (descriptor, high half, low half, where the result goes, whence)
int64_t SysLlseek(Arguments& a) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  if (a[4] > 2) return -EINVAL;
  const uint64_t offset = a[1] << 32 | static_cast<uint32_t>(a[2]);
  const Result<uint64_t> at =
      file.value()->Seek(static_cast<int64_t>(offset), static_cast<vfs::Whence>(a[4]));
  return at.ok() ? Fail(WriteUser(a[3], at.value())) : Fail(at.error());
}

int64_t SysSendfile(Arguments& a) { return Sendfile<SignedWord>(a); }
int64_t SysSendfile64(Arguments& a) { return Sendfile<int64_t>(a); }

int64_t SysFtruncate(Arguments& a) { return TruncateOpen(a, a.Long(1)); }
int64_t SysFtruncate64(Arguments& a) { return TruncateOpen(a, static_cast<int64_t>(a.Wide(1))); }
int64_t SysTruncate(Arguments& a) { return TruncateAtPath(a, a.Long(1)); }
int64_t SysTruncate64(Arguments& a) { return TruncateAtPath(a, static_cast<int64_t>(a.Wide(1))); }

int64_t SysFallocate(Arguments& a) {
  const Result<vfs::FileRef> file = a.process.files.Get(a.Int(0));
  if (!file.ok()) return Fail(file.error());
  if (a[1] != 0) return -EOPNOTSUPP;
  const auto start = static_cast<int64_t>(a.Wide(2));
  const auto length = static_cast<int64_t>(a.Wide(3, 1));
  int64_t end;
  if (start < 0 || length <= 0) return -EINVAL;
  if (__builtin_add_overflow(start, length, &end)) return -EFBIG;
  if (static_cast<uint64_t>(end) <= file.value()->Stat().size) return 0;
  return Fail(file.value()->Truncate(static_cast<uint64_t>(end)));
}

// Memory is all there is: nothing waits to be written.
int64_t SysSync(Arguments&) { return 0; }
int64_t SysFsync(Arguments& a) { return Fail(a.process.files.Get(a.Int(0)).error()); }
int64_t SysFdatasync(Arguments& a) { return SysFsync(a); }
int64_t SysFadvise64(Arguments& a) { return SysFsync(a); }

}  // namespace syscalls
