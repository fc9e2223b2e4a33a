// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/ram_file.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/vfs/ramfs.h"

namespace vfs {

base::Result<FileRef> OpenListing(NodeRef node, unsigned flags) {
  RamFile* file = base::New<RamFile>(std::move(node), flags);
  if (!file) return base::Errno(ENOMEM);
  return FileRef::Adopt(file);
}

void RamFile::Destroy() { base::Delete(this); }

// Positions 0 and 1 are "." and ".."; the node's own positions follow, shifted by one (the node
// counts from 1, and after ".." the position is 2).
base::Error RamFile::ReadDirectory(DirectoryEntry* entry, char* name) {
  Node& directory = *node();
  if (directory.Stat().kind != Kind::kDirectory) return base::Errno(ENOTDIR);
  if (offset_ < 2) {
    const bool self = offset_ == 0;
    const NodeRef shown = self ? NodeRef::Share(&directory) : directory.Parent();
    const size_t length = self ? 1 : 2;
    std::memcpy(name, "..", length);
    *entry = {{name, length}, shown->Stat().inode, Kind::kDirectory};
    ++offset_;
    return base::Error::kOk;
  }
  uint64_t cursor = offset_ - 2;
  if (!directory.Next(&cursor, entry, name)) return base::Errno(ENOENT);
  offset_ = cursor + 2;
  return base::Error::kOk;
}

}  // namespace vfs
