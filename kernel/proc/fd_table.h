// SPDX-License-Identifier: BSD-2-Clause
//
// A process's file descriptors. Used by its one thread only; others look at it while the process
// cannot run (fork of itself, exit).
#pragma once

#include <cstdint>

#include "kernel/base/vector.h"
#include "kernel/vfs/file.h"

namespace proc {

inline constexpr int kMaxDescriptors = 1024;

class FdTable {
 public:
  FdTable() = default;
  ~FdTable() { CloseAll(); }
  FdTable(const FdTable&) = delete;
  FdTable& operator=(const FdTable&) = delete;

  // EBADF.
  base::Result<vfs::FileRef> Get(int descriptor) const;
  // Puts `file` at the lowest free descriptor from `from` on. EMFILE, ENOMEM.
  base::Result<int> Add(vfs::FileRef file, bool close_on_exec, int from = 0);
  // Puts it exactly there, closing what was. EBADF when out of range, ENOMEM.
  base::Error Set(int descriptor, vfs::FileRef file, bool close_on_exec);
  base::Error Close(int descriptor);
  base::Result<bool> CloseOnExec(int descriptor) const;
  base::Error SetCloseOnExec(int descriptor, bool on);

  void CloseAll();
  void CloseForExec();
  // Shares all of `from`'s files. ENOMEM.
  base::Error CopyFrom(const FdTable& from);

  void SetLimit(int limit) { limit_ = limit < kMaxDescriptors ? limit : kMaxDescriptors; }
  int limit() const { return limit_; }
  // One more than the highest descriptor in use.
  int End() const { return static_cast<int>(slots_.size()); }

 private:
  struct Slot {
    vfs::File* file = nullptr;  // counted
    bool close_on_exec = false;
  };
  bool Used(int descriptor) const {
    return descriptor >= 0 && descriptor < End() && slots_[descriptor].file;
  }
  void Clear(int descriptor);

  base::Vector<Slot> slots_;
  int limit_ = kMaxDescriptors;
};

}  // namespace proc
