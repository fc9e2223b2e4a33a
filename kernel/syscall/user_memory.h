// SPDX-License-Identifier: BSD-2-Clause
//
// The user's side of arguments: structures, paths, vectors of buffers. Everything goes through
// mm::CopyIn and CopyOut; lengths are bounded here.
#pragma once

#include <span>
#include <string_view>
#include <type_traits>

#include "kernel/base/result.h"
#include "kernel/mm/address_space.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/words.h"
#include "kernel/vfs/path.h"

namespace syscalls {

template <class T>
base::Error ReadUser(T* to, uint64_t from) {
  static_assert(std::is_trivially_copyable_v<T>);
  return mm::CopyIn(to, from, sizeof(T));
}

template <class T>
base::Error WriteUser(uint64_t to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return mm::CopyOut(to, &value, sizeof(T));
}

// A path argument, in a part of the process's bounce buffer: slots 0 and 1 for calls with two. Gone
// with the next call that uses the slot. ENAMETOOLONG, EFAULT.
base::Result<std::string_view> UserPath(proc::Process& process, uint64_t address,
                                        unsigned slot = 0);

// AT_ flags of calls with a path; two have one number, for no call has both.
inline constexpr uint64_t kNoFollow = 0x100;
inline constexpr uint64_t kEffectiveIds = 0x200;
inline constexpr uint64_t kRemoveDirectory = 0x200;
inline constexpr uint64_t kSymlinkFollow = 0x400;
inline constexpr uint64_t kEmptyPath = 0x1000;

// Where a relative path starts: the open directory `descriptor`, or null for AT_FDCWD and absolute
// paths. EBADF, ENOTDIR.
inline constexpr int32_t kAtCwd = -100;
base::Result<vfs::NodeRef> StartOf(proc::Process& process, int32_t descriptor,
                                   std::string_view path);

// One buffer or a struct iovec[] of the user, taken from front to back.
class UserBuffers {
 public:
  UserBuffers(Word address, Word bytes);
  // EINVAL for more than 1024 buffers or more bytes than a call may move, EFAULT.
  static base::Result<UserBuffers> Vector(uint64_t address, uint64_t count);
  UserBuffers() = default;

  // At most this much in all.
  uint64_t total() const { return total_; }
  // The next min(bytes, what is left) bytes; how many there were. Stops before what faults; EFAULT
  // only when nothing could be copied.
  base::Result<size_t> Gather(void* to, size_t bytes);
  base::Result<size_t> Scatter(const void* from, size_t bytes);

 private:
  struct Piece {  // struct iovec
    Word address;
    Word bytes;
  };
  base::Error Advance();
  template <class Copy>
  base::Result<size_t> Move(size_t bytes, Copy copy);

  Piece now_{0, 0};
  uint64_t vector_ = 0;  // the following pieces, in user memory
  uint64_t pieces_left_ = 0;
  uint64_t total_ = 0;
};

inline constexpr uint64_t kMostBytes = 0x7ffff000;  // Linux: MAX_RW_COUNT

}  // namespace syscalls
