// SPDX-License-Identifier: BSD-2-Clause
//
// Everything that runs code of modules: on the thread that loads or unloads, with no lock held.
// Starting files, stopping them, undoing a load of which a part failed.

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/kpi/errno.h"

namespace kld {

// ---- Entering ----

void CallFunction(uintptr_t address) {
  const Executor& executor = manager.options.executor;
  if (executor.function != nullptr) return executor.function(executor.context, address);
  reinterpret_cast<void (*)()>(address)();
}

namespace {

int CallInt(Event event, std::string_view module, uintptr_t address) {
  const Executor& executor = manager.options.executor;
  if (executor.handler != nullptr) {
    return executor.handler(executor.context, event, module.data(), address);
  }
  if (event == Event::kLoad || event == Event::kQuiesce) {
    return reinterpret_cast<int (*)()>(address)();
  }
  reinterpret_cast<void (*)()>(address)();
  return 0;
}

}  // namespace

int CallHandler(Event event, const Module& module) {
  const uintptr_t address = module.handlers[static_cast<size_t>(event)];
  return address == 0 ? 0 : CallInt(event, module.name.view(), address);
}

uintptr_t CallResolver(uintptr_t address) {
  const Executor& executor = manager.options.executor;
  if (executor.resolver != nullptr) return executor.resolver(executor.context, address);
  // Where the psABI has arguments they are what the CPU can do for programs of users: for code of a
  // kernel nothing.
  return reinterpret_cast<uintptr_t (*)(uintptr_t, const void*)>(address)(0, nullptr);
}

namespace {

constexpr uint64_t kDrainPollNs = 1'000'000;

// A step that nothing can interrupt, from the thread whose turn it is.
int Demand(Transaction& transaction, Step step) { return Ask(transaction, step); }

int HandlerFailed(Transaction& transaction, const File& file, std::string_view what, int error) {
  Teller teller(transaction.report);
  teller.Error({.error = rtld::Error::kHandlerFailed,
                .image = file.soname.view(),
                .detail = what,
                .value = static_cast<uint64_t>(error)});
  return ECANCELED;
}

void TellBusy(Transaction& transaction, const File& file, std::string_view why,
              std::span<const std::string_view> list = {}) {
  Teller teller(transaction.report);
  teller.Error(
      {.error = rtld::Error::kBusy, .image = file.soname.view(), .detail = why, .list = list});
}

// "load handler of module x"
class HandlerName {
 public:
  HandlerName(const char* which, const Module& module) {
    Format(text_, sizeof(text_), "%s handler of module %s", which, module.name.c_str());
  }
  operator std::string_view() const { return text_; }

