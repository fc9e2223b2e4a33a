// SPDX-License-Identifier: BSD-2-Clause
//
// Seams for benchmarks: files in memory or mapped, images in host memory at the addresses that
// their words are relocated for, a finder with a table. Nothing that is loaded is ever run: no page
// of it is executable.

#pragma once

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/finder.h"
#include "rtld_shared/seams/loader.h"

namespace rtld::bench {

// Seconds that this thread has run: what other programs take of the processor is not in it.
[[nodiscard]] inline double ThreadSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

class HostFile {
 public:
  HostFile(std::string path, std::vector<std::byte> bytes)
      : path_(std::move(path)), owned_(std::move(bytes)), bytes_(owned_) {}
  // Bytes that somebody else mapped, and the descriptor to map more of them by.
  HostFile(std::string path, std::span<const std::byte> mapped, int descriptor)
      : path_(std::move(path)), bytes_(mapped), descriptor_(descriptor) {}

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return bytes_.size(); }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return nullptr;
    return bytes_.data() + offset;
  }
  int descriptor() const { return descriptor_; }  // -1: there is none

 private:
  std::string path_;
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
  int descriptor_ = -1;
};

// Counts calls: there must be none per symbol.
class HostArena {
 public:
  void* Allocate(size_t size, size_t align) {
    ++calls_;
    bytes_ += size;
    return std::aligned_alloc(align, (size + align - 1) / align * align);
  }
  void Free(void* memory, size_t size) {
    bytes_ -= size;
    std::free(memory);
  }
  size_t calls() const { return calls_; }
  size_t bytes() const { return bytes_; }

 private:
  size_t calls_ = 0;
  size_t bytes_ = 0;
};

class HostLoader {
 public:
  struct State {
    std::byte* mapping = nullptr;
    size_t mapped = 0;
    std::byte* low = nullptr;  // where the lowest link-time address is
    uint64_t vaddr = 0;        // which one that is
    std::vector<Segment> segments;
  };
  class Image {
   public:
    uint64_t Bias() const { return reinterpret_cast<uintptr_t>(state_->low) - state_->vaddr; }
    std::byte* At(uint64_t vaddr, uint64_t size) {
      for (const Segment& segment : state_->segments) {
        if (segment.Contains(vaddr, size)) return state_->low + (vaddr - state_->vaddr);
      }
      return nullptr;
    }
    uint64_t Reach(uint64_t vaddr) {
      for (const Segment& segment : state_->segments) {
        if (segment.Contains(vaddr, 0)) return segment.end() - vaddr;
      }
      return 0;
    }

   private:
    friend class HostLoader;
    State* state_ = nullptr;
  };

  bool Reserve(const Reservation& reservation, Image& image) {
    const uint64_t align = std::max<uint64_t>(reservation.align, kPage);
    const size_t bytes = reservation.size + align;
    void* mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return false;
    image.state_ = new State();
    image.state_->mapping = static_cast<std::byte*>(mapping);
    image.state_->mapped = bytes;
    image.state_->vaddr = reservation.vaddr;
    const uintptr_t from = reinterpret_cast<uintptr_t>(mapping);
    const uint64_t skew = (reservation.vaddr - from) & (align - 1);
    image.state_->low = image.state_->mapping + skew;
    return true;
  }

  // A mapped file's pages are mapped, those of a file in memory copied.
  bool Map(Image& image, const Segment& segment, HostFile& file) {
    State& state = *image.state_;
    state.segments.push_back(segment);
    std::byte* to = state.low + (segment.vaddr - state.vaddr);
    if (segment.filesz == 0) return true;
    if (file.descriptor() < 0) {
      std::memcpy(to, file.Bytes(segment.offset, segment.filesz), segment.filesz);
      return true;
    }
    const uint64_t before = segment.offset % kPage;
    if (mmap(to - before, segment.filesz + before, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
             file.descriptor(), static_cast<off_t>(segment.offset - before)) == MAP_FAILED) {
      return false;
    }
    std::byte* end = to + segment.filesz;
    const size_t rest = -reinterpret_cast<uintptr_t>(end) % kPage;
    if (segment.writable() && rest != 0) std::memset(end, 0, rest);
    return true;
  }

  bool Protect(Image& image, uint64_t vaddr, uint64_t size, Protection protection) {
    const bool writable =
        protection == Protection::kReadWrite || protection == Protection::kReadWriteExecute;
    return mprotect(image.state_->low + (vaddr - image.state_->vaddr), size,
                    writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0;
  }
  void SyncCode(Image&, uint64_t, uint64_t) {}
  void Release(Image& image) {
    munmap(image.state_->mapping, image.state_->mapped);
    delete std::exchange(image.state_, nullptr);
  }

 private:
  static constexpr uint64_t kPage = 4096;
};

template <arch::ElfArch A>
class TableFinder {
 public:
  Module<A>* Loaded(std::string_view) { return nullptr; }
  Found<HostFile> Search(std::string_view soname, const Module<A>&) {
    const auto found = files_.find(soname);
    return {.file = found == files_.end() ? nullptr : found->second};
  }
  // The first file of a name keeps it; the name is the caller's.
  void Add(std::string_view soname, HostFile& file) { files_.emplace(soname, &file); }

 private:
  std::unordered_map<std::string_view, HostFile*> files_;
};

// Errors are counted and, unless it is told to be quiet, printed.
class HostDiagnostics {
 public:
  explicit HostDiagnostics(bool quiet = false) : quiet_(quiet) {}

  bool Error(const Report& report) {
    ++errors_;
    if (quiet_) return false;
    std::string text;
    FormatReport(report, [&](std::string_view piece) { text += piece; });
    std::fprintf(stderr, "%s\n", text.c_str());
    return true;
  }
  void Warning(const Report&) {}
  size_t errors() const { return errors_; }

 private:
  bool quiet_;
  size_t errors_ = 0;
};

}  // namespace rtld::bench
