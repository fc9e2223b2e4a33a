// SPDX-License-Identifier: BSD-2-Clause
//
// rtld_shared's File over one file of the boot archive. The archive keeps data at multiples of
// four; what the ELF structures want at multiples of eight is copied into the arena when it is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stand/frame_arena.h"

namespace stand {

class ArchiveFile {
 public:
  ArchiveFile() = default;
  // `path` is absolute; path, data and arena outlive the file.
  ArchiveFile(std::string_view path, std::span<const std::byte> data, FrameArena& arena)
      : path_(path), data_(data), arena_(&arena) {}

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return data_.size(); }
  // All of it where it stands, of whatever alignment.
  std::span<const std::byte> data() const { return data_; }

  const std::byte* Bytes(uint64_t offset, uint64_t size) {
    if (offset > data_.size() || size > data_.size() - offset) return nullptr;
    const std::byte* bytes = data_.data() + offset;
    if (reinterpret_cast<uintptr_t>(data_.data()) % 8 == 0) return bytes;
    auto* copy = static_cast<std::byte*>(arena_->Allocate(size + 8, 8));
    if (copy == nullptr) return nullptr;
    copy += offset % 8;
    for (uint64_t i = 0; i < size; ++i) copy[i] = bytes[i];
    return copy;
  }

 private:
  std::string_view path_;
  std::span<const std::byte> data_;
  FrameArena* arena_ = nullptr;
};

}  // namespace stand
