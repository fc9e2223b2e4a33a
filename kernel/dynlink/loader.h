// SPDX-License-Identifier: BSD-2-Clause
//
// The Loader seam of rtld_shared (rtld_shared/seams/loader.h) over the host: images get one
// reservation near the kernel, and each segment its own pages. Counts address space and memory for
// kld_counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "kernel/dynlink/memory.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/seams/loader.h"

namespace kld {

// A file's contents, read once: what was planned is what is linked, whoever writes to the file.
class Contents {
 public:
  // Opens and reads it with the calling thread's eyes. An error number of host.h, or ENOMEM.
  [[nodiscard]] static int Read(const char* path, Owned<Contents>& out);
  // Of a file that somebody else keeps in memory, at whatever address.
  [[nodiscard]] static int Borrow(std::string_view path, const void* bytes, size_t size,
                                  Owned<Contents>& out);
  ~Contents();

  std::string_view Path() const { return path_.view(); }
  uint64_t Size() const { return size_; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    return offset <= size_ && size <= size_ - offset ? bytes_ + offset : nullptr;
  }

 private:
  Text path_;
  const std::byte* bytes_ = nullptr;
  size_t size_ = 0;
  bool borrowed_ = false;
};

// A table of `T`s in a file. Entries are copied out: a boot file stands at a multiple of 4
// (kernel/dynamic/handoff.h), and most structures of 64-bit images want 8.
template <class T>
class FileTable {
 public:
  FileTable() = default;
  FileTable(const void* entries, size_t size)
      : bytes_(static_cast<const std::byte*>(entries)), size_(size) {}
  // Empty when the bytes are not all in the file or no whole number of entries.
  FileTable(const Contents& file, uint64_t offset, uint64_t bytes) {
    if (bytes % sizeof(T) != 0) return;
    bytes_ = file.Bytes(offset, bytes);
    if (bytes_ != nullptr) size_ = static_cast<size_t>(bytes / sizeof(T));
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T operator[](size_t i) const {
    T entry;
    std::memcpy(&entry, bytes_ + i * sizeof(T), sizeof(T));
    return entry;
  }

 private:
  const std::byte* bytes_ = nullptr;
  size_t size_ = 0;
};

// Two independent 64-bit sums over the contents: whether two files are the same one.
struct Digest {
  uint64_t first = 0;
  uint64_t second = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};
Digest DigestOf(const Contents& contents);

class ModuleLoader {
 public:
  static constexpr size_t kMaxSegments = 16;

  // Handle to one reserved range; plain data.
  class Image {
   public:
    uint64_t Bias() const { return bias_; }
    std::byte* At(uint64_t vaddr, uint64_t size) const;
    uint64_t Reach(uint64_t vaddr) const;

    uintptr_t start() const { return start_; }
    size_t size() const { return size_; }
    size_t resident() const;  // bytes mapped now

   private:
    friend class ModuleLoader;
    struct Mapped {
      uint64_t vaddr;
      uint64_t memsz;
      uintptr_t start;  // pages, run-time
      size_t bytes;     // 0: given back
      bool init_only;
    };
    uint64_t bias_ = 0;
    uintptr_t start_ = 0;
    size_t size_ = 0;
    size_t count_ = 0;
    bool pinned_ = false;  // never given back: the kernel itself
    Mapped mapped_[kMaxSegments] = {};
  };

  // Prefers addresses near `near` (0 = anywhere).
  explicit ModuleLoader(uintptr_t near) : near_(near) {}

  [[nodiscard]] bool Reserve(const rtld::Reservation& reservation, Image& image);
  [[nodiscard]] bool Map(Image& image, const rtld::Segment& segment, Contents& file);
  [[nodiscard]] bool Protect(Image& image, uint64_t vaddr, uint64_t size,
                             rtld::Protection protection);
  void SyncCode(Image& image, uint64_t vaddr, uint64_t size);
  void Release(Image& image);
  // Of an image that was linked before.
  template <class Module>
  [[nodiscard]] static const std::byte* Linked(const Module& module, uint64_t vaddr,
                                               uint64_t size) {
    return rtld::BytesInPlace(module, vaddr, size);
  }

  // Unmaps the segments that are needed only until the load handlers have run.
  static void ReleaseInitOnly(Image& image);
  // An image that the boot loader put in place. `pinned`: the kernel, whose memory is never given
  // back; others leave like those that were loaded here.
  static Image Adopt(uint64_t bias, uintptr_t start, size_t size, bool pinned);
  // From now on the image is the linker's: it counts, and Release gives it back.
  static void TakeOver(const Image& image);
  // One segment of an adopted image.
  [[nodiscard]] static bool AdoptSegment(Image& image, const rtld::Segment& segment);

 private:
  uintptr_t near_;
};

struct SpaceCounts {
  uint64_t reserved_bytes = 0;
  uint64_t mapped_bytes = 0;
};
SpaceCounts CountSpace();

}  // namespace kld
