// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/file.h"

namespace ldso {

bool ImageFile::Open(intptr_t descriptor, std::string_view path) {
  path_ = path;
  descriptor_ = descriptor;
  FileStatus status;
  if (!StatusOf(descriptor, status) || !status.regular || status.size == 0) {
    Close();
    return false;
  }
  identity_ = status.identity;
  uintptr_t bytes = MapFile(status.size, descriptor);
  if (bytes == 0) {
    bytes = MapFresh(status.size, Access::kReadWrite);
    const std::span<char> room(reinterpret_cast<char*>(bytes), status.size);
    if (bytes != 0 && !ReadAt(descriptor, 0, room)) {
      Unmap(bytes, status.size);
      bytes = 0;
    }
  }
  if (bytes == 0) {
    Close();
    return false;
  }
  bytes_ = reinterpret_cast<const std::byte*>(bytes);
  size_ = status.size;
  return true;
}

void ImageFile::Close() {
  if (bytes_) Unmap(reinterpret_cast<uintptr_t>(bytes_), size_);
  if (descriptor_ >= 0) ldso::Close(descriptor_);
  bytes_ = nullptr;
  size_ = 0;
  descriptor_ = -1;
}

}  // namespace ldso
