// SPDX-License-Identifier: BSD-2-Clause
//
// A library or program on its way in (rtld_shared/seams/file.h). The whole file is in memory while
// its headers are read: mapped where the file system can, else read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libexec/ld.elf_so/search.h"
#include "libexec/ld.elf_so/system.h"

namespace ldso {

class ImageFile {
 public:
  ImageFile() = default;

  // Takes the descriptor in any case. `path` lives as long as the ImageFile. False if it is not a
  // regular file, or could not be read.
  [[nodiscard]] bool Open(intptr_t descriptor, std::string_view path);
  // Gives back descriptor and bytes; Path() and identity() stay.
  void Close();

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return size_; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    if (offset > size_ || size > size_ - offset) return nullptr;
    return bytes_ + offset;
  }

  intptr_t descriptor() const { return descriptor_; }
  const FileIdentity& identity() const { return identity_; }

 private:
  std::string_view path_;
  FileIdentity identity_;
  intptr_t descriptor_ = -1;
  const std::byte* bytes_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace ldso
