// SPDX-License-Identifier: BSD-2-Clause
//
// An open file: what a file descriptor refers to (POSIX "open file description"). Counted; fork
// and dup share one. Buffers are the kernel's: the system-call layer copies from and to users.
//
// Read and Write use and advance the file's offset, under a lock of the file unless a module's code
// moves the bytes: then two at once may move the same ones. With kOpenAppend a Write goes behind the
// last byte: the file system finds the place and writes in one step, for there may be other files of
// the same node. ReadAt and WriteAt do not touch the offset. A stream (pipe, terminal, most devices)
// has none.
// Blocking operations end with EINTR when a signal is pending and nothing has been transferred.
#pragma once

#include <atomic>

#include "kernel/base/ref.h"
#include "kernel/base/result.h"
#include "kernel/sched/sync.h"
#include "kernel/vfs/node.h"
#include "kernel/vfs/types.h"

namespace vfs {

enum class Whence { kSet = 0, kCurrent = 1, kEnd = 2 };

class File {
 public:
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy();
  }

  unsigned flags() const { return flags_.load(std::memory_order_relaxed); }
  // Changes kOpenAppend and kOpenNonblock only.
  void SetStatusFlags(unsigned flags);
  bool Blocking() const { return (flags() & kOpenNonblock) == 0; }

  // The node it was opened from; null for a pipe(2).
  Node* node() const { return node_.get(); }
  virtual Attributes Stat();

  // EBADF when not open for it.
  base::Result<size_t> Read(void* to, size_t bytes);
  base::Result<size_t> Write(const void* from, size_t bytes);
  base::Result<size_t> ReadAt(uint64_t offset, void* to, size_t bytes);
  base::Result<size_t> WriteAt(uint64_t offset, const void* from, size_t bytes);
  base::Result<uint64_t> Seek(int64_t distance, Whence whence);
  base::Error Truncate(uint64_t bytes);

  // PollEvents that hold now. Whatever may change the answer calls PollNotify (kernel/vfs/poll.h).
  virtual unsigned Poll() { return kPollIn | kPollOut; }
  // `argument` is the user's third argument as it came: a value or a user address.
  virtual base::Result<int64_t> Ioctl(uint32_t command, uintptr_t argument);
  // Next entry of an open directory, "." and ".." first; ENOENT at the end. `name` as Node::Next.
  virtual base::Error ReadDirectory(DirectoryEntry* entry, char* name);
  // Where ReadDirectory stands; steps back with SetDirectoryPosition after an entry that did not
  // fit.
  uint64_t DirectoryPosition() const { return offset_; }
  void SetDirectoryPosition(uint64_t position) { offset_ = position; }
  // Called when a descriptor that refers to it is closed, before that descriptor's Release.
  virtual void DescriptorClosed() {}

 protected:
  File(NodeRef node, unsigned flags) : node_(std::move(node)), flags_(flags) {}
  ~File() = default;

  virtual void Destroy() = 0;
  virtual bool Seekable() const = 0;
  // DoRead and DoWrite call code of a module: no lock is held meanwhile.
  virtual bool RunsModuleCode() const { return false; }
  virtual base::Result<size_t> DoRead(uint64_t offset, void* to, size_t bytes) = 0;
  virtual base::Result<size_t> DoWrite(uint64_t offset, const void* from, size_t bytes) = 0;
  // At the end; sets `*offset` to where that was. As it is for files whose end does not move.
  virtual base::Result<size_t> DoAppend(const void* from, size_t bytes, uint64_t* offset);

  uint64_t offset_ = 0;

 private:
  // Moves bytes at the offset, or where `move` says that it moved them, and leaves it behind them.
  template <class Move>
  base::Result<size_t> MoveAtOffset(Move move);

  NodeRef node_;
  std::atomic<unsigned> flags_;
  std::atomic<uint32_t> references_{1};
  sched::Mutex offset_lock_;
};

using FileRef = base::Ref<File>;

}  // namespace vfs
