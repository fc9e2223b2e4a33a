// SPDX-License-Identifier: BSD-2-Clause
//
// Load and Unload as their callers see them.

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/dynlink/published.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

bool HasSlash(std::string_view text) {
  for (const char c : text) {
    if (c == '/') return true;
  }
  return false;
}

int Permitted(std::string_view what, Report& report) {
  if (manager.secure_level.load(std::memory_order_relaxed) <= 0) return 0;
  Teller teller(report);
  teller.Error({.error = rtld::Error::kNotPermitted,
                .image = what,
                .detail = "kern.securelevel is above 0: nothing is loaded or unloaded any more"});
  return EPERM;
}

int NoMemory(std::string_view what, Report& report) {
  Teller teller(report);
  teller.Error({.error = rtld::Error::kNoMemory, .image = what, .detail = "request"});
  return ENOMEM;
}

// True when a file of that name can be found: its contents need not be read.
bool IsLoaded(const char* name) {
  int id;
  return Find(name, &id) == 0;
}

// The places where a name without '/' is looked for, with the calling thread's eyes: in each
// directory NAME, then NAME.kld.
class NameSearch {
 public:
  NameSearch(Transaction& transaction, const char* name) : transaction_(transaction), name_(name) {
    MonitorGuard guard;
    CopyText(manager.module_path, path_, sizeof(path_));
  }

  // 0, or the error that ended the search; ENOENT is told here with all places.
  int Run() {
    const std::string_view path(path_);
    for (size_t at = 0; at < path.size();) {
      size_t end = at;
      while (end < path.size() && path[end] != ';') ++end;
      const std::string_view directory(path.data() + at, end - at);
      at = end + 1;
      for (const std::string_view suffix : {std::string_view(), std::string_view(".kld")}) {
        const int error = Try(directory, suffix);
        if (error != ENOENT) return error;
      }
    }
    Teller teller(transaction_.report);
    Array<std::string_view> names;
    for (const Text& text : looked_in_) {
      if (!names.Add(text.view())) break;
    }
    teller.Error(
        {.error = rtld::Error::kNotFound, .wanted = name_, .list = {names.data(), names.size()}});
    return ENOENT;
  }

 private:
  int Try(std::string_view directory, std::string_view suffix) {
    if (directory.empty()) return ENOENT;
    Text path;
    char name[KLD_PATH_MAX];
    if (Format(name, sizeof(name), "%s%.*s", name_, static_cast<int>(suffix.size()),
               suffix.data()) >= sizeof(name)) {
      return ENAMETOOLONG;
    }
    if (!path.Join(directory, directory.ends_with('/') ? "" : "/", name)) return ENOMEM;
    const int error = Contents::Read(path.c_str(), transaction_.contents);
    if (error == ENOENT) static_cast<void>(looked_in_.Add(std::move(path)));  // or a shorter list
    return error;
  }

  Transaction& transaction_;
  const char* name_;
  char path_[kModulePathMax];
  Array<Text> looked_in_;
};

}  // namespace

int OpenRoot(Transaction& transaction) {
  const char* const file = transaction.name.c_str();
  int error;
  if (transaction.by_path) {
    error = Contents::Read(file, transaction.contents);
    if (error == ENOENT) {
      Teller teller(transaction.report);
      teller.Error({.error = rtld::Error::kNotFound, .wanted = file});
    }
  } else {
    error = NameSearch(transaction, file).Run();
  }
  if (error == 0 || error == ENOENT) return error;
  transaction.report.Line("%s: cannot be read: error %d", file, error);
  return error;
}

