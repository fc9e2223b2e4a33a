// SPDX-License-Identifier: BSD-2-Clause
//
// Seams that watch: every buffer is an allocation of its exact size, so that AddressSanitizer sees
// one byte beyond; every call is a step of a Meter, which ends the program when there are more than
// the input's size accounts for; and all that was given out must come back.
//
// A broken property ends the program at once: that is how libFuzzer is told.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtld_shared/decode/load_plan.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/seams/finder.h"
#include "rtld_shared/seams/loader.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RTLD_FUZZ_WITH_ASAN 1
#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>
#endif
#endif

namespace rtld::fuzz {

[[noreturn, gnu::cold, gnu::noinline]] inline void Broken(const char* property) {
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}
inline void Require(bool holds, const char* property) {
  if (!holds) [[unlikely]] {
    Broken(property);
  }
}

// Work is bounded by the input's size: no honest table has entries of less than two bytes, no entry
// takes more than a few calls, and an image is read twice (from the file and where it is mapped).
class Meter {
 public:
  static constexpr uint64_t kStepsPerByte = 8;
  static constexpr uint64_t kSteps = 10000;

  explicit Meter(uint64_t bytes) : left_(kSteps + kStepsPerByte * bytes) {}
  void Step() { Require(left_-- != 0, "work is bounded by the input's size"); }

 private:
  uint64_t left_;
};

// A copy of exactly so many bytes, at an address as good as `vaddr` modulo 16.
class Buffer {
 public:
  Buffer() = default;
  Buffer(uint64_t vaddr, size_t size) : skip_(static_cast<size_t>(vaddr % 16)), size_(size) {
    memory_.reset(static_cast<std::byte*>(std::calloc(skip_ + size_ + (size_ == 0), 1)));
#ifdef RTLD_FUZZ_WITH_ASAN
    __asan_poison_memory_region(memory_.get(), skip_);
#endif
  }
  explicit Buffer(std::span<const uint8_t> bytes) : Buffer(0, bytes.size()) {
    if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
  }
  [[nodiscard]] std::byte* data() const { return memory_.get() + skip_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  size_t skip_ = 0;
  size_t size_ = 0;
};

class FuzzFile {
 public:
  FuzzFile(std::string_view path, std::span<const uint8_t> bytes, Meter& meter)
      : path_(path), buffer_(bytes), meter_(meter) {}

  [[nodiscard]] std::string_view Path() const { return path_; }
  [[nodiscard]] uint64_t Size() const { return buffer_.size(); }
  [[nodiscard]] const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    meter_.Step();
    if (offset > buffer_.size() || size > buffer_.size() - offset) return nullptr;
    return buffer_.data() + offset;
  }

 private:
  std::string_view path_;
  Buffer buffer_;
  Meter& meter_;
};

// Fails allocation number `fail_at`, from 1, and all later ones; never with 0.
class FuzzArena {
 public:
  FuzzArena(Meter& meter, size_t fail_at) : meter_(meter), fail_at_(fail_at) {}
  FuzzArena(const FuzzArena&) = delete;
  FuzzArena& operator=(const FuzzArena&) = delete;

  void* Allocate(size_t size, size_t align) {
    meter_.Step();
    Require(size != 0 && align <= alignof(std::max_align_t), "the arena is asked for something");
    if (++calls_ >= fail_at_ && fail_at_ != 0) return nullptr;
    ++live_;
    return std::malloc(size);
  }
  void Free(void* memory, [[maybe_unused]] size_t size) {
    meter_.Step();
#ifdef RTLD_FUZZ_WITH_ASAN
    Require(
        __sanitizer_get_ownership(memory) != 0 && __sanitizer_get_allocated_size(memory) == size,
        "the arena gets back what it gave");
#endif
    --live_;
    std::free(memory);
  }
  [[nodiscard]] size_t live() const { return live_; }

 private:
  Meter& meter_;
  size_t fail_at_;
  size_t calls_ = 0;
  size_t live_ = 0;
};

// Reads every text of a report, as a client would that prints it. Wants no more errors after
// `limit`.
class FuzzDiagnostics {
 public:
  FuzzDiagnostics(Meter& meter, size_t limit) : meter_(meter), limit_(limit) {}

