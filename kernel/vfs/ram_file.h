// SPDX-License-Identifier: BSD-2-Clause
//
// An open regular file or directory of any tree: reads, writes and lists through its node.
#pragma once

#include "kernel/vfs/file.h"

namespace vfs {

class RamFile final : public File {
 public:
  RamFile(NodeRef node, unsigned flags) : File(std::move(node), flags) {}

  base::Error ReadDirectory(DirectoryEntry* entry, char* name) override;

 private:
  void Destroy() override;
  bool Seekable() const override { return true; }
  base::Result<size_t> DoRead(uint64_t offset, void* to, size_t bytes) override {
    return node()->Read(offset, to, bytes);
  }
  base::Result<size_t> DoWrite(uint64_t offset, const void* from, size_t bytes) override {
    return node()->Write(offset, from, bytes);
  }
  base::Result<size_t> DoAppend(const void* from, size_t bytes, uint64_t* offset) override {
    return node()->Append(from, bytes, offset);
  }
};

}  // namespace vfs
