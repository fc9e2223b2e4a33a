// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/published.h"

#include <algorithm>
#include <new>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/memory.h"

namespace kld {
namespace {

constexpr size_t kReaderSlots = 16;
constexpr uint64_t kReaderPollNs = 50'000;

struct alignas(64) Readers {
  std::atomic<uint32_t> in_phase[2] = {0, 0};
};

Readers readers[kReaderSlots];
std::atomic<uint32_t> phase{0};
std::atomic<Snapshot*> published{nullptr};
std::atomic<size_t> alive{0};

bool AnyReader(uint32_t in_phase) {
  for (const Readers& slot : readers) {
    if (slot.in_phase[in_phase].load(std::memory_order_seq_cst) != 0) return true;
  }
  return false;
}

void AwaitPhase(uint32_t in_phase) {
  while (AnyReader(in_phase)) {
    kld_host_lock();
    const int ended = kld_host_wait(KLD_HOST_WAIT_FIRM, kld_host_now() + kReaderPollNs);
    kld_host_unlock();
    static_cast<void>(ended);  // looked at again whatever ended the wait
  }
}

}  // namespace

void Snapshot::Release() const {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (uint32_t i = 0; i < count_; ++i) {
    if (slots()[i].symbols != nullptr) slots()[i].symbols->Release();
  }
  alive.fetch_sub(1, std::memory_order_relaxed);
  this->~Snapshot();
  Free(const_cast<Snapshot*>(this));
}

const Slot* Snapshot::At(uintptr_t address) const {
  const uint32_t* const end = by_address() + count_;
  const uint32_t* const after = std::upper_bound(
      by_address(), end, address,
      [this](uintptr_t value, uint32_t index) { return value < slots()[index].start; });
  if (after == by_address()) return nullptr;
  const Slot& slot = slots()[*(after - 1)];
  return address < slot.end ? &slot : nullptr;
}

const Slot* Snapshot::WithId(int id) const {
  const Slot* const end = slots() + count_;
  const Slot* const at = std::lower_bound(
      slots(), end, id, [](const Slot& slot, int wanted) { return slot.id < wanted; });
  return at != end && at->id == id ? at : nullptr;
}

SnapshotBuilder::~SnapshotBuilder() {
  if (snapshot_ != nullptr) snapshot_->Release();
}

bool SnapshotBuilder::Allocate(uint32_t capacity) {
  void* const block =
      kld::Allocate(sizeof(Snapshot) + capacity * (sizeof(Slot) + sizeof(uint32_t)));
  if (block == nullptr) return false;
  snapshot_ = new (block) Snapshot();
  capacity_ = capacity;
  alive.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void SnapshotBuilder::Add(const Slot& slot) {
  if (snapshot_->count_ == capacity_) return;
  new (const_cast<Slot*>(snapshot_->slots()) + snapshot_->count_++) Slot(slot);
  if (slot.symbols == nullptr) return;
  slot.symbols->Retain();
  if (slot.visible) snapshot_->symbols_ += slot.symbols->count();
}

Snapshot* SnapshotBuilder::Finish() {
  Snapshot* const snapshot = snapshot_;
  snapshot_ = nullptr;
  capacity_ = 0;
  const Slot* const slots = snapshot->slots();
  auto* const by_address = const_cast<uint32_t*>(snapshot->by_address());
  for (uint32_t i = 0; i < snapshot->count_; ++i) by_address[i] = i;
  std::sort(by_address, by_address + snapshot->count_,
            [slots](uint32_t a, uint32_t b) { return slots[a].start < slots[b].start; });
  return snapshot;
}

void Publish(Snapshot* next) {
  Snapshot* const old = published.exchange(next, std::memory_order_seq_cst);
  const uint32_t before = phase.load(std::memory_order_relaxed);
  // Late ones of the phase that nobody enters any more, then those of the present one.
  AwaitPhase(before ^ 1);
  phase.store(before ^ 1, std::memory_order_seq_cst);
  AwaitPhase(before);
  if (old != nullptr) old->Release();
}

uint64_t SnapshotsAlive() { return alive.load(std::memory_order_relaxed); }

ReadSection::ReadSection() {
  Readers& slot = readers[kld_host_current_thread() % kReaderSlots];
  counter_ = &slot.in_phase[phase.load(std::memory_order_seq_cst)];
  counter_->fetch_add(1, std::memory_order_seq_cst);
  snapshot_ = published.load(std::memory_order_seq_cst);
}

ReadSection::~ReadSection() { counter_->fetch_sub(1, std::memory_order_release); }

const Snapshot* PublishedUncounted() { return published.load(std::memory_order_acquire); }

}  // namespace kld