  bool Error(const Report& report) {
    Require(FailureOf(report.error) != Failure::kNone, "an error is of a class of failures");
    Tell(report);
    return ++errors_ < limit_;
  }
  void Warning(const Report& report) {
    Require(FailureOf(report.error) == Failure::kNone, "a warning is of no class of failures");
    Tell(report);
  }
  [[nodiscard]] size_t errors() const { return errors_; }

  // Failure implies a report and success implies none, since `before` errors were told.
  void Expect(bool succeeded, size_t before) const {
    Require(succeeded || errors_ > before, "failure implies a report");
    Require(!succeeded || errors_ == before, "a report implies failure");
  }

 private:
  void Tell(const Report& report) {
    meter_.Step();
    uint32_t sum = 0;
    bool any = false;
    FormatReport(report, [&](std::string_view text) {
      for (const char c : text) sum = sum * 31 + static_cast<uint8_t>(c);
      any = any || !text.empty();
    });
    sum_ = sum_ + sum;
    Require(any, "a report has a text");
  }

  Meter& meter_;
  size_t limit_;
  size_t errors_ = 0;
  volatile uint32_t sum_ = 0;  // so that no read is left out
};

// Host memory for images: each segment a buffer of its own.
class FuzzLoader {
 public:
  struct State {
    uint64_t bias = 0, low = 0, high = 0;
    bool released = false;
    const FuzzFile* file = nullptr;
    std::vector<std::pair<Segment, Buffer>> segments;

    struct Protected {
      uint64_t begin, end;
      Protection protection;
    };
    std::vector<Protected> protections;  // in the order of the calls: the last one counts

    // Whether all of the page at vaddr is protected like that now.
    [[nodiscard]] bool Is(uint64_t vaddr, Protection protection) const {
      for (size_t i = protections.size(); i-- > 0;) {
        const Protected& one = protections[i];
        if (vaddr >= one.begin && vaddr < one.end) return one.protection == protection;
      }
      return false;
    }
  };
  class Image {
   public:
    [[nodiscard]] uint64_t Bias() const { return state_->bias; }
    [[nodiscard]] std::byte* At(uint64_t vaddr, uint64_t size) const {
      loader_->meter_.Step();
      Require(!state_->released, "no access to what was given back");
      for (const auto& [segment, buffer] : state_->segments) {
        if (segment.Contains(vaddr, size)) return buffer.data() + (vaddr - segment.vaddr);
      }
      return nullptr;
    }
    [[nodiscard]] uint64_t Reach(uint64_t vaddr) const {
      loader_->meter_.Step();
      for (const auto& [segment, buffer] : state_->segments) {
        if (segment.Contains(vaddr, 0)) return segment.end() - vaddr;
      }
      return 0;
    }
    [[nodiscard]] const State* state() const { return state_; }

   private:
    friend class FuzzLoader;
    FuzzLoader* loader_ = nullptr;
    State* state_ = nullptr;
  };

  // No address space has room for every size that a file can state, and no time is to be lost with
  // zeros.
  static constexpr uint64_t kLargest = uint64_t{1} << 20;
  static constexpr uint64_t kLargestSegment = uint64_t{1} << 16;

  // Fallible call number `fail_at`, from 1, fails; none with 0. `high`: no byte of an address is zero.
  FuzzLoader(Meter& meter, size_t fail_at, bool writable_code, bool high)
      : meter_(meter),
        fail_at_(fail_at),
        writable_code_(writable_code),
        next_(high ? 0xffffffff91a50000 : 0x40000000) {}
  FuzzLoader(const FuzzLoader&) = delete;
  FuzzLoader& operator=(const FuzzLoader&) = delete;

