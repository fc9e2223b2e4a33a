// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/syscalls.h"

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/memory.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kld_abi.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/vfs.h"

namespace kld {
namespace {

constexpr size_t kPlistMax = 64 * 1024;

// ---- The last report of each process ----

// As many processes as one can look at; the least recently reported one makes room. A process is
// known by the number of its one thread, which is never given to another.
class LastReports {
 public:
  void Keep(const Report& report) {
    sched::Guard guard(mutex_);
    Slot* slot = &slots_[0];
    for (Slot& each : slots_) {
      if (each.thread == kld_host_current_thread()) {
        slot = &each;
        break;
      }
      if (each.turn < slot->turn) slot = &each;
    }
    slot->thread = kld_host_current_thread();
    slot->turn = ++turns_;
    slot->report = report;
  }

  // The calling process's last request had no room for one.
  void Forget() {
    sched::Guard guard(mutex_);
    for (Slot& each : slots_) {
      if (each.thread == kld_host_current_thread()) each.report.Clear();
    }
  }

  // The text of the calling process's report into `to`; 0 when it has none.
  size_t Take(char* to, size_t capacity) {
    sched::Guard guard(mutex_);
    for (const Slot& each : slots_) {
      if (each.turn == 0 || each.thread != kld_host_current_thread()) continue;
      CopyText({each.report.text(), each.report.length()}, to, capacity);
      return each.report.length();
    }
    return 0;
  }

 private:
  struct Slot {
    uint64_t thread = 0;
    uint64_t turn = 0;
    Report report;
  };

  sched::Mutex mutex_;
  uint64_t turns_ = 0;
  Slot slots_[4];
};

LastReports& Reports() {
  static LastReports reports;
  return reports;
}

// ---- Arguments ----

bool Privileged() { return vfs::CurrentContext().who.Privileged(); }

int ToId(uint64_t value) { return value <= 0x7fffffff ? static_cast<int>(value) : -1; }

int64_t Negated(int error) { return -static_cast<int64_t>(error); }

// A path or name; its NUL included.
class UserString {
 public:
  explicit UserString(uint64_t address) {
    const auto length = mm::CopyInString(text_, static_cast<mm::VirtAddr>(address), sizeof(text_));
    error_ = base::Number(length.error());
  }
  int error() const { return error_; }
  const char* text() const { return text_; }

