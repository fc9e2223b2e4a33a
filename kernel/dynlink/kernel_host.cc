// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/kernel_host.h"

#include "arch/contract/kernel/mmu.h"
#include "kernel/base/clock.h"
#include "kernel/base/log.h"
#include "kernel/base/new.h"
#include "kernel/base/panic.h"
#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/owner.h"
#include "kernel/dynlink/published.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kld_abi.h"
#include "kernel/kpi/sysctl.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/vfs.h"

struct kld_host_file {
  vfs::FileRef file;
};

namespace {

static_assert(KLD_HOST_PAGE == mm::kPageSize);

constinit sched::Mutex monitor;
constinit sched::Condition changed;
constinit kld::Placement module_placement = kld::Placement::kNear;

mm::Protection ProtectionOf(int permission) {
  switch (permission) {
    case KLD_HOST_READ_WRITE:
      return mm::Protection::kReadWrite;
    case KLD_HOST_READ_EXECUTE:
      return mm::Protection::kReadExecute;
    default:
      return mm::Protection::kRead;
  }
}

}  // namespace

// ---- Memory ----

void* kld_host_allocate(size_t bytes) { return mm::Allocate(bytes); }
void kld_host_free(void* block) { mm::Free(block); }

uintptr_t kld_host_reserve(size_t bytes, uintptr_t near) {
  const auto start = near != 0 && module_placement == kld::Placement::kFar
                         ? mm::ReserveKernelSpaceFar(bytes, near)
                         : mm::ReserveKernelSpace(bytes, near);
  return start.ok() ? start.value() : 0;
}
void kld_host_unreserve(uintptr_t start, size_t bytes) { mm::ReleaseKernelSpace(start, bytes); }
int kld_host_map(uintptr_t start, size_t bytes) {
  return base::Number(mm::MapKernel(start, bytes));
}
void kld_host_unmap(uintptr_t start, size_t bytes) { mm::UnmapKernel(start, bytes); }
void kld_host_protect(uintptr_t start, size_t bytes, int permission) {
  mm::ProtectKernel(start, bytes, ProtectionOf(permission));
}
void kld_host_sync_code(uintptr_t start, size_t bytes) { arch::SyncCode(start, bytes); }

// ---- Waiting and threads ----

void kld_host_lock() { monitor.Lock(); }
void kld_host_unlock() { monitor.Unlock(); }

// No thread of this kernel dies inside it, so a killable wait is a firm one. Every request comes
// here, and what it waits for may run into any lock: only the monitor is held.
int kld_host_wait(int patience, uint64_t deadline_ns) {
  BASE_CHECK(sched::MutexesHeld() == 1);
  const bool interruptible = patience == KLD_HOST_WAIT_INTERRUPTIBLE;
  return base::Number(changed.Wait(monitor, interruptible, deadline_ns));
}
void kld_host_wake_all() { changed.Broadcast(); }

int kld_host_start_thread(const char* name, void (*function)(void*), void* argument) {
  const auto thread = sched::Start(name, function, argument);
  if (!thread.ok()) return base::Number(thread.error());
  sched::Detach(thread.value());
  return 0;
}

uint64_t kld_host_current_thread() { return sched::Id(sched::Current()); }

void kld_host_for_each_frame(int (*visit)(void*, uint64_t, const char*, uintptr_t), void* context) {
  struct Visit {
    int (*function)(void*, uint64_t, const char*, uintptr_t);
    void* context;
  } state = {visit, context};
  sched::ForEachFrame(
      [](void* opaque, uint32_t thread, const char* name, mm::VirtAddr address) {
        const auto& to = *static_cast<const Visit*>(opaque);
        return to.function(to.context, thread, name, address) != 0;
      },
      &state);
}

uint64_t kld_host_now() { return sched::NowNs(); }

// ---- Files and words ----

int kld_host_open(const char* path, kld_host_file** file, uint64_t* length, char* absolute,
                  size_t capacity) {
  const vfs::Context& context = vfs::CurrentContext();
  auto opened = vfs::Open(context, path, vfs::kOpenRead);
  if (!opened.ok()) return base::Number(opened.error());
  const vfs::Attributes attributes = opened.value()->Stat();
  if (attributes.kind != vfs::Kind::kRegular) return ENOEXEC;
  const auto size = vfs::AbsolutePath(context, path, absolute, capacity);
  if (!size.ok()) {
    return size.error() == base::Errno(ERANGE) ? ENAMETOOLONG : base::Number(size.error());
  }
  auto* const made = base::New<kld_host_file>();
  if (made == nullptr) return ENOMEM;
  made->file = opened.value();
  *length = attributes.size;
  *file = made;
  return 0;
}

int kld_host_read(kld_host_file* file, uint64_t offset, void* to, size_t bytes) {
  return base::Number(vfs::ReadExactly(*file->file, offset, to, bytes));
}

