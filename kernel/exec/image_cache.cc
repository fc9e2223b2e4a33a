// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/image_cache.h"

#include "kernel/base/new.h"
#include "kernel/sched/sync.h"

namespace exec {

using base::Result;

namespace {

constexpr size_t kMostEntries = 16;

struct Entry {
  vfs::NodeRef node;
  uint64_t version = 0;
  Image image;
  mm::AddressSpace* space = nullptr;
  Entry* next = nullptr;  // less recently used
};

sched::Mutex g_lock;
Entry* g_first = nullptr;

void Discard(Entry* entry) {
  entry->space->Destroy();
  base::Delete(entry);
}

// With the lock held: out of the list, or null.
Entry* TakeOut(const vfs::Node& node) {
  for (Entry** link = &g_first; *link; link = &(*link)->next) {
    Entry* const entry = *link;
    if (entry->node.get() != &node) continue;
    *link = entry->next;
    return entry;
  }
  return nullptr;
}

void PutFirst(Entry* entry) {
  entry->next = g_first;
  g_first = entry;
}

// With the lock held: cuts the list after `most` entries; what was cut off.
Entry* CutAfter(size_t most) {
  Entry** link = &g_first;
  for (size_t i = 0; i < most && *link; ++i) link = &(*link)->next;
  return std::exchange(*link, nullptr);
}

bool DiscardAll(Entry* entries) {
  const bool any = entries != nullptr;
  while (entries) Discard(std::exchange(entries, entries->next));
  return any;
}

}  // namespace

Result<CachedProgram> FromCache(vfs::Node& node) {
  const uint64_t version = node.Stat().version;
  Entry* stale = nullptr;
  Result<CachedProgram> found = CachedProgram{};
  {
    sched::Guard guard(g_lock);
    Entry* const entry = TakeOut(node);
    if (entry && entry->version == version) {
      PutFirst(entry);
      const Result<mm::AddressSpace*> space = entry->space->ForkElsewhere();
      if (space.ok()) {
        found.value() = {space.value(), entry->image};
      } else {
        found = space.error();
      }
    } else {
      stale = entry;
    }
  }
  if (stale) Discard(stale);
  return found;
}

void AddToCache(vfs::Node& node, uint64_t version, const Image& image, mm::AddressSpace& space) {
  Entry* const entry = base::New<Entry>();
  if (!entry) return;
  const Result<mm::AddressSpace*> copy = space.ForkElsewhere();
  if (!copy.ok()) {
    base::Delete(entry);
    return;
  }
  entry->node = vfs::NodeRef::Share(&node);
  entry->version = version;
  entry->image = image;
  entry->space = copy.value();
  Entry* replaced = nullptr;
  Entry* superfluous = nullptr;
  {
    sched::Guard guard(g_lock);
    replaced = TakeOut(node);
    PutFirst(entry);
    superfluous = CutAfter(kMostEntries);
  }
  if (replaced) Discard(replaced);
  (void)DiscardAll(superfluous);
}

bool DropCache() {
  Entry* all = nullptr;
  {
    sched::Guard guard(g_lock);
    all = CutAfter(0);
  }
  return DiscardAll(all);
}

}  // namespace exec