 private:
  char text_[KLD_PATH_MAX];
  int error_;
};

// Structures carry their size in their first word.
template <class T>
int CopyVersioned(T& to, uint64_t from) {
  const base::Error error = mm::CopyIn(&to, static_cast<mm::VirtAddr>(from), sizeof(to.version));
  if (!base::Ok(error)) return base::Number(error);
  if (to.version != sizeof(T)) return EINVAL;
  return base::Number(mm::CopyIn(&to, static_cast<mm::VirtAddr>(from), sizeof(T)));
}
template <class T>
int64_t GiveBack(const T& from, uint64_t to) {
  return Negated(base::Number(mm::CopyOut(static_cast<mm::VirtAddr>(to), &from, sizeof(T))));
}

// request(report), whose report is kept however it ends: nobody is to read that of a request before.
template <class Request>
int64_t Reported(Request&& request) {
  Owned<Report> report(New<Report>());
  if (!report) {
    Reports().Forget();
    return Negated(ENOMEM);
  }
  const int64_t result = request(*report);
  Reports().Keep(*report);
  return result;
}

int64_t Denied(Report& report, const char* what) {
  report.Line("%s: only root may load and unload modules", what);
  return Negated(EPERM);
}

int64_t BadName(Report& report, int error) {
  if (error == ENAMETOOLONG) {
    report.Line("the name of a file has %d characters at the most", KLD_PATH_MAX - 1);
  }
  return Negated(error);
}

// The property list, when there is one; NUL-terminated.
int CopyPlist(uint64_t address, const char* file, Report& report, Owned<Array<char>>& out) {
  if (address == 0) return 0;
  Owned<Array<char>> text(New<Array<char>>());
  if (!text || !text->Reserve(kPlistMax)) return ENOMEM;
  const auto length = mm::CopyInString(text->data(), static_cast<mm::VirtAddr>(address), kPlistMax);
  const int error = base::Number(length.error());
  if (error == 0) out = std::move(text);
  if (error != ENAMETOOLONG) return error;
  report.Line("%s: its parameters are too long: a property list has less than %zu bytes", file,
              kPlistMax);
  return EINVAL;
}

using IdFunction = int (*)(int, int*);
int64_t CallId(IdFunction function, uint64_t value) {
  int result = 0;
  const int error = function(ToId(value), &result);
  return error != 0 ? Negated(error) : result;
}

using NameFunction = int (*)(const char*, int*);
int64_t CallName(NameFunction function, uint64_t address) {
  const UserString name(address);
  if (name.error() != 0) return Negated(name.error());
  int result = 0;
  const int error = function(name.text(), &result);
  return error != 0 ? Negated(error) : result;
}

}  // namespace

// ---- Requests ----

int64_t SysLoad(uint64_t file, uint64_t plist, uint64_t flags) {
  return Reported([=](Report& report) -> int64_t {
    const UserString name(file);
    if (name.error() != 0) return BadName(report, name.error());
    if (!Privileged()) return Denied(report, name.text());
    Owned<Array<char>> text;
    int error = CopyPlist(plist, name.text(), report, text);
    if (error != 0) return Negated(error);
    int id = 0;
    error =
        Load(name.text(), text ? text->data() : nullptr, static_cast<uint32_t>(flags), &id, report);
    return error != 0 ? Negated(error) : id;
  });
}

int64_t SysUnload(uint64_t id, uint64_t flags) {
  return Reported([=](Report& report) {
    if (!Privileged()) return Denied(report, "kldunload");
    return Negated(Unload(ToId(id), static_cast<uint32_t>(flags), report));
  });
}

// ---- Queries ----

int64_t SysFind(uint64_t name) { return CallName(Find, name); }
int64_t SysNext(uint64_t id) { return CallId(Next, id); }
int64_t SysFirstModule(uint64_t id) { return CallId(FirstModule, id); }
int64_t SysNextModule(uint64_t module) { return CallId(NextModule, module); }
int64_t SysNextModuleOfFile(uint64_t module) { return CallId(NextModuleOfFile, module); }
int64_t SysFindModule(uint64_t name) { return CallName(FindModule, name); }

int64_t SysStat(uint64_t id, uint64_t to) {
  kld_file_stat stat;
  int error = CopyVersioned(stat, to);
  if (error == 0) error = Stat(ToId(id), &stat);
  if (error != 0) return Negated(error);
  if (!Privileged()) stat.address = stat.dynamic = 0;
  return GiveBack(stat, to);
}

int64_t SysStatModule(uint64_t module, uint64_t to) {
  kld_module_stat stat;
  int error = CopyVersioned(stat, to);
  if (error == 0) error = StatModule(ToId(module), &stat);
  return error != 0 ? Negated(error) : GiveBack(stat, to);
}

int64_t SysSymbol(uint64_t file, uint64_t command, uint64_t address) {
  kld_sym_lookup lookup;
  int error = CopyVersioned(lookup, address);
  if (error != 0) return Negated(error);
  lookup.symname[sizeof(lookup.symname) - 1] = '\0';
  const int id = ToId(file);
  switch (command) {
    case KLDSYM_LOOKUP: {
      char name[KLD_PATH_MAX];
      CopyText(lookup.symname, name, sizeof(name));
      error = SymbolByName(id, name, &lookup);
      break;
    }
    case KLDSYM_ADDRESS:
      // Whoever may not see addresses may not ask with them either.
      error = Privileged() ? SymbolByAddress(id, lookup.value, &lookup) : EPERM;
      break;
    default:
      error = EINVAL;
      break;
  }
  if (error != 0) return Negated(error);
  if (!Privileged()) lookup.value = 0;
  return GiveBack(lookup, address);
}

int64_t SysReport(uint64_t text, uint64_t capacity) {
  Owned<Array<char>> copy(New<Array<char>>());
  if (!copy || !copy->Reserve(Report::kCapacity)) return Negated(ENOMEM);
  const size_t length = Reports().Take(copy->data(), Report::kCapacity);
  if (capacity == 0) return static_cast<int64_t>(length);
  const size_t stored = length < capacity - 1 ? length : static_cast<size_t>(capacity - 1);
  copy->data()[stored] = '\0';
  const base::Error error = mm::CopyOut(static_cast<mm::VirtAddr>(text), copy->data(), stored + 1);
  return base::Ok(error) ? static_cast<int64_t>(length) : Negated(base::Number(error));
}

int64_t SysCounters(uint64_t to) {
  kld_counters counters;
  int error = CopyVersioned(counters, to);
  if (error == 0) error = Counters(&counters);
  if (error != 0) return Negated(error);
  const mm::HeapCounts heap = mm::CountHeap();
  counters.kernel_heap_blocks = heap.blocks;
  counters.kernel_heap_bytes = heap.bytes;
  counters.free_frames = mm::CountFrames().free;
  return GiveBack(counters, to);
}

// ---- By number ----

bool IsLinkerCall(uint64_t number) {
  return (number >= SYS_kldload && number <= SYS_kldreport) || number == SYS_kldcounters;
}

int64_t DispatchLinkerCall(uint64_t number, const SysArguments& arguments) {
  const uint64_t* const a = arguments.value;
  switch (number) {
    case SYS_kldload:
      return SysLoad(a[0], a[1], a[2]);
    case SYS_kldunload:
      return SysUnload(a[0], a[1]);
    case SYS_kldfind:
      return SysFind(a[0]);
    case SYS_kldnext:
      return SysNext(a[0]);
    case SYS_kldstat:
      return SysStat(a[0], a[1]);
    case SYS_kldfirstmod:
      return SysFirstModule(a[0]);
    case SYS_modnext:
      return SysNextModule(a[0]);
    case SYS_modfnext:
      return SysNextModuleOfFile(a[0]);
    case SYS_modfind:
      return SysFindModule(a[0]);
    case SYS_modstat:
      return SysStatModule(a[0], a[1]);
    case SYS_kldsym:
      return SysSymbol(a[0], a[1], a[2]);
    case SYS_kldreport:
      return SysReport(a[0], a[1]);
    case SYS_kldcounters:
      return SysCounters(a[0]);
    default:
      return -ENOSYS;
  }
}

}  // namespace kld
