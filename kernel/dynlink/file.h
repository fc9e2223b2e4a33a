// SPDX-License-Identifier: BSD-2-Clause
//
// The record of one file: the kernel (id 1) or a module file. Made by the linker thread, which
// alone changes it but where a member says otherwise; readers meet it through a Snapshot
// (published.h) and read only what is constant once published or atomic.
//
//     LOADING --> LIVE <--> QUIESCING --> UNLOADING --> gone
//        |           (veto, busy)            |
//        +-----> gone                        +--> DEAD --> gone     (something was left behind)
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/link.h"
#include "kernel/dynlink/loader.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/module.h"
#include "kernel/dynlink/owner.h"
#include "kernel/dynlink/plist.h"
#include "kernel/kpi/kld_abi.h"
#include "kernel/ksyms/symbol_table.h"

namespace kld {

class Transaction;

enum class State : uint8_t {
  kLoading = KLD_LOADING,
  kLive = KLD_LIVE,
  kQuiescing = KLD_QUIESCING,
  kUnloading = KLD_UNLOADING,
  kDead = KLD_DEAD,
};

// What a transaction decides for a file before it ends.
enum class Fate : uint8_t { kLive, kGone, kDead };

// Who may come in, and how many are inside: one word, so that closing and counting cannot miss one
// another; of the size that every CPU changes in one step.
class Gate {
 public:
  enum Position : uintptr_t { kClosed = 0, kInternal = 1, kOpen = 2 };  // kInternal: while LOADING

  [[nodiscard]] bool Enter(Position at_least) {
    uintptr_t word = word_.load(std::memory_order_relaxed);
    do {
      if ((word & kPositionMask) < at_least) return false;
    } while (!word_.compare_exchange_weak(word, word + kOne, std::memory_order_acquire));
    return true;
  }
  void Leave() { word_.fetch_sub(kOne, std::memory_order_release); }
  void Set(Position position) {
    uintptr_t word = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(word, (word & ~kPositionMask) | position,
                                        std::memory_order_acq_rel)) {
    }
  }
  uintptr_t inside() const { return word_.load(std::memory_order_acquire) >> kShift; }

 private:
  static constexpr unsigned kShift = 2;
  static constexpr uintptr_t kOne = 1 << kShift;
  static constexpr uintptr_t kPositionMask = kOne - 1;

  std::atomic<uintptr_t> word_{kInternal};
};

class File {
 public:
  static constexpr int kKernelId = 1;

  File() = default;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_kernel() const { return id == kKernelId; }
  State state() const { return state_.load(std::memory_order_acquire); }
  void set_state(State state) { state_.store(state, std::memory_order_release); }
  // May be found and needed.
  bool visible() const { return state() == State::kLive || state() == State::kQuiescing; }

  uintptr_t start() const { return start_; }
  uintptr_t end() const { return start_ + size_; }
  void SetRange(uintptr_t start, size_t size) {
    start_ = start;
    size_ = size;
  }
  // Where a link-time address of the image is now.
  uintptr_t RunTime(uint64_t vaddr) const { return static_cast<uintptr_t>(linked->RunTime(vaddr)); }

  // Constant once published.
  int id = 0;
  Text soname;
  Text path;
  Digest digest;
  uint8_t build_id[20] = {};
  uint32_t build_id_size = 0;
  uint64_t dynamic = 0;  // run-time address
  Linked* linked = nullptr;
  Array<File*> needed;    // by DT_NEEDED, in its order, the kernel too
  Array<Module> modules;  // their `started` and `quiesced` are the running thread's
  Array<uintptr_t> constructors, destructors;  // in the order in which they run
  Array<uintptr_t> hooks;                      // likewise
  std::span<const kld_set_entry> sets;         // those that the file defined itself

  // What its parameters point into; files of one request may share it.
  Array<Shared<PropertyList>> values;

  std::atomic<int> user_refs{0};
  std::atomic<int> graph_refs{0};  // files that need it
  std::atomic<size_t> resident{0};

  // Ownership (owner.h).
  Gate gate;
  std::atomic<uint32_t> holds{0};
  Registration* registrations = nullptr;  // the monitor's

  // The linker thread's.
  const ksyms::SymbolTable* symbols = nullptr;  // a reference
  Transaction* transaction = nullptr;           // that is changing it
  bool owns_linked = false;                     // `linked` was committed: the session has let go
  DebugMap debug_map;
  uint32_t mark = 0;  // scratch for walks over the graph

  // The running thread's.
  Fate fate = Fate::kLive;
  bool requested = false;  // a boot image that loader.conf names, not only DT_NEEDED
  bool constructed = false;
  bool handlers_done = false;     // its unload handlers have run
  bool destructors_done = false;  // and its destructors

 private:
  friend class FileList;

  File* next_ = nullptr;  // in the manager's list
  File* previous_ = nullptr;
  std::atomic<State> state_{State::kLoading};
  uintptr_t start_ = 0;
  size_t size_ = 0;
};

// Files in load order. Needs no memory of its own, so that taking a file off leaves no trace.
class FileList {
 public:
  class Iterator {
   public:
    explicit Iterator(File* at) : at_(at) {}
    File* operator*() const { return at_; }
    Iterator& operator++() {
      at_ = at_->next_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    File* at_;
  };

  constexpr FileList() = default;
  FileList(const FileList&) = delete;
  FileList& operator=(const FileList&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  File* first() const { return first_; }
  File* last() const { return last_; }
  static File* Before(const File& file) { return file.previous_; }
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(nullptr); }

  void Append(File& file) {
    file.previous_ = last_;
    (last_ == nullptr ? first_ : last_->next_) = &file;
    last_ = &file;
    ++size_;
  }
  void Remove(File& file) {
    (file.previous_ == nullptr ? first_ : file.previous_->next_) = file.next_;
    (file.next_ == nullptr ? last_ : file.next_->previous_) = file.previous_;
    file.next_ = file.previous_ = nullptr;
    --size_;
  }

 private:
  File* first_ = nullptr;
  File* last_ = nullptr;
  size_t size_ = 0;
};

}  // namespace kld
