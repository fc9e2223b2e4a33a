// SPDX-License-Identifier: BSD-2-Clause
//
// A seam of each kind for tests on the host: files in buffers, an arena that fails on demand and
// counts, a loader whose address space is host memory with recorded protections, a finder with a
// table, and diagnostics that keep copies of reports.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <new>
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

namespace rtld::testing {

class BufferFile {
 public:
  BufferFile(std::string path, std::vector<std::byte> bytes)
      : path_(std::move(path)), bytes_(std::move(bytes)) {}

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return bytes_.size(); }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) return nullptr;
    return bytes_.data() + offset;
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::string path_;
  std::vector<std::byte> bytes_;
};

// Fails the allocation number `fail_at` (from 0) and all later ones. Every byte must come back.
class CountingArena {
 public:
  static constexpr size_t kNever = std::numeric_limits<size_t>::max();

  explicit CountingArena(size_t fail_at = kNever) : fail_at_(fail_at) {}

  void* Allocate(size_t size, size_t align) {
    if (made_ >= fail_at_) {
      ++refused_;
      return nullptr;
    }
    ++made_;
    void* memory = ::operator new(size, std::align_val_t(align));
    // Whoever reads what he did not write shall notice.
    std::memset(memory, 0xa5, size);
    live_[memory] = {size, align};
    return memory;
  }
  void Free(void* memory, size_t size) {
    const auto found = live_.find(memory);
    if (found == live_.end() || found->second.first != size) {
      ++bad_frees_;
      return;
    }
    ::operator delete(memory, std::align_val_t(found->second.second));
    live_.erase(found);
  }

  // From now on, the allocation number `fail_at` of all and later ones.
  void FailAt(size_t fail_at) { fail_at_ = fail_at; }

  size_t made() const { return made_; }
  size_t refused() const { return refused_; }
  size_t live() const { return live_.size(); }
  // Of all that is live.
  size_t bytes() const {
    size_t bytes = 0;
    for (const auto& [memory, what] : live_) bytes += what.first;
    return bytes;
  }
  size_t bad_frees() const { return bad_frees_; }
  ~CountingArena() {
    for (const auto& [memory, what] : live_)
      ::operator delete(memory, std::align_val_t(what.second));
  }
  CountingArena(const CountingArena&) = delete;
  CountingArena& operator=(const CountingArena&) = delete;

 private:
  size_t fail_at_;
  size_t made_ = 0;
  size_t refused_ = 0;
  size_t bad_frees_ = 0;
  std::map<void*, std::pair<size_t, size_t>> live_;
};

// A Report with its texts.
struct StoredReport {
  explicit StoredReport(const Report& report) : flat(report) {
    for (std::string_view* view : {&flat.image, &flat.needed_by, &flat.symbol, &flat.wanted,
                                   &flat.other, &flat.detail, &flat.type_name}) {
      texts.push_back(std::make_unique<std::string>(*view));
      *view = *texts.back();
    }
    for (const std::string_view name : report.list) list.emplace_back(name);
    for (const std::string_view name : report.searched) searched.emplace_back(name);
    flat.list = {};
    flat.searched = {};
    FormatReport(report, [this](std::string_view piece) { text += piece; });
  }

  Report flat;  // its lists are empty; the texts point here
  std::vector<std::string> list, searched;
  std::string text;
  std::vector<std::unique_ptr<std::string>> texts;
};

class Collector {
 public:
  // `limit`: after that many errors it wants no more.
  explicit Collector(size_t limit = std::numeric_limits<size_t>::max()) : limit_(limit) {}

  bool Error(const Report& report) {
    errors_.emplace_back(report);
    return errors_.size() < limit_;
  }
  void Warning(const Report& report) { warnings_.emplace_back(report); }

  const std::vector<StoredReport>& errors() const { return errors_; }
  const std::vector<StoredReport>& warnings() const { return warnings_; }
  std::string text() const {
    std::string all;
    for (const StoredReport& report : errors_) all += report.text + "\n";
    return all;
  }
  void Clear() {
    errors_.clear();
    warnings_.clear();
  }

 private:
  size_t limit_;
  std::vector<StoredReport> errors_, warnings_;
};

// The segments of one image in host memory; each is its own allocation, so that a sanitizer sees
// every access that leaves one.
class BufferMemory {
 public:
  struct Piece {
    Segment segment;
    std::vector<std::byte> bytes;
  };

  void Add(const Segment& segment) {
    pieces_.push_back({segment, {}});
    Fill(pieces_.back());
  }
  Piece* Find(uint64_t vaddr, uint64_t size) {
    for (Piece& piece : pieces_) {
      if (piece.segment.Contains(vaddr, size)) return &piece;
    }
    return nullptr;
  }
  std::byte* At(uint64_t vaddr, uint64_t size) {
    Piece* piece = Find(vaddr, size);
    return piece == nullptr ? nullptr
                            : piece->bytes.data() + Offset(*piece) + (vaddr - piece->segment.vaddr);
  }
  uint64_t Reach(uint64_t vaddr) {
    Piece* piece = Find(vaddr, 0);
    return piece == nullptr ? 0 : piece->segment.end() - vaddr;
  }
  std::vector<Piece>& pieces() { return pieces_; }

 private:
  // Keeps the alignment that the address has in its page.
  static size_t Offset(const Piece& piece) { return piece.segment.vaddr % 16; }
  static void Fill(Piece& piece) {
    piece.bytes.resize(Offset(piece) + static_cast<size_t>(piece.segment.memsz));
  }