void kld_host_close(kld_host_file* file) { base::Delete(file); }

void kld_host_log(int important, const char* line) {
  base::Log(important != 0 ? base::Level::kNotice : base::Level::kInfo, "%s", line);
}

namespace kld {
namespace {

bool Symbolize(mm::VirtAddr address, base::CodeAddress kind, char* to, size_t capacity) {
  NameAddress(address, to, capacity, kind == base::CodeAddress::kReturn);
  return to[0] != '0';
}

// What a panic adds: every file with its place and build-id (so that a debugger finds its symbols),
// and the one that left last.
void PrintFiles() {
  const Snapshot* const files = PublishedUncounted();
  for (uint32_t i = 0; files != nullptr && i < files->count(); ++i) {
    const Slot& slot = (*files)[i];
    char id[2 * sizeof(slot.file->build_id) + 1] = {};
    for (uint32_t at = 0; at < slot.file->build_id_size; ++at) {
      constexpr char kDigits[] = "0123456789abcdef";
      id[2 * at] = kDigits[slot.file->build_id[at] >> 4];
      id[2 * at + 1] = kDigits[slot.file->build_id[at] & 15];
    }
    base::PanicLine("file %d %s [%#lx, %#lx) build-id %s", slot.id, NameOf(slot.file),
                    static_cast<unsigned long>(slot.start), static_cast<unsigned long>(slot.end),
                    id[0] != '\0' ? id : "none");
  }
  if (LastUnloaded()[0] != '\0') base::PanicLine("last unloaded: %s", LastUnloaded());
}

// ---- Named values ----

int64_t Give(std::string_view text, char* to, size_t capacity) {
  for (size_t i = 0; i < text.size() && i < capacity; ++i) to[i] = text[i];
  return static_cast<int64_t>(text.size());
}

int64_t ReadModulePath(void*, char* to, size_t capacity) {
  Owned<Array<char>> path(New<Array<char>>());
  if (!path || !path->Reserve(kModulePathMax)) return -ENOMEM;
  const size_t size = ModulePath(path->data(), kModulePathMax);
  return Give({path->data(), size}, to, capacity);
}
int WriteModulePath(void*, const char* text, size_t) { return SetModulePath(text); }

int64_t ReadSecureLevel(void*, char* to, size_t capacity) {
  char text[16];
  const size_t size = Format(text, sizeof(text), "%d", SecureLevel());
  return Give({text, size}, to, capacity);
}
// A decimal number, which can only rise.
int WriteSecureLevel(void*, const char* text, size_t bytes) {
  int level = 0;
  const bool negative = bytes != 0 && text[0] == '-';
  if (bytes == (negative ? 1 : 0) || bytes > 6) return EINVAL;
  for (size_t i = negative ? 1 : 0; i < bytes; ++i) {
    if (text[i] < '0' || text[i] > '9') return EINVAL;
    level = level * 10 + (text[i] - '0');
  }
  return SetSecureLevel(negative ? -level : level);
}

// What the linker holds (kld_counters without its events), on one line: for scripts that compare
// two moments.
int64_t ReadHeld(void*, char* to, size_t capacity) {
  kld_counters held;
  held.version = sizeof(held);
  if (const int error = Counters(&held); error != 0) return -error;
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  char text[320];
  const size_t size =
      Format(text, sizeof(text),
             "files=%u modules=%u references=%u symbols=%llu generations=%llu heap_blocks=%llu "
             "heap_bytes=%llu reserved_bytes=%llu mapped_bytes=%llu registrations=%llu",
             held.files, held.modules, held.references, number(held.symbols),
             number(held.generations), number(held.heap_blocks), number(held.heap_bytes),
             number(held.reserved_bytes), number(held.mapped_bytes), number(held.registrations));
  return Give({text, size}, to, capacity);
}

constexpr ksysctl_spec kSysctls[] = {
    {"kern.kld_held", "what the linker holds now", nullptr, ReadHeld, nullptr},
    {"kern.module_path", "where modules are looked for, directories separated by ';'", nullptr,
     ReadModulePath, WriteModulePath},
    {"kern.securelevel", "above 0 nothing is loaded or unloaded any more; can only rise", nullptr,
     ReadSecureLevel, WriteSecureLevel},
};

int AddSysctls() {
  for (const ksysctl_spec& spec : kSysctls) {
    ksysctl* made;
    if (const int error = ksysctl_create_from(nullptr, &spec, &made); error != 0) return error;
  }
  return 0;
}

}  // namespace

void StartInKernel(const dynamic::Handoff& handoff, Placement placement) {
  module_placement = placement;
  int error = Start({});
  if (error == 0) error = AddSysctls();
  if (error == 0) error = AdoptBootImages(handoff);
  if (error != 0) base::Panic("the module manager does not start: error %d", error);
  base::SetSymbolizer(Symbolize);
  base::AddPanicHook(PrintFiles);
}

}  // namespace kld
