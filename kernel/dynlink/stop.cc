// SPDX-License-Identifier: BSD-2-Clause
//
// The linker thread's part of stopping files: which ones go, closing and reopening their gates,
// looking at threads' stacks, and giving each file of a transaction the fate that was decided.

#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

enum Mark : uint32_t { kOutside, kInClosure, kKept };

int Busy(Transaction& transaction, const File& file, std::string_view why,
         std::span<const std::string_view> list) {
  Teller teller(transaction.report);
  teller.Error(
      {.error = rtld::Error::kBusy, .image = file.soname.view(), .detail = why, .list = list});
  return EBUSY;
}

int NoMemory(Transaction& transaction, const File& file) {
  Teller teller(transaction.report);
  teller.Error({.error = rtld::Error::kNoMemory, .image = file.soname.view(), .detail = "unload"});
  return ENOMEM;
}

// Names for a report; what there is no memory for is left out.
Array<std::string_view> UsersOf(const File& file) {
  Array<std::string_view> users;
  for (File* other : manager.files) {
    if (other->needed.Contains(const_cast<File*>(&file)) && !users.Add(other->soname.view())) break;
  }
  return users;
}

// Marks what is reachable from `from` and has the mark `where` with `with`. False: no memory.
[[nodiscard]] bool Spread(Array<File*>& from, uint32_t where, uint32_t with) {
  for (size_t i = 0; i < from.size(); ++i) {
    for (File* needed : from[i]->needed) {
      if (needed->mark != where) continue;
      needed->mark = with;
      if (!from.Add(needed)) return false;
    }
  }
  return true;
}

// Whoever needs nothing of the closure of `file` keeps nothing in it; what users loaded stays with
// all that it needs. What is left of the closure goes.
[[nodiscard]] bool MarkUnloadSet(File& file) {
  Array<File*> work;
  for (File* each : manager.files) each->mark = kOutside;
  file.mark = kInClosure;
  if (!work.Add(&file) || !Spread(work, kOutside, kInClosure)) return false;
  work.Clear();
  for (File* each : manager.files) {
    const bool user = each != &file && each->user_refs.load(std::memory_order_relaxed) != 0;
    const bool dead = each != &file && each->state() == State::kDead;
    if (each->mark == kInClosure && !user && !dead && !each->is_kernel()) continue;
    each->mark = kKept;
    if (!work.Add(each)) return false;
  }
  return Spread(work, kInClosure, kKept);
}

// The set, those that need before those that are needed: backwards through the load order.
[[nodiscard]] bool CollectUnloadSet(Transaction& transaction) {
  for (File* file = manager.files.last(); file != nullptr; file = FileList::Before(*file)) {
    if (file->mark == kInClosure && !transaction.files.Add(file)) return false;
  }
  return true;
}

// Objects of the file that somebody has in use.
int CheckHolds(Transaction& transaction, File& file) {
  if (file.holds.load(std::memory_order_acquire) == 0) return 0;
  constexpr size_t kMaxNames = 8;
  char text[kMaxNames][Registration::kNameMax + 32];
  std::string_view names[kMaxNames];
  size_t count = 0;
  {
    MonitorGuard guard;
    for (Registration* r = file.registrations; r != nullptr && count < kMaxNames; r = r->next) {
      const unsigned holds = r->holds.load(std::memory_order_relaxed);
      if (holds == 0) continue;
      Format(text[count], sizeof(text[count]), "%s %s (%u)", KindName(r->kind), r->name, holds);
      names[count] = text[count];
      ++count;
    }
  }
  return Busy(transaction, file, "is in use", {names, count});
}

}  // namespace