  std::vector<Piece> pieces_;
};

// Loads the file's segments, as a loader would.
template <class F>
[[nodiscard]] bool FillFrom(BufferMemory& memory, F& file, const Segment& segment) {
  memory.Add(segment);
  const std::byte* bytes = file.Bytes(segment.offset, segment.filesz);
  std::byte* to = memory.At(segment.vaddr, segment.memsz);
  if (bytes == nullptr || to == nullptr) return false;
  if (segment.filesz != 0) std::memcpy(to, bytes, static_cast<size_t>(segment.filesz));
  return true;
}

class FakeLoader {
 public:
  struct State {
    std::string name;
    uint64_t bias = 0;
    BufferMemory memory;
    std::map<uint64_t, uint32_t> mapped;         // segments' flags by their addresses
    std::map<uint64_t, Protection> protections;  // by first page of each call, later calls win
    std::vector<uint64_t> synced;
    bool released = false;
  };
  class Image {
   public:
    uint64_t Bias() const { return state_->bias; }
    std::byte* At(uint64_t vaddr, uint64_t size) { return state_->memory.At(vaddr, size); }
    uint64_t Reach(uint64_t vaddr) { return state_->memory.Reach(vaddr); }
    State* state() const { return state_; }

   private:
    friend class FakeLoader;
    State* state_ = nullptr;
  };

  // Sizes and alignments come from files: no address space has room for all of them.
  static constexpr uint64_t kLargest = uint64_t{64} << 20;

  // Images get biases from `first` upwards; call number `fail_at` of all fallible ones fails.
  explicit FakeLoader(uint64_t first = 0x40000000, size_t fail_at = CountingArena::kNever)
      : next_(first), fail_at_(fail_at) {}

  bool Reserve(const Reservation& reservation, Image& image) {
    if (Fails() || reservation.size > largest_ || reservation.align > largest_) return false;
    auto state = std::make_unique<State>();
    state->name = std::string(reservation.name);
    if (const auto place = places_.find(state->name); place != places_.end()) {
      state->bias = place->second;
    } else {
      const uint64_t mask = reservation.align - 1;
      const uint64_t bias = (next_ - reservation.vaddr + mask) & ~mask;
      state->bias = reservation.fixed ? 0 : bias;
      next_ = bias + reservation.vaddr + reservation.size + 0x10000;
    }
    image.state_ = state.get();
    images_.push_back(std::move(state));
    return true;
  }
  bool Map(Image& image, const Segment& segment, BufferFile& file) {
    image.state_->mapped[segment.vaddr] = segment.flags;
    return !Fails() && FillFrom(image.state_->memory, file, segment);
  }
  bool Protect(Image& image, uint64_t vaddr, uint64_t size, Protection protection) {
    if (Fails() || size == 0) return false;
    image.state_->protections[vaddr] = protection;
    return true;
  }
  void SyncCode(Image& image, uint64_t vaddr, uint64_t) { image.state_->synced.push_back(vaddr); }
  void Release(Image& image) {
    bad_releases_ += image.state_->released;
    image.state_->released = true;
  }

  // The image reserved under that name gets this bias.
  void PlaceAt(const std::string& name, uint64_t bias) { places_[name] = bias; }
  // Images up to so many bytes have room.
  void MakeRoom(uint64_t largest) { largest_ = largest; }

  // An image that somebody else brought into memory.
  template <class F>
  Image Place(F& file, const LoadPlan& plan, uint64_t bias) {
    auto state = std::make_unique<State>();
    state->bias = bias;
    for (const Segment& segment : plan.segments) {
      if (!FillFrom(state->memory, file, segment)) return {};
    }
    Image image;
    image.state_ = state.get();
    images_.push_back(std::move(state));
    return image;
  }

  size_t live() const {
    return static_cast<size_t>(std::count_if(images_.begin(), images_.end(),
                                             [](const auto& state) { return !state->released; }));
  }
  size_t bad_releases() const { return bad_releases_; }
  size_t calls() const { return calls_; }

 private:
  bool Fails() { return calls_++ == fail_at_; }

  uint64_t next_;
  uint64_t largest_ = kLargest;
  size_t fail_at_;
  size_t calls_ = 0;
  size_t bad_releases_ = 0;
  std::map<std::string, uint64_t> places_;
  std::vector<std::unique_ptr<State>> images_;
};

template <arch::ElfArch A>
class FakeFinder {
 public:
  Module<A>* Loaded(std::string_view soname) {
    for (Module<A>* module : loaded_) {
      if (module->name == soname) return module;
    }
    return nullptr;
  }
  Found<BufferFile> Search(std::string_view soname, const Module<A>&) {
    searches_.emplace_back(soname);
    const auto found = files_.find(std::string(soname));
    if (found == files_.end()) return {.looked_in = looked_in_};
    return {.file = found->second};
  }
  std::span<Module<A>* const> AllLoaded() { return loaded_; }

  void AddFile(std::string soname, BufferFile& file) { files_[std::move(soname)] = &file; }
  void AddLoaded(Module<A>* module) { loaded_.push_back(module); }
  void SetSearched(std::vector<std::string_view> where) { looked_in_ = std::move(where); }
  const std::vector<std::string>& searches() const { return searches_; }

 private:
  std::map<std::string, BufferFile*> files_;
  std::vector<Module<A>*> loaded_;
  std::vector<std::string_view> looked_in_;
  std::vector<std::string> searches_;
};

}  // namespace rtld::testing
