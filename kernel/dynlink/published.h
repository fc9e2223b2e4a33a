// SPDX-License-Identifier: BSD-2-Clause
//
// What readers see: an immutable list of all files, replaced as a whole by the linker thread at
// each change of state. Readers never wait and take no lock; the linker thread waits for readers of
// the old list before it frees what they may be looking at.
//
//   {
//     ReadSection read;                       // short: no sleeping, no calls out
//     const Snapshot& now = read.snapshot();
//     ...
//   }
//
// A Snapshot may also be kept for long (/dev/ksyms): Retain() inside a ReadSection, Release()
// later. What is kept are the symbol tables; the File pointers in it are good inside the
// ReadSection only.
//
// Epochs. Readers count themselves in one of two phases, in the slot that their thread's number
// falls into. The writer publishes the new list, then waits until each phase was seen empty once,
// and turns new readers to the other phase in between, so that it does not wait for those that come
// after. A reader that is counted after a phase was seen empty has seen the new list (the order of
// the sequentially consistent operations is: list stored, count read as zero, count raised, list
// loaded).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "kernel/ksyms/symbol_table.h"

namespace kld {

class File;

struct Slot {
  File* file;
  const ksyms::SymbolTable* symbols;  // a reference; null as long as there is none
  uintptr_t start;
  uintptr_t end;
  int id;
  bool visible;  // LIVE or QUIESCING: symbols and names may be found
};

class Snapshot {
 public:
  void Retain() const { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() const;

  uint32_t count() const { return count_; }
  // In load order, the kernel first.
  const Slot& operator[](uint32_t i) const { return slots()[i]; }
  // The file, of any state, whose image contains `address`; null when there is none.
  const Slot* At(uintptr_t address) const;
  // The file with that id.
  const Slot* WithId(int id) const;
  uint64_t symbols() const { return symbols_; }

 private:
  friend class SnapshotBuilder;

  const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
  const uint32_t* by_address() const { return reinterpret_cast<const uint32_t*>(slots() + count_); }

  mutable std::atomic<uint32_t> references_{1};
  uint32_t count_ = 0;
  uint64_t symbols_ = 0;
};

// One block of memory for up to `capacity` files.
class SnapshotBuilder {
 public:
  SnapshotBuilder() = default;
  SnapshotBuilder(SnapshotBuilder&& other) noexcept
      : snapshot_(std::exchange(other.snapshot_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  SnapshotBuilder& operator=(SnapshotBuilder&& other) noexcept {
    std::swap(snapshot_, other.snapshot_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~SnapshotBuilder();
  [[nodiscard]] bool Allocate(uint32_t capacity);
  uint32_t capacity() const { return capacity_; }
  void Add(const Slot& slot);  // takes a further reference to slot.symbols
  Snapshot* Finish();          // the caller gets the first reference

 private:
  Snapshot* snapshot_ = nullptr;
  uint32_t capacity_ = 0;
};

// Replaces the published list, waits for the readers of the old one and drops it. The linker thread
// only. Takes over the caller's reference; null withdraws the list.
void Publish(Snapshot* next);

// How many snapshots exist: the published one and those that somebody keeps.
uint64_t SnapshotsAlive();

class ReadSection {
 public:
  ReadSection();
  ~ReadSection();
  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;

  // Null before anything was published.
  const Snapshot* get() const { return snapshot_; }
  const Snapshot* operator->() const { return snapshot_; }

 private:
  std::atomic<uint32_t>* counter_;
  const Snapshot* snapshot_;
};

// The published list without counting as a reader: for a panic, when nothing runs that could
// replace it.
const Snapshot* PublishedUncounted();

}  // namespace kld
