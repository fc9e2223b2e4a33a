// SPDX-License-Identifier: BSD-2-Clause
//
// Loading as far as no module code has to run, on the linker thread: plan, map, relocate, protect,
// and records of the new files.

#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/image_symbols.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/parameters.h"
#include "kernel/dynlink/record.h"
#include "kernel/dynlink/sets.h"
#include "kernel/kpi/errno.h"
#include "rtld_shared/graph/graph.h"

namespace kld {
namespace {

int NoMemory(Transaction& transaction, std::string_view what) {
  Teller teller(transaction.report);
  teller.Error({.error = rtld::Error::kNoMemory, .image = transaction.name.view(), .detail = what});
  return ENOMEM;
}

// The name belongs to a file that there is already: a further reference, or the reason why not.
int UseExisting(Transaction& transaction, File& file) {
  if (file.transaction != nullptr) return SetAside(transaction, file);
  Teller teller(transaction.report);
  const std::string_view asked =
      transaction.contents ? transaction.contents->Path() : transaction.name.view();
  if (file.state() == State::kDead) {
    teller.Error({.error = rtld::Error::kBusy,
                  .image = file.path.view(),
                  .detail = "is dead: it left something behind when it was unloaded"});
    return EBUSY;
  }
  if (transaction.contents && DigestOf(*transaction.contents) != file.digest) {
    teller.Error({.error = rtld::Error::kAlreadyLoaded,
                  .image = asked,
                  .wanted = file.soname.view(),
                  .other = file.path.view(),
                  .detail = "with other contents"});
    return ENOTUNIQ;
  }
  if (file.user_refs.load(std::memory_order_relaxed) != 0 || file.is_kernel() ||
      (transaction.flags & KLD_LINK_ONLY) != 0) {
    teller.Error({.error = rtld::Error::kAlreadyLoaded,
                  .image = asked,
                  .wanted = file.soname.view(),
                  .other = file.path.view()});
    return EEXIST;
  }
  if (const int error = RefuseGiven(transaction, file, teller); error != 0) return error;
  if (!BeginLinking(transaction)) return EINTR;
  file.user_refs.store(1, std::memory_order_relaxed);
  transaction.id = file.id;
  return kAlready;
}

// Needed files first, in DT_NEEDED order.
[[nodiscard]] bool OrderRecords(Session& session, Array<Linked*>& out) {
  const std::span<Linked* const> records = session.records();
  const size_t n = records.size() + 1;  // and one for all that was linked before
  Array<graph::Node> memory;
  if (!memory.Reserve(n * (graph::kWorkPerNode + 2)) || !out.Reserve(n)) return false;
  const std::span<graph::Node> all(memory.data(), n * (graph::kWorkPerNode + 2));
  const std::span<graph::Node> roots = all.subspan(0, n - 1), order = all.subspan(n, n);
  for (size_t i = 0; i < roots.size(); ++i) roots[i] = static_cast<graph::Node>(i);
  const rtld::NeededEdges<Seams> edges{records};
  const size_t count = graph::InitOrder(n, roots, edges, order, all.subspan(2 * n));
  for (size_t i = 0; i < count; ++i) {
    if (order[i] == n - 1) continue;
    static_cast<void>(out.Add(records[order[i]]));  // reserved
  }
  return true;
}

// A preload's failure is its own: it is given up, and the rest goes on. False for any other file's.
bool GivesUpAlone(Transaction& transaction, File& file) {
  if (!transaction.each_alone()) return false;
  const std::string_view name = file.linked->name;
  transaction.report.Line("%.*s: not started", static_cast<int>(name.size()), name.data());
  file.fate = Fate::kGone;
  return true;
}

// New records, needed ones first, with their parameters. Those that there are when it fails are the
// transaction's too.
int FillRecords(Transaction& transaction, const Array<Linked*>& ordered) {
  Teller& teller = transaction.job->teller();
  for (Linked* linked : ordered) {
    File* const file = New<File>();
    if (file == nullptr) return NoMemory(transaction, "record");
    static_cast<void>(transaction.files.Add(file));  // reserved
    const int error = FillRecord(*file, *linked, teller);
    if (error != 0 && !GivesUpAlone(transaction, *file)) return error;
  }
  for (File* file : transaction.files) {
    if (file->fate != Fate::kLive) continue;
    if (transaction.each_alone() && FailsWithNeeded(transaction, *file)) continue;
    const int error = SetDefaults(transaction, *file, teller);
    if (error != 0 && !GivesUpAlone(transaction, *file)) return error;
  }
  return SetGiven(transaction, teller);
}

}  // namespace

void ProtectRelro(const Linked& kernel, int permission) {
  const rtld::Range& relro = kernel.plan.relro;
  if (relro.empty()) return;
  kld_host_protect(static_cast<uintptr_t>(kernel.RunTime(relro.begin)),
                   static_cast<size_t>(relro.size), permission);
}

void DestroyFile(File* file) {
  for (File* needed : file->needed) needed->graph_refs.fetch_sub(1, std::memory_order_relaxed);
  if (file->owns_linked) {
    ModuleLoader loader(0);
    HeapArena arena;
    rtld::DestroyLinked<Seams>(loader, arena, file->linked);
  }
  Delete(file);
}

int MakeRecords(Transaction& transaction) {
  LoadJob& job = *transaction.job;
  Array<Linked*> ordered;
  if (!OrderRecords(job.session(), ordered) || !transaction.files.Reserve(ordered.size())) {
    return NoMemory(transaction, "records");
  }
  SnapshotBuilder loading;
  const auto more = static_cast<uint32_t>(ordered.size());
  const uint32_t count = static_cast<uint32_t>(manager.files.size()) + more;
  if (!loading.Allocate(count) || !GrowSpares(more) || !transaction.spare.Allocate(count)) {
    return NoMemory(transaction, "list of files");
  }
  if (const int error = FillRecords(transaction, ordered); error != 0) {
    while (!transaction.files.empty()) {
      DestroyFile(transaction.files[transaction.files.size() - 1]);
      transaction.files.RemoveLast();
    }
    return error;
  }
  // Nothing below can fail.
  AnnounceDebugState(DebugState::kAdd);
  for (File* file : transaction.files) {
    file->id = manager.next_file_id++;
    for (Module& module : file->modules) module.id = manager.next_module_id++;
    file->transaction = &transaction;
    manager.files.Append(*file);
    AppendDebugMap(file->debug_map);
  }
  AnnounceDebugState(DebugState::kConsistent);
  PublishFiles(loading);
  return 0;
}

int PlanAndLink(Transaction& transaction) {
  transaction.job.Reset();
  transaction.report.Clear();
  if (!transaction.contents) {
    File* const file = FindFile(transaction.name.view(), true);
    return file == nullptr ? kReopenFile : UseExisting(transaction, *file);
  }
  const uintptr_t near = manager.files.empty() ? 0 : manager.files.first()->start();
  transaction.job = Owned<LoadJob>(New<LoadJob>(transaction, near));
  if (!transaction.job) return NoMemory(transaction, "session");
  LoadJob& job = *transaction.job;

  // 1. Plan: files are read, nothing is changed.
  const bool planned = job.ReadRoot(*transaction.contents) && job.session().Plan();
  if (File* const existing = job.existing()) return UseExisting(transaction, *existing);
  if (File* const wanted = job.wanted()) {
    transaction.report.Clear();
    return SetAside(transaction, *wanted);
  }
  if (!planned || job.teller().error() != 0) return job.teller().error();

  // 2. Link: from here on the requester cannot turn back.
  if (!BeginLinking(transaction)) return EINTR;
  Session& session = job.session();
  if (!session.Map() || !session.Relocate() || !session.Protect()) return job.teller().error();
  if ((transaction.flags & KLD_LINK_ONLY) != 0) {
    const bool sealed = session.Seal();
    return sealed ? kAlready : job.teller().error();
  }

  // 3. Records, and the last steps unless a resolver has to run before them.
  if (const int error = MakeRecords(transaction); error != 0) return error;
  transaction.root = transaction.files[transaction.files.size() - 1];
  transaction.id = transaction.root->id;
  return session.pending_ifuncs().empty() ? SealAndCommit(transaction) : 0;
}

int SealAndCommit(Transaction& transaction) {
  LoadJob& job = *transaction.job;
  rtld::Committed<Seams> committed;
  if (!job.session().Seal() || !std::move(job.session()).Commit(committed)) {
    return job.teller().error();
  }
  HeapArena arena;
  committed.ClearLists(arena);
  for (File* file : transaction.files) {
    file->owns_linked = true;
    file->linked->file = nullptr;  // what was read from is thrown away now
    if (transaction.adopt_kernel) ProtectRelro(*file->linked, KLD_HOST_READ);
  }
  transaction.sealed = true;
  return 0;
}

}  // namespace kld