 private:
  char text_[32 + KLD_NAME_MAX];
};

// ---- Starting ----

int StartFile(Transaction& transaction, File& file) {
  file.constructed = true;
  for (const uintptr_t constructor : file.constructors) CallFunction(constructor);
  for (const uintptr_t hook : file.hooks) {
    if (const int error = CallInt(Event::kLoad, "", hook); error != 0) {
      return HandlerFailed(transaction, file, "hook", error);
    }
  }
  for (Module& module : file.modules) {
    if (const int error = CallHandler(Event::kLoad, module); error != 0) {
      return HandlerFailed(transaction, file, HandlerName("load", module), error);
    }
    module.started = true;
  }
  return 0;
}

// ---- Stopping ----

// Tells those modules that were quiesced that nothing comes of it.
void ResumeFile(File& file) {
  for (Module& module : file.modules) {
    if (!module.quiesced) continue;
    module.quiesced = false;
    CallHandler(Event::kResume, module);
  }
}

int QuiesceFile(Transaction& transaction, File& file, bool force) {
  for (size_t i = file.modules.size(); i-- != 0;) {
    Module& module = file.modules[i];
    if (!module.started) continue;
    const int error = CallHandler(Event::kQuiesce, module);
    if (error != 0 && !force) {
      char text[48 + KLD_NAME_MAX];
      Format(text, sizeof(text), "module %s will not be unloaded now (error %d)",
             module.name.c_str(), error);
      TellBusy(transaction, file, text);
      return EBUSY;
    }
    module.quiesced = true;
  }
  return 0;
}

uint64_t Inside(Array<File*>& batch, File** first) {
  for (File* file : batch) {
    if (const uint64_t inside = file->gate.inside(); inside != 0) {
      *first = file;
      return inside;
    }
  }
  return 0;
}

// Waits until everybody who is inside has come out. Leave() wakes nobody (it is called in interrupt
// handlers), so the count is looked at every millisecond.
int Drain(Transaction& transaction) {
  const uint64_t deadline = kld_host_now() + manager.options.drain_ns;
  File* file = nullptr;
  while (const uint64_t inside = Inside(transaction.batch, &file)) {
    const uint64_t now = kld_host_now();
    if (now >= deadline) {
      char text[48];
      Format(text, sizeof(text),
             inside == 1 ? "%llu caller is still inside" : "%llu callers are still inside",
             static_cast<unsigned long long>(inside));
      TellBusy(transaction, *file, text);
      return EBUSY;
    }
    MonitorGuard guard;
    const uint64_t next = now + kDrainPollNs;
    const int ended = kld_host_wait(KLD_HOST_WAIT_FIRM, next < deadline ? next : deadline);
    static_cast<void>(ended);
  }
  return 0;
}

// What the file has registered and not taken back, or what is in use of it.
bool HasLeftovers(Transaction& transaction, File& file) {
  constexpr size_t kMaxNames = 16;
  struct Line {
    char text[Registration::kNameMax + 16];
  };
  Line lines[kMaxNames];
  std::string_view names[kMaxNames];
  size_t count = 0;
  {
    MonitorGuard guard;
    for (Registration* r = file.registrations; r != nullptr && count < kMaxNames; r = r->next) {
      Format(lines[count].text, sizeof(Line), "%s %s", KindName(r->kind), r->name);
      names[count] = lines[count].text;
      ++count;
    }
  }
  if (count == 0 && file.holds.load(std::memory_order_acquire) == 0) return false;
  TellBusy(transaction, file, "left something behind and stays in memory", {names, count});
  return true;
}

void DestructFile(File& file) {
  if (file.destructors_done) return;
  file.destructors_done = true;
  if (!file.constructed) return;
  for (const uintptr_t destructor : file.destructors) CallFunction(destructor);
}

// Unload handlers, leftovers, destructors. False: the file is DEAD.
[[nodiscard]] bool TakeDown(Transaction& transaction, File& file) {
  if (!file.handlers_done) {
    file.handlers_done = true;
    for (size_t i = file.modules.size(); i-- != 0;) {
      Module& module = file.modules[i];
      if (!module.started) continue;
      module.started = module.quiesced = false;
      CallHandler(Event::kUnload, module);
    }
  }
  if (HasLeftovers(transaction, file)) {
    file.fate = Fate::kDead;
    return false;
  }
  DestructFile(file);
  file.fate = Fate::kGone;
  return true;
}

void ResumeBatch(Transaction& transaction) {
  for (size_t i = transaction.batch.size(); i-- != 0;) {
    if (transaction.batch[i]->fate == Fate::kLive) ResumeFile(*transaction.batch[i]);
  }
  Demand(transaction, Step::kReopen);
}

int QuiesceBatch(Transaction& transaction) {
  const bool force = (transaction.flags & KLD_UNLOAD_FORCE) != 0;
  for (File* file : transaction.batch) {
    if (file->fate != Fate::kLive) continue;  // DEAD: it was asked once
    if (const int error = QuiesceFile(transaction, *file, force); error != 0) return error;
  }
  return 0;
}

// Nobody comes in any more, everybody comes out, nobody's stack leads back in.
int CloseBatch(Transaction& transaction) {
  Demand(transaction, Step::kClose);
  if (const int error = Drain(transaction); error != 0) return error;
  return Demand(transaction, Step::kCheckStacks);
}

// Takes the files of the batch down, up to one that leaves something behind: what that one needs
// has to stay. Fates say what has become of each.
int TakeDownBatch(Transaction& transaction) {
  Array<File*>& batch = transaction.batch;
  size_t down = 0;
  while (down < batch.size() && TakeDown(transaction, *batch[down])) ++down;
  if (Demand(transaction, Step::kCheckAllStacks) != 0) {
    for (File* file : batch) {
      if (file->fate == Fate::kGone) file->fate = Fate::kDead;
    }
    return EBUSY;
  }
  return down == batch.size() ? 0 : EBUSY;
}

// Stops all files of the batch together: those that need before those that are needed.
int StopBatch(Transaction& transaction) {
  int error = QuiesceBatch(transaction);
  if (error == 0) error = CloseBatch(transaction);
  if (error == 0) error = TakeDownBatch(transaction);
  if (error != 0) ResumeBatch(transaction);
  return error;
}

// ---- Undoing a load ----

bool NeededByAStayer(const Transaction& transaction, size_t index) {
  for (size_t i = index + 1; i < transaction.files.size(); ++i) {
    const File& other = *transaction.files[i];
    if (other.fate != Fate::kGone && other.needed.Contains(transaction.files[index])) return true;
  }
  return false;
}

// The file that failed goes whatever its modules say: there is nothing whole of it to keep.
void TakeDownFailed(Transaction& transaction, File& file) {
  transaction.batch.Clear();
  static_cast<void>(transaction.batch.Add(&file));  // reserved
  if (CloseBatch(transaction) == 0) {
    static_cast<void>(TakeDownBatch(transaction));
  } else {
    file.fate = Fate::kDead;
  }
}

// `failed` is the file that did not start; those before it did, those behind it were never touched.
void UndoStarted(Transaction& transaction, size_t failed) {
  Array<File*>& files = transaction.files;
  for (size_t i = 0; i < files.size(); ++i) {
    files[i]->fate = i > failed ? Fate::kGone : Fate::kLive;
  }
  TakeDownFailed(transaction, *files[failed]);
  for (size_t i = failed; i-- != 0;) {
    File& file = *files[i];
    if (!NeededByAStayer(transaction, i)) {
      transaction.batch.Clear();
      static_cast<void>(transaction.batch.Add(&file));  // reserved
      if (StopBatch(transaction) == 0) continue;
    }
    if (file.fate != Fate::kLive) continue;
    transaction.report.Line("%s stays loaded, without a user reference", file.soname.c_str());
  }
}

// Whether it leads into a preload that is not going to start.
bool IsGivenUp(const Transaction& transaction, uintptr_t address) {
  for (const File* file : transaction.files) {
    if (file->fate == Fate::kGone && address >= file->start() && address < file->end()) return true;
  }
  return false;
}

int RunResolvers(Transaction& transaction) {
  LoadJob& job = *transaction.job;
  // Nobody goes by what a file that does not start would have chosen.
  const auto call = [&transaction](uintptr_t address) {
    return IsGivenUp(transaction, address) ? address : CallResolver(address);
  };
  if (!job.session().RunResolvers(call)) return job.teller().error();
  return Demand(transaction, Step::kSeal);
}

int StartFiles(Transaction& transaction) {
  if (!transaction.batch.Reserve(1)) {
    Teller teller(transaction.report);
    teller.Error({.error = rtld::Error::kNoMemory, .image = transaction.name.view()});
    for (File* file : transaction.files) file->fate = Fate::kGone;
    return ENOMEM;
  }
  for (size_t i = 0; i < transaction.files.size(); ++i) {
    const int error = StartFile(transaction, *transaction.files[i]);
    if (error == 0) continue;
    UndoStarted(transaction, i);
    return error;
  }
  return 0;
}

}  // namespace

int RunLoad(Transaction& transaction) {
  int error = 0;
  if (!transaction.sealed) {
    error = RunResolvers(transaction);
    if (error != 0) {
      for (File* file : transaction.files) file->fate = Fate::kGone;
    }
  }
  if (error == 0) error = StartFiles(transaction);
  if (error == 0) transaction.root->user_refs.store(1, std::memory_order_relaxed);
  Demand(transaction, Step::kFinish);
  return error;
}

bool FailsWithNeeded(Transaction& transaction, File& file) {
  for (const File* needed : file.needed) {
    if (needed->fate == Fate::kLive) continue;
    transaction.report.Line("%s: not started: it needs %s", file.soname.c_str(),
                            needed->soname.c_str());
    file.fate = Fate::kGone;
    return true;
  }
  return false;
}

int RunAdopted(Transaction& transaction) {
  Array<File*>& files = transaction.files;
  int error = transaction.sealed ? 0 : RunResolvers(transaction);
  if (error == 0 && !transaction.batch.Reserve(1)) error = ENOMEM;
  for (File* file : files) {
    if (error != 0) file->fate = Fate::kGone;
    // Or it was given up when its record was made.
    if (file->fate == Fate::kGone || FailsWithNeeded(transaction, *file)) continue;
    if (!file->is_kernel() && StartFile(transaction, *file) != 0) {
      TakeDownFailed(transaction, *file);
    }
  }
  // What was brought in only for a file that did not start is not needed, but nobody has asked for
  // it to be stopped either: it stays, and the first unload that reaches it takes it along.
  for (File* file : files) {
    if (file->fate == Fate::kLive && file->requested) {
      file->user_refs.store(1, std::memory_order_relaxed);
    }
  }
  Demand(transaction, Step::kFinish);
  return error;
}

int RunUnload(Transaction& transaction) {
  Array<File*>& files = transaction.files;
  int error = 0;
  if (transaction.batch.Reserve(files.size())) {
    transaction.batch.Clear();
    for (File* file : files) static_cast<void>(transaction.batch.Add(file));  // reserved
    error = StopBatch(transaction);
  } else {
    Teller teller(transaction.report);
    teller.Error({.error = rtld::Error::kNoMemory, .image = transaction.name.view()});
    error = ENOMEM;
  }
  Demand(transaction, Step::kFinish);
  return error;
}

}  // namespace kld