int Mark(Transaction& transaction) {
  transaction.files.Clear();
  transaction.report.Clear();
  File* file = nullptr;
  for (File* each : manager.files) {
    if (each->id == transaction.id) file = each;
  }
  Teller teller(transaction.report);
  if (file == nullptr) {
    teller.Error({.error = rtld::Error::kNotFound, .wanted = transaction.name.view()});
    return ENOENT;
  }
  if (file->is_kernel()) return Busy(transaction, *file, "cannot be unloaded", {});
  if (file->transaction != nullptr) return SetAside(transaction, *file);
  if (file->state() == State::kLive && file->user_refs.load(std::memory_order_relaxed) == 0) {
    const Array<std::string_view> users = UsersOf(*file);
    if (!users.empty()) {
      return Busy(transaction, *file, "was loaded because others need it",
                  {users.data(), users.size()});
    }
  }
  if (!MarkUnloadSet(*file) || !CollectUnloadSet(transaction)) return NoMemory(transaction, *file);
  for (File* each : transaction.files) {
    if (each->transaction != nullptr) return SetAside(transaction, *each);
  }
  if (transaction.files.empty() && file->state() == State::kDead) {
    const Array<std::string_view> users = UsersOf(*file);
    return Busy(transaction, *file, "is dead, but others need it still",
                {users.data(), users.size()});
  }
  if (transaction.files.empty()) {
    // Others need it still: only the user's reference goes.
    if (!BeginLinking(transaction)) return EINTR;
    file->user_refs.store(0, std::memory_order_relaxed);
    return kAlready;
  }
  if ((transaction.flags & KLD_UNLOAD_FORCE) == 0) {
    for (File* each : transaction.files) {
      if (const int error = CheckHolds(transaction, *each); error != 0) return error;
    }
  }
  if (!transaction.spare.Allocate(static_cast<uint32_t>(manager.files.size()))) {
    return NoMemory(transaction, *file);
  }
  if (!BeginLinking(transaction)) return EINTR;
  transaction.root = file;
  for (File* each : transaction.files) {
    each->transaction = &transaction;
    each->fate = each->state() == State::kDead ? Fate::kDead : Fate::kLive;
    if (each->state() == State::kLive) each->set_state(State::kQuiescing);
  }
  return 0;
}

void CloseGates(Transaction& transaction) {
  for (File* file : transaction.batch) file->gate.Set(Gate::kClosed);
}

void Reopen(Transaction& transaction) {
  for (File* file : transaction.batch) {
    if (file->fate != Fate::kLive) continue;
    const bool loading = file->state() == State::kLoading;
    if (!loading) file->set_state(State::kLive);  // it was QUIESCING, or UNLOADING at the most
    file->gate.Set(loading ? Gate::kInternal : Gate::kOpen);
  }
}

// ---- Stacks ----

namespace {

struct StackSearch {
  static constexpr size_t kMaxHits = 8;
  struct Hit {
    uint64_t thread;
    char name[24];
    uintptr_t address;
    File* file;
  };

  Array<File*>& batch;
  bool after = false;
  Array<uint64_t> exempt = {};
  Hit hits[kMaxHits] = {};
  size_t count = 0;
};

// With the threads stopped: no lock, no memory.
int VisitFrame(void* context, uint64_t thread, const char* name, uintptr_t address) {
  auto& search = *static_cast<StackSearch*>(context);
  for (File* file : search.batch) {
    // After the handlers only those that are to go matter.
    if (search.after && file->fate != Fate::kGone) continue;
    if (address < file->start() || address >= file->end()) continue;
    if (search.exempt.Contains(thread)) return 1;
    if (search.count != 0 && search.hits[search.count - 1].thread == thread) return 1;
    StackSearch::Hit& hit = search.hits[search.count++];
    hit.thread = thread;
    hit.address = address;
    hit.file = file;
    CopyText(name, hit.name, sizeof(hit.name));
    return search.count < StackSearch::kMaxHits;
  }
  return 1;
}

// Threads that belong to the batch: its unload handlers stop them.
[[nodiscard]] bool CollectOwnThreads(Array<File*>& batch, Array<uint64_t>& out) {
  size_t count = 0;
  for (;;) {
    if (!out.Reserve(count)) return false;
    MonitorGuard guard;
    count = 0;
    for (File* file : batch) {
      for (Registration* r = file->registrations; r != nullptr; r = r->next) {
        count += r->kind == Kind::kThread;
      }
    }
    if (count > out.capacity()) continue;  // more than there is room for: without the monitor
    for (File* file : batch) {
      for (Registration* r = file->registrations; r != nullptr; r = r->next) {
        if (r->kind == Kind::kThread) static_cast<void>(out.Add(r->thread));  // reserved
      }
    }
    return true;
  }
}

}  // namespace

