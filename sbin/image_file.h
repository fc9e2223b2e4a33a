// SPDX-License-Identifier: BSD-2-Clause
//
// Images for the commands that look at modules without loading them: a file read into memory, and
// address space that is only a buffer. They stand for rtld_shared's seams (rtld_shared/seams/), so
// the linker runs here as in the kernel, on images of any CPU, and no instruction of them runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtld_shared/seams/loader.h"

namespace sbin {

// A whole file. Its bytes are aligned for any ELF structure.
class ImageFile {
 public:
  // nullptr and errno if it cannot be read.
  [[nodiscard]] static std::unique_ptr<ImageFile> Read(const std::string& path);

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return size_; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    if (offset > size_ || size > size_ - offset) return nullptr;
    return reinterpret_cast<const std::byte*>(words_.data()) + offset;
  }

 private:
  std::string path_;
  std::vector<uint64_t> words_;
  uint64_t size_ = 0;
};

// The heap, as rtld_shared wants it.
class HeapArena {
 public:
  void* Allocate(size_t size, size_t align) {
    return align <= alignof(std::max_align_t) ? malloc(size) : nullptr;
  }
  void Free(void* memory, size_t) { free(memory); }
};

// Puts images into buffers, one behind the other in an address space nobody has.
class BufferLoader {
 public:
  class Image {
   public:
    uint64_t Bias() const { return bias_; }
    std::byte* At(uint64_t vaddr, uint64_t size) const;
    uint64_t Reach(uint64_t vaddr) const;

   private:
    friend class BufferLoader;

    std::byte* bytes_ = nullptr;  // of link-time addresses from low_ on
    uint64_t low_ = 0;
    uint64_t bias_ = 0;
    std::vector<rtld::Segment> segments_;
  };

  [[nodiscard]] bool Reserve(const rtld::Reservation& reservation, Image& image);
  [[nodiscard]] bool Map(Image& image, const rtld::Segment& segment, ImageFile& file);
  [[nodiscard]] bool Protect(Image&, uint64_t, uint64_t, rtld::Protection) { return true; }
  void SyncCode(Image&, uint64_t, uint64_t) {}
  void Release(Image& image);

 private:
  uint64_t next_ = uint64_t{1} << 28;
};

// The ELF identification of a file: which CPU's Traits it is for.
struct Identity {
  uint8_t elf_class;
  uint8_t data;
  uint16_t machine;
};
[[nodiscard]] std::optional<Identity> IdentityOf(const ImageFile& file);

}  // namespace sbin
