// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscall/user_memory.h"

#include "kernel/kpi/errno.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kMostPieces = 1024;  // UIO_MAXIOV

}  // namespace

Result<std::string_view> UserPath(proc::Process& process, uint64_t address, unsigned slot) {
  char* const buffer = process.bounce + slot * vfs::kPathMax;
  static_assert(2 * vfs::kPathMax <= proc::kBounceBytes);
  const Result<size_t> length = mm::CopyInString(buffer, address, vfs::kPathMax);
  if (!length.ok()) return length.error();
  return std::string_view(buffer, length.value());
}

Result<vfs::NodeRef> StartOf(proc::Process& process, int32_t descriptor, std::string_view path) {
  if (descriptor == kAtCwd || path.starts_with('/')) return vfs::NodeRef();
  const Result<vfs::FileRef> file = process.files.Get(descriptor);
  if (!file.ok()) return file.error();
  vfs::Node* const node = file.value()->node();
  if (!node) return Errno(ENOTDIR);
  if (!path.empty() && node->Stat().kind != vfs::Kind::kDirectory) return Errno(ENOTDIR);
  return vfs::NodeRef::Share(node);
}

UserBuffers::UserBuffers(Word address, Word bytes)
    : now_{address, bytes < kMostBytes ? bytes : static_cast<Word>(kMostBytes)},
      total_(now_.bytes) {}

Result<UserBuffers> UserBuffers::Vector(uint64_t address, uint64_t count) {
  if (count > kMostPieces) return Errno(EINVAL);
  UserBuffers result;
  result.vector_ = address;
  result.pieces_left_ = count;
  for (uint64_t i = 0; i < count; ++i) {
    Piece piece;
    const Error error = ReadUser(&piece, address + i * sizeof(Piece));
    if (!base::Ok(error)) return error;
    if (piece.bytes > kMostBytes - result.total_) return Errno(EINVAL);
    result.total_ += piece.bytes;
  }
  return result;
}

// To the next piece that is not empty; its bytes stay 0 at the end.
Error UserBuffers::Advance() {
  while (!now_.bytes && pieces_left_) {
    const Error error = ReadUser(&now_, vector_);
    if (!base::Ok(error)) return error;
    // It may have been changed since it was summed up.
    if (now_.bytes > kMostBytes) return Errno(EINVAL);
    vector_ += sizeof(Piece);
    --pieces_left_;
  }
  return Error::kOk;
}

template <class Copy>
Result<size_t> UserBuffers::Move(size_t bytes, Copy copy) {
  size_t done = 0;
  while (done < bytes) {
    Error error = Advance();
    if (base::Ok(error) && !now_.bytes) break;
    const size_t part = now_.bytes < bytes - done ? now_.bytes : bytes - done;
    if (base::Ok(error)) error = copy(now_.address, done, part);
    if (!base::Ok(error)) {
      if (done) return done;
      return error;
    }
    now_.address += part;
    now_.bytes -= part;
    done += part;
  }
  return done;
}

Result<size_t> UserBuffers::Gather(void* to, size_t bytes) {
  return Move(bytes, [to](uint64_t address, size_t at, size_t part) {
    return mm::CopyIn(static_cast<char*>(to) + at, address, part);
  });
}

Result<size_t> UserBuffers::Scatter(const void* from, size_t bytes) {
  return Move(bytes, [from](uint64_t address, size_t at, size_t part) {
    return mm::CopyOut(address, static_cast<const char*>(from) + at, part);
  });
}

}  // namespace syscalls
