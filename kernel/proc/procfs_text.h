// SPDX-License-Identifier: BSD-2-Clause
//
// The texts of /proc. Private to this room.
#pragma once

#include "kernel/base/format.h"
#include "kernel/base/result.h"
#include "kernel/base/vector.h"

namespace proc {

// Text that grows; remembers that memory ran out.
class TextBuilder {
 public:
  void Add(const char* format, ...) BASE_PRINTF(2, 3);
  void AddBytes(const char* bytes, size_t count);
  bool ok() const { return ok_; }
  const base::Vector<char>& text() const { return text_; }

 private:
  base::Vector<char> text_;
  bool ok_ = true;
};

enum class Entry : uint8_t {
  kRoot,
  kSelf,
  kMeminfo,
  kUptime,
  kLoadavg,
  kVersion,
  kStat,
  kMounts,
  kCpuinfo,
  kFilesystems,
  kProcess,  // a directory; what follows is in it
  kProcessStat,
  kProcessStatus,
  kProcessCmdline,
  kProcessComm,
  kProcessMaps,
  kProcessExe,
};

// The text of an entry (of process `pid`): ENOENT when the process is gone, ENOMEM.
base::Error WriteText(Entry entry, int32_t pid, TextBuilder& out);

}  // namespace proc