namespace {

int RunLoadRequest(Transaction& transaction, const char* file, int* id) {
  for (;;) {
    if (!transaction.contents && (transaction.by_path || !IsLoaded(file))) {
      const bool own = transaction.eyes == Eyes::kCaller;
      const int error = own ? OpenRoot(transaction) : Ask(transaction, Step::kOpen);
      if (error != 0) return error;
    }
    const int result = Ask(transaction, Step::kPlanAndLink);
    if (result == kReopenFile) continue;  // it was loaded a moment ago, and is not any more
    if (result == kAlready) {
      *id = transaction.id;
      return 0;
    }
    if (result != 0) return result;
    const int error = RunLoad(transaction);
    if (error == 0) *id = transaction.id;
    return error;
  }
}

// Hands the report over and frees the transaction, unless it is the linker thread's now.
int End(Transaction* transaction, int error, const char* name, Report& report) {
  if (error == kLeft) {
    report.Line("%s: interrupted", name);
    return EINTR;
  }
  report = transaction->report;
  EndTransaction(transaction);
  return error;
}

void Account(int error) {
  if (error != 0) manager.failures.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

int Load(const char* file, const char* parameters, uint32_t flags, int* id, Report& report,
         Eyes eyes) {
  report.Clear();
  *id = 0;
  int error = (flags & ~KLD_LINK_ONLY) != 0 ? EINVAL : Permitted(file, report);
  auto* const transaction = error != 0 ? nullptr : New<Transaction>(kld_host_current_thread());
  if (error == 0 && transaction == nullptr) error = NoMemory(file, report);
  if (error == 0) {
    transaction->flags = flags;
    transaction->by_path = HasSlash(file);
    transaction->eyes = eyes;
    const std::string_view list(parameters == nullptr ? "" : parameters);
    if (!transaction->name.Set(file) || !transaction->parameters.Set(list)) {
      error = NoMemory(file, transaction->report);
    } else {
      error = RunLoadRequest(*transaction, file, id);
    }
    error = End(transaction, error, file, report);
  }
  Account(error);
  return error;
}

int Unload(int id, uint32_t flags, Report& report) {
  report.Clear();
  char name[24];
  Format(name, sizeof(name), "file %d", id);
  int error = (flags & ~KLD_UNLOAD_FORCE) != 0 ? EINVAL : Permitted(name, report);
  auto* const transaction = error != 0 ? nullptr : New<Transaction>(kld_host_current_thread());
  if (error == 0 && transaction == nullptr) error = NoMemory(name, report);
  if (error == 0) {
    transaction->flags = flags;
    transaction->id = id;
    if (!transaction->name.Set(name)) {
      error = NoMemory(name, transaction->report);
    } else {
      error = Ask(*transaction, Step::kMark);
      if (error == 0) error = RunUnload(*transaction);
      if (error == kAlready) error = 0;
    }
    error = End(transaction, error, name, report);
  }
  Account(error);
  return error;
}

void Shutdown() {
  // Nothing is loaded or unloaded from here on; what is under way comes to its end first.
  manager.secure_level.store(1, std::memory_order_relaxed);
  {
    MonitorGuard guard;
    manager.shutting_down = true;
    const uint64_t deadline = kld_host_now() + manager.options.drain_ns;
    while (manager.transactions != nullptr && kld_host_now() < deadline) {
      const int ended = kld_host_wait(KLD_HOST_WAIT_FIRM, deadline);
      static_cast<void>(ended);
    }
  }
  // Inside each of them, so that one that takes longer does not unload what is being called.
  Array<File*> files;
  {
    ReadSection read;
    const uint32_t count = read.get() == nullptr ? 0 : read->count();
    if (!files.Reserve(count)) return;
    for (uint32_t i = 0; i < count; ++i) {
      File* const file = (*read.get())[i].file;
      if (EnterLive(file)) static_cast<void>(files.Add(file));  // reserved
    }
  }
  for (size_t i = files.size(); i-- != 0;) {
    for (size_t k = files[i]->modules.size(); k-- != 0;) {
      static_cast<void>(CallHandler(Event::kShutdown, files[i]->modules[k]));
    }
    Leave(files[i]);
  }
}

}  // namespace kld
