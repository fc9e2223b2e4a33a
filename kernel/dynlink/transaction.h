// SPDX-License-Identifier: BSD-2-Clause
//
// One request on its way, and how its thread and the linker thread hand it to one another. Exactly
// one of them works on it at a time; the turn changes under the monitor, and with it everything in
// here but what says otherwise.
//
//   requester                          linker thread
//     Ask(kPlanAndLink)       ----->     plan, map, relocate, protect; records LOADING
//     run resolvers           <-----
//     Ask(kSeal)              ----->     RELRO sealed
//     constructors, handlers  <-----
//     Ask(kFinish)            ----->     LIVE, or taken apart
//                             <-----
//
// The linker thread never waits for a requester: a request that needs a file which another one is
// changing is set aside, and planned again from the beginning when that one has ended.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/loader.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/published.h"
#include "kernel/dynlink/report.h"

namespace kld {

class LoadJob;

enum class Step : uint8_t {
  kNone,
  kOpen,            // load with the kernel's eyes: the file; result 0 or an error
  kPlanAndLink,     // load: result 0 (run it), kAlready (a reference was added), or an error
  kAdopt,           // boot images: likewise
  kSeal,            // load: after the resolvers
  kMark,            // unload: which files go; result 0, kAlready (it stays: needed), or an error
  kClose,           // stop: refuse new entries to the batch
  kCheckStacks,     // stop: a thread inside the batch is an error
  kCheckAllStacks,  // likewise, also the batch's own threads
  kReopen,          // stop: the batch goes on as before
  kFinish,          // every file of the transaction gets the fate that was decided
};

// Results of a step beside error numbers.
inline constexpr int kAlready = -1;     // done, nothing to run
inline constexpr int kReopenFile = -2;  // the name went away meanwhile: open the file and ask again
inline constexpr int kLeft = -4;        // interrupted: the transaction is no longer the caller's

class Transaction {
 public:
  explicit Transaction(uint64_t requester);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // ---- The request ----
  Text name;                  // as asked for, for messages
  Owned<Contents> contents;   // load: the file; none when a loaded file has the name
  bool by_path = false;       // load: the name had a '/'
  Eyes eyes = Eyes::kCaller;  // load: whose thread opens the file
  Text parameters;            // load: the property list
  uint32_t flags = 0;         // KLD_LINK_ONLY, KLD_UNLOAD_FORCE
  int id = 0;                 // unload: which; load: the result
  const dynamic::Handoff* handoff = nullptr;  // adopt: the boot images ...
  bool adopt_kernel = false;                  // ... the kernel, or all the others
  // Of the others each fails alone, with those that need it; else all files are undone together.
  bool each_alone() const { return handoff != nullptr && !adopt_kernel; }

  // ---- The hand-over: the monitor's ----
  uint64_t thread;          // that runs its module code
  Step step = Step::kNone;  // what the linker thread is asked to do; kNone: requester's turn
  int result = 0;           // of the last step
  bool linking = false;     // from here on it cannot be cancelled
  bool cancelled = false;   // the requester has left before linking: the linker thread drops it
  bool abandoned = false;   // the requester has left after that: a worker goes on
  bool entered = false;     // it is in the manager's list
  bool set_aside = false;   // waits for `blocked_on` to end
  Transaction* blocked_on = nullptr;
  Transaction* next = nullptr;

  // ---- Its work ----
  Report report;
  Array<Owned<Contents>> adopted;  // the files of boot images
  Owned<LoadJob> job;
  Array<File*> files;  // load: new files, needed ones first; unload: the set, needing ones first
  Array<File*> batch;  // of these, those that are being stopped together
  File* root = nullptr;
  bool sealed = false;    // load: the session is committed, module code may run
  SnapshotBuilder spare;  // the linker thread's: so that ending it needs no memory
};

// Enters the transaction for the linker thread. (The first of its Asks.) The steps' contract is in
// the table above; a step that is not kOpen, kPlanAndLink or kMark cannot be interrupted (kLeft).
[[nodiscard]] int Ask(Transaction& transaction, Step step);

// Takes it off the list, wakes those that waited for it, and frees it.
void EndTransaction(Transaction* transaction);

}  // namespace kld
