// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/owner.h"

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/dynlink/published.h"

namespace kld {

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kDevice:
      return "device";
    case Kind::kFileSystem:
      return "file system";
    case Kind::kThread:
      return "thread";
    case Kind::kTimer:
      return "timer";
    case Kind::kInterrupt:
      return "interrupt";
    case Kind::kSysctl:
      return "sysctl";
    case Kind::kOther:
      break;
  }
  return "object";
}

File* FileOf(const void* address) {
  ReadSection read;
  if (read.get() == nullptr) return nullptr;
  const Slot* const slot = read->At(reinterpret_cast<uintptr_t>(address));
  return slot == nullptr || slot->id == File::kKernelId ? nullptr : slot->file;
}

const char* NameOf(const File* owner) {
  return owner == nullptr ? "kernel" : owner->soname.c_str();
}

void Register(Registration& registration, File* owner, Kind kind, const char* name) {
  registration.owner = owner;
  registration.kind = kind;
  CopyText(name, registration.name, sizeof(registration.name));
  if (owner == nullptr) return;
  MonitorGuard guard;
  registration.previous = nullptr;
  registration.next = owner->registrations;
  if (owner->registrations != nullptr) owner->registrations->previous = &registration;
  owner->registrations = &registration;
  CountRegistrations(+1);
}

void Unregister(Registration& registration) {
  if (registration.owner == nullptr) return;
  MonitorGuard guard;
  if (registration.previous != nullptr) {
    registration.previous->next = registration.next;
  } else {
    registration.owner->registrations = registration.next;
  }
  if (registration.next != nullptr) registration.next->previous = registration.previous;
  registration.next = registration.previous = nullptr;
  registration.owner = nullptr;
  CountRegistrations(-1);
}

bool Enter(File* owner) { return owner == nullptr || owner->gate.Enter(Gate::kInternal); }
bool EnterLive(File* owner) { return owner == nullptr || owner->gate.Enter(Gate::kOpen); }
void Leave(File* owner) {
  if (owner != nullptr) owner->gate.Leave();
}

// Holds are counted inside an entry: a closed gate refuses it, and closing waits for it.
bool Hold(Registration& registration) {
  if (!EnterLive(registration.owner)) return false;
  if (registration.owner != nullptr) {
    registration.owner->holds.fetch_add(1, std::memory_order_relaxed);
  }
  registration.holds.fetch_add(1, std::memory_order_relaxed);
  Leave(registration.owner);
  return true;
}

void Release(Registration& registration) {
  File* const owner = registration.owner;
  registration.holds.fetch_sub(1, std::memory_order_release);
  if (owner != nullptr) owner->holds.fetch_sub(1, std::memory_order_release);
}

}  // namespace kld