  bool Reserve(const Reservation& reservation, Image& image) {
    Require(reservation.size != 0 && (reservation.align & (reservation.align - 1)) == 0,
            "a reservation has a size, and a power of two for its alignment");
    if (Fails() || reservation.size > kLargest || reservation.align > kLargest) return false;
    auto state = std::make_unique<State>();
    const uint64_t mask = reservation.align - 1;
    const uint64_t bias = (next_ - reservation.vaddr + mask) & ~mask;
    state->bias = reservation.fixed ? 0 : bias;
    state->low = reservation.vaddr;
    state->high = reservation.vaddr + reservation.size;
    next_ = bias + reservation.vaddr + reservation.size + 0x10000;
    image.loader_ = this;
    image.state_ = state.get();
    images_.push_back(std::move(state));
    return true;
  }
  bool Map(Image& image, const Segment& segment, FuzzFile& file) {
    State& state = *image.state_;
    Require(segment.vaddr >= state.low && segment.end() <= state.high,
            "segments lie in the image's reservation");
    if (Fails() || segment.memsz > kLargestSegment) return false;
    const std::byte* bytes = file.Bytes(segment.offset, segment.filesz);
    Require(bytes != nullptr && segment.filesz <= segment.memsz, "segments lie in the file");
    Buffer buffer(segment.vaddr, static_cast<size_t>(segment.memsz));
    if (segment.filesz != 0) {
      std::memcpy(buffer.data(), bytes, static_cast<size_t>(segment.filesz));
    }
    state.file = &file;
    state.segments.emplace_back(segment, std::move(buffer));
    return true;
  }
  bool Protect(Image& image, uint64_t vaddr, uint64_t size, Protection protection) {
    State& state = *image.state_;
    Require(vaddr >= state.low && vaddr <= state.high && size <= state.high - vaddr,
            "protections stay within the image");
    Require(protection != Protection::kReadWriteExecute || writable_code_,
            "nothing is writable and executable");
    if (Fails()) return false;
    state.protections.push_back({vaddr, vaddr + size, protection});
    return true;
  }
  void SyncCode(Image&, uint64_t, uint64_t) { meter_.Step(); }
  void Release(Image& image) {
    meter_.Step();
    Require(image.state_ != nullptr && !image.state_->released, "an image is released once");
    CheckUntouched(*image.state_);
    image.state_->segments.clear();
    image.state_->released = true;
  }

  // As a client has it that keeps what it linked; `reads_linked` false: as without this.
  template <class Module>
  [[nodiscard]] const std::byte* Linked(const Module& module, uint64_t vaddr, uint64_t size) {
    meter_.Step();
    if (!reads_linked) return nullptr;
    for (const auto& state : images_) {
      if (state->released || state->bias != module.bias || state->low != module.plan.low) continue;
      for (const auto& [segment, buffer] : state->segments) {
        if (segment.Contains(vaddr, size)) return buffer.data() + (vaddr - segment.vaddr);
      }
    }
    return nullptr;
  }
  bool reads_linked = false;

  [[nodiscard]] bool all_released() const {
    for (const auto& state : images_) {
      if (!state->released) return false;
    }
    return true;
  }

 private:
  bool Fails() {
    meter_.Step();
    return ++calls_ == fail_at_;
  }

  // Relocations write nowhere but into what was mapped to be written.
  void CheckUntouched(const State& state) const {
    for (const auto& [segment, buffer] : state.segments) {
      if (segment.writable()) continue;
      const size_t size = static_cast<size_t>(segment.filesz);
      const std::byte* bytes = state.file->Bytes(segment.offset, size);
      static constexpr std::byte kZeros[kLargestSegment] = {};
      Require((size == 0 || std::memcmp(buffer.data(), bytes, size) == 0) &&
                  std::memcmp(buffer.data() + size, kZeros, buffer.size() - size) == 0,
              "what is not writable is not written");
    }
  }

  Meter& meter_;
  size_t fail_at_;
  bool writable_code_;
  size_t calls_ = 0;
  uint64_t next_;
  std::vector<std::unique_ptr<State>> images_;
};

// One file that is found under most names, and the root's own under names that begin with 'r'.
template <arch::ElfArch A>
class FuzzFinder {
 public:
  explicit FuzzFinder(Meter& meter) : meter_(meter) {}

  Module<A>* Loaded(std::string_view soname) {
    meter_.Step();
    for (Module<A>* module : loaded) {
      if (module->name == soname) return module;
    }
    return nullptr;
  }
  Found<FuzzFile> Search(std::string_view soname, const Module<A>& requester) {
    meter_.Step();
    Require(!soname.empty() && !requester.path.empty(), "who is searched for has a name");
    FuzzFile* file = soname[0] == 'r' ? root : soname[0] == 'x' ? nullptr : dependency;
    if (file != nullptr) return {.file = file};
    return {.looked_in = looked_in_};
  }
  std::span<Module<A>* const> AllLoaded() { return loaded; }

  FuzzFile* root = nullptr;
  FuzzFile* dependency = nullptr;
  std::vector<Module<A>*> loaded;

 private:
  static constexpr std::string_view kLookedIn[] = {"/m", "/lib"};

  Meter& meter_;
  std::span<const std::string_view> looked_in_ = kLookedIn;
};

}  // namespace rtld::fuzz