int CheckStacks(Transaction& transaction, bool own_threads_too) {
  // What was taken into use before the gates were closed is in use still.
  for (File* file : transaction.batch) {
    if (own_threads_too || (transaction.flags & KLD_UNLOAD_FORCE) != 0) break;
    if (const int error = CheckHolds(transaction, *file); error != 0) return error;
  }
  StackSearch search{.batch = transaction.batch, .after = own_threads_too};
  if (!own_threads_too && !CollectOwnThreads(transaction.batch, search.exempt)) {
    return NoMemory(transaction, *transaction.batch[0]);
  }
  kld_host_for_each_frame(VisitFrame, &search);
  for (size_t i = 0; i < search.count; ++i) {
    const StackSearch::Hit& hit = search.hits[i];
    char text[96];
    Format(text, sizeof(text), "thread %s (%llu) at +0x%llx", hit.name,
           static_cast<unsigned long long>(hit.thread),
           static_cast<unsigned long long>(hit.address - hit.file->start()));
    const std::string_view names[] = {text};
    static_cast<void>(Busy(transaction, *hit.file, "a thread is inside", names));
  }
  if (search.count != 0) return EBUSY;
  for (File* file : transaction.batch) {
    if (file->state() == State::kQuiescing) file->set_state(State::kUnloading);
  }
  return 0;
}

// ---- Fates ----

namespace {

char last_unloaded_names[2][KLD_NAME_MAX];
std::atomic<unsigned> last_unloaded_index{0};

// A reader in a panic sees the old name or the new one, never half of one.
void RememberUnloaded(const File& file) {
  const unsigned next = last_unloaded_index.load(std::memory_order_relaxed) ^ 1;
  CopyText(file.soname.view(), last_unloaded_names[next], KLD_NAME_MAX);
  last_unloaded_index.store(next, std::memory_order_release);
}

// Every edge goes before any record: an edge points at a record.
void DropEdges(File& file) {
  for (File* needed : file.needed) needed->graph_refs.fetch_sub(1, std::memory_order_relaxed);
  file.needed.Clear();
}

void BringAlive(File& file) {
  file.set_state(State::kLive);
  file.gate.Set(Gate::kOpen);
  ModuleLoader::ReleaseInitOnly(file.linked->image);
  file.resident.store(file.linked->image.resident(), std::memory_order_relaxed);
}

}  // namespace

const char* LastUnloaded() {
  return last_unloaded_names[last_unloaded_index.load(std::memory_order_acquire)];
}

void Finish(Transaction& transaction) {
  bool any_gone = false;
  for (File* file : transaction.files) {
    file->transaction = nullptr;
    const bool was_loading = file->state() == State::kLoading;
    switch (file->fate) {
      case Fate::kLive:
        BringAlive(*file);
        if (was_loading) manager.loads.fetch_add(1, std::memory_order_relaxed);
        break;
      case Fate::kDead:
        file->gate.Set(Gate::kClosed);
        file->set_state(State::kDead);
        file->user_refs.store(0, std::memory_order_relaxed);
        break;
      case Fate::kGone:
        file->set_state(State::kUnloading);
        any_gone = true;
        if (was_loading) break;
        RememberUnloaded(*file);
        manager.unloads.fetch_add(1, std::memory_order_relaxed);
        break;
    }
  }
  if (any_gone) AnnounceDebugState(DebugState::kDelete);
  for (File* file : transaction.files) {
    if (file->fate != Fate::kGone) continue;
    RemoveDebugMap(file->debug_map);
    manager.files.Remove(*file);
  }
  if (any_gone) AnnounceDebugState(DebugState::kConsistent);
  // After this no reader has the old list, and the files that left it are nobody's but ours.
  SnapshotBuilder exact;
  const bool made = exact.Allocate(static_cast<uint32_t>(manager.files.size()));
  PublishFiles(made ? exact : transaction.spare);
  for (File* file : transaction.files) {
    if (file->fate == Fate::kGone) DropEdges(*file);
  }
  for (File* file : transaction.files) {
    if (file->fate == Fate::kGone) DestroyFile(file);
  }
  transaction.files.Clear();
  transaction.root = nullptr;
  // A session that was not committed unmaps what it has.
  transaction.job.Reset();
}

}  // namespace kld
