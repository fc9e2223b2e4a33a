// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/manager.h"

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/kpi/errno.h"

namespace kld {

constinit Manager manager;

namespace {

std::atomic<size_t> registrations{0};

// ---- The list of transactions; all with the monitor held ----

void Append(Transaction& transaction) {
  Transaction** at = &manager.transactions;
  while (*at != nullptr) at = &(*at)->next;
  *at = &transaction;
  transaction.next = nullptr;
}

void Remove(Transaction& transaction) {
  Transaction** at = &manager.transactions;
  while (*at != nullptr && *at != &transaction) at = &(*at)->next;
  if (*at != nullptr) *at = transaction.next;
  // Whoever waited for it, or for files that it has changed, looks again.
  for (Transaction* other = manager.transactions; other != nullptr; other = other->next) {
    other->set_aside = false;
    other->blocked_on = nullptr;
  }
}

// The oldest one that asks for something that can be done now.
Transaction* NextTurn() {
  for (Transaction* t = manager.transactions; t != nullptr; t = t->next) {
    if (t->cancelled || (t->step != Step::kNone && !t->set_aside)) return t;
  }
  return nullptr;
}

// ---- The linker thread ----

int Execute(Transaction& transaction, Step step) {
  switch (step) {
    case Step::kOpen:
      return OpenRoot(transaction);
    case Step::kPlanAndLink:
      return PlanAndLink(transaction);
    case Step::kAdopt:
      return Adopt(transaction);
    case Step::kSeal:
      return SealAndCommit(transaction);
    case Step::kMark:
      return Mark(transaction);
    case Step::kClose:
      CloseGates(transaction);
      return 0;
    case Step::kCheckStacks:
      return CheckStacks(transaction, false);
    case Step::kCheckAllStacks:
      return CheckStacks(transaction, true);
    case Step::kReopen:
      Reopen(transaction);
      return 0;
    case Step::kFinish:
      Finish(transaction);
      return 0;
    case Step::kNone:
      break;
  }
  return EINVAL;
}

// The requester was killed while its files were being linked: their handlers are run here.
void Worker(void* argument) {
  auto* const transaction = static_cast<Transaction*>(argument);
  kld_host_lock();
  transaction->thread = kld_host_current_thread();
  kld_host_unlock();
  const int error = RunLoad(*transaction);
  if (error != 0) transaction->report.Log(1);
  EndTransaction(transaction);
}

// The request of a thread that was killed has come to its end, or to the point where module code
// has to be run for it.
void GoOnWithout(Transaction& transaction) {
  if (transaction.result == 0) {
    if (kld_host_start_thread("kld-worker", Worker, &transaction) == 0) return;
    // Nothing has run yet, so taking it apart needs no thread either.
    for (File* file : transaction.files) file->fate = Fate::kGone;
    Finish(transaction);
  }
  EndTransaction(&transaction);
}

// All that is left when the manager ends is the kernel's record.
void DropFiles() {
  Publish(nullptr);
  while (!manager.files.empty()) {
    File* const last = manager.files.last();
    manager.files.Remove(*last);
    RemoveDebugMap(last->debug_map);
    DestroyFile(last);
  }
  manager.next_file_id = File::kKernelId;
  manager.next_module_id = 1;
}

// One turn, with the monitor held: the oldest request goes on by a step. False when none can.
bool TakeTurn() {
  Transaction* const turn = NextTurn();
  if (turn == nullptr) return false;
  if (turn->cancelled) {
    Remove(*turn);
    kld_host_wake_all();
    kld_host_unlock();
    Delete(turn);
    kld_host_lock();
    return true;
  }
  const Step step = turn->step;
  kld_host_unlock();
  const int result = Execute(*turn, step);
  kld_host_lock();
  if (result == kSetAside) return true;
  turn->result = result;
  turn->step = Step::kNone;
  if (turn->abandoned) {
    turn->abandoned = false;
    kld_host_unlock();
    GoOnWithout(*turn);
    kld_host_lock();
    return true;
  }
  kld_host_wake_all();
  return true;
}

void LinkerThread(void*) {
  kld_host_lock();
  for (;;) {
    if (TakeTurn()) continue;
    if (manager.stopping) break;
    const int ended = kld_host_wait(KLD_HOST_WAIT_FIRM, KLD_HOST_NEVER);
    static_cast<void>(ended);
  }
  kld_host_unlock();
  DropFiles();
  kld_host_lock();
  manager.running = false;
  kld_host_wake_all();
  kld_host_unlock();
}

// In a host that starts no threads, whoever asks or waits is the linker thread meanwhile: with the
// monitor held, one requester at a time, until nothing can go on. Those who ask in between are served
// by him, and steps run no module code, so that he does not ask for another one himself.
void LendThread() {
  if (!manager.borrows || manager.borrowed) return;
  manager.borrowed = true;
  while (TakeTurn()) {
  }
  manager.borrowed = false;
}

}  // namespace

void CountRegistrations(int change) {
  registrations.fetch_add(static_cast<size_t>(change), std::memory_order_relaxed);
}
uint64_t Registrations() { return registrations.load(std::memory_order_relaxed); }

// ---- Handing over ----

namespace {

// How the requester of a step waits for it. What a worker can go on with is a load.
int PatienceFor(const Transaction& transaction, Step step) {
  const bool first = step == Step::kOpen || step == Step::kPlanAndLink || step == Step::kMark ||
                     step == Step::kAdopt;
  if (first && !transaction.linking) return KLD_HOST_WAIT_INTERRUPTIBLE;
  return step == Step::kPlanAndLink ? KLD_HOST_WAIT_KILLABLE : KLD_HOST_WAIT_FIRM;
}

}  // namespace

int Ask(Transaction& transaction, Step step) {
  MonitorGuard guard;
  if (!manager.running || manager.stopping) {
    transaction.report.Line("the module manager does not run");
    return EINVAL;
  }
  if (manager.shutting_down && !transaction.entered) {
    transaction.report.Line("%s: the machine goes down", transaction.name.c_str());
    return EPERM;
  }
  if (!transaction.entered) {
    transaction.entered = true;
    Append(transaction);
  }
  transaction.step = step;
  kld_host_wake_all();
  for (;;) {
    LendThread();
    if (transaction.step == Step::kNone) break;
    const int patience = PatienceFor(transaction, step);
    if (kld_host_wait(patience, KLD_HOST_NEVER) != EINTR) continue;
    if (transaction.step == Step::kNone) break;
    if (patience == KLD_HOST_WAIT_KILLABLE) {
      transaction.abandoned = true;
      return kLeft;
    }
    if (transaction.linking) continue;  // it began while this thread was waking up
    transaction.cancelled = true;
    transaction.step = Step::kNone;
    kld_host_wake_all();
    LendThread();
    return kLeft;
  }
  return transaction.result;
}

void EndTransaction(Transaction* transaction) {
  kld_host_lock();
  if (transaction->entered) Remove(*transaction);
  ++manager.ending;
  kld_host_wake_all();
  kld_host_unlock();
  Delete(transaction);
  kld_host_lock();
  if (--manager.ending == 0) kld_host_wake_all();
  kld_host_unlock();
}

bool BeginLinking(Transaction& transaction) {
  MonitorGuard guard;
  if (transaction.cancelled) return false;
  transaction.linking = true;
  return true;
}

int SetAside(Transaction& transaction, File& wanted) {
  constexpr size_t kMaxCycle = 16;
  std::string_view cycle[kMaxCycle];
  size_t length = 0;
  MonitorGuard guard;
  // Each thread waits for one transaction at most, so the way is a line: from the transaction that
  // holds the file to the thread that runs it, to what that thread waits for in turn.
  Transaction* holder = wanted.transaction;
  cycle[length++] = transaction.name.view();
  while (holder != nullptr) {
    // Of a longer way the middle is left out.
    if (length + 2 > kMaxCycle) --length;
    cycle[length++] = holder->name.view();
    if (holder->thread == transaction.thread) {
      cycle[length++] = transaction.name.view();
      Teller teller(transaction.report);
      teller.Error({.error = rtld::Error::kOwnAncestor,
                    .image = transaction.name.view(),
                    .wanted = wanted.soname.view(),
                    .list = {cycle, length}});
      return EDEADLK;
    }
    Transaction* waiting = manager.transactions;
    while (waiting != nullptr && !(waiting->thread == holder->thread && waiting->set_aside)) {
      waiting = waiting->next;
    }
    holder = waiting == nullptr ? nullptr : waiting->blocked_on;
  }
  transaction.set_aside = true;
  transaction.blocked_on = wanted.transaction;
  return kSetAside;
}

Transaction::Transaction(uint64_t requester) : thread(requester) {}
Transaction::~Transaction() = default;

// ---- The list of files ----

File* FindFile(std::string_view soname, bool or_kld) {
  constexpr std::string_view kSuffix = ".kld";
  File* with_suffix = nullptr;
  for (File* file : manager.files) {
    const std::string_view name = file->soname.view();
    if (name == soname) return file;
    if (or_kld && name.size() == soname.size() + kSuffix.size() && name.ends_with(kSuffix) &&
        name.starts_with(soname)) {
      with_suffix = file;
    }
  }
  return with_suffix;
}

void PublishFiles(SnapshotBuilder& memory) {
  for (File* file : manager.files) {
    memory.Add({file, file->symbols, file->start(), file->end(), file->id, file->visible()});
  }
  Publish(memory.Finish());
}

bool GrowSpares(uint32_t more) {
  MonitorGuard guard;
  for (Transaction* t = manager.transactions; t != nullptr; t = t->next) {
    if (t->spare.capacity() == 0) continue;
    SnapshotBuilder larger;
    if (!larger.Allocate(t->spare.capacity() + more)) return false;
    t->spare = std::move(larger);
  }
  return true;
}

File::~File() {
  if (symbols != nullptr) symbols->Release();
}

// ---- Life ----

int Start(const Options& options) {
  MonitorGuard guard;
  if (manager.running) return EBUSY;
  manager.options = options;
  CopyText(options.module_path, manager.module_path, sizeof(manager.module_path));
  manager.stopping = false;
  manager.shutting_down = false;
  manager.running = true;
  kld_host_unlock();
  const int error = kld_host_start_thread("kld", LinkerThread, nullptr);
  kld_host_lock();
  manager.borrows = error == EOPNOTSUPP;
  kld_host_wake_all();  // who has asked meanwhile waits for whoever it turns out to be
  if (error == 0 || manager.borrows) return 0;
  manager.running = false;
  return error;
}

int Stop() {
  MonitorGuard guard;
  if (!manager.running) return 0;
  const auto await = [](auto&& done) {
    while (!done()) {
      const int ended = kld_host_wait(KLD_HOST_WAIT_FIRM, KLD_HOST_NEVER);
      static_cast<void>(ended);
    }
  };
  await([] { return manager.transactions == nullptr && manager.ending == 0; });
  {
    ReadSection read;
    if (read.get() != nullptr && read->count() > 1) return EBUSY;
  }
  // Without a linker thread the first who stops the manager does what is left.
  const bool mine = manager.borrows && !manager.stopping;
  manager.stopping = true;
  kld_host_wake_all();
  if (mine) {
    kld_host_unlock();
    DropFiles();
    kld_host_lock();
    manager.running = false;
    kld_host_wake_all();
  }
  await([] { return !manager.running; });
  manager.secure_level.store(0, std::memory_order_relaxed);
  return 0;
}

}  // namespace kld
