// SPDX-License-Identifier: BSD-2-Clause
//
// The manager's state, and what its parts are to one another. Not for anybody outside.
//
//   manager.cc   life, the linker thread, handing transactions over
//   load.cc      linker thread: plan, link, records; load_job.h its session
//   stop.cc      linker thread: unload set, gates, stacks; fates
//   run.cc       requesting thread: resolvers, constructors, handlers, stopping
//   request.cc   Load, Unload, Shutdown
//   query.cc     everything that only reads
//   adopt.cc     boot images
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/transaction.h"

namespace kld {

inline constexpr size_t kModulePathMax = 1024;

struct Manager {
  // Set by Start.
  Options options;

  // The monitor's.
  Transaction* transactions = nullptr;  // all that are under way, oldest first
  unsigned ending = 0;                  // not among them any more, but their memory is not free yet
  bool running = false;
  bool stopping = false;
  bool shutting_down = false;
  bool borrows = false;   // the host starts no threads: requesters do the linker thread's work
  bool borrowed = false;  // one of them is at it
  char module_path[kModulePathMax] = {};

  // The linker thread's.
  FileList files;  // in load order: whoever needs comes behind what it needs
  int next_file_id = File::kKernelId;
  int next_module_id = 1;

  std::atomic<int> secure_level{0};
  std::atomic<size_t> loads{0}, unloads{0}, failures{0};
};

extern Manager manager;

// ---- manager.cc, linker thread ----

// The record with that soname ("NAME" or, with `or_kld`, "NAME.kld"), of any state; null when there
// is none.
File* FindFile(std::string_view soname, bool or_kld = false);
// Publishes the list as it is now, with memory set aside before.
void PublishFiles(SnapshotBuilder& memory);
// Makes room for `more` files in what every transaction under way has set aside for its end.
[[nodiscard]] bool GrowSpares(uint32_t more);
// Sets the transaction aside until `other` has ended. EDEADLK, with the cycle in the report, when
// that one waits for the transaction's own thread.
[[nodiscard]] int SetAside(Transaction& transaction, File& wanted);
// Frees a record that nobody can reach any more: its image, its symbols, its edges.
void DestroyFile(File* file);
// A step's result when it was set aside.
inline constexpr int kSetAside = -3;

// The first thing a step of linking does; false when the requester has left.
[[nodiscard]] bool BeginLinking(Transaction& transaction);

// ---- request.cc ----

// The file's contents into the transaction, as the calling thread sees it: the requester's, or as a
// step of the linker thread. Every error is told.
int OpenRoot(Transaction& transaction);

// ---- load.cc, stop.cc, adopt.cc: the steps, on the linker thread ----

int PlanAndLink(Transaction& transaction);
int SealAndCommit(Transaction& transaction);
// The kernel's own, if it has any: a session seals only what it may release.
void ProtectRelro(const Linked& kernel, int permission);
// Records LOADING for the images of the transaction's session, after Protect.
[[nodiscard]] int MakeRecords(Transaction& transaction);
int Mark(Transaction& transaction);
void CloseGates(Transaction& transaction);
int CheckStacks(Transaction& transaction, bool own_threads_too);
void Reopen(Transaction& transaction);
void Finish(Transaction& transaction);
int Adopt(Transaction& transaction);

// ---- run.cc, on the thread that runs the transaction ----

// From linked to LIVE or undone; then Finish. 0 or the error.
int RunLoad(Transaction& transaction);
// Boot images: each that fails is undone alone, with those that need it; then Finish.
int RunAdopted(Transaction& transaction);
// Whether a file that it needs does not start: then it does not either, and that was told.
bool FailsWithNeeded(Transaction& transaction, File& file);
// Stops the marked set, or leaves it as it was; then Finish. 0 or the error.
int RunUnload(Transaction& transaction);

// Entering module code, by way of the executor.
void CallFunction(uintptr_t address);
int CallHandler(Event event, const Module& module);
uintptr_t CallResolver(uintptr_t address);

}  // namespace kld
