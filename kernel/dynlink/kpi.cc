// SPDX-License-Identifier: BSD-2-Clause
//
// The linker's part of the KPI (kernel/kpi/kld.h, registry.h): what modules call.

#include "kernel/dynlink/file.h"
#include "kernel/dynlink/format.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/published.h"
#include "kernel/dynlink/sets.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kld.h"
#include "kernel/kpi/registry.h"
#include "rtld_shared/link/function.h"
#include "rtld_shared/link/lookup.h"

namespace {

using kld::File;

// A request on behalf of a module: what goes wrong goes to the log, for nobody else sees it.
template <class Request>
int Logged(Request&& request) {
  kld::Owned<kld::Report> report(kld::New<kld::Report>());
  if (!report) return ENOMEM;
  const int error = request(*report);
  if (error != 0) report->Log(0);
  return error;
}

}  // namespace

const void* kld_lookup_set(const void* address, const char* set, size_t index) {
  const File* const file = kld::FileOf(address);
  if (file == nullptr) return nullptr;
  for (const kld_set_entry& entry : file->sets) {
    const char* const name = kld::StringAt(*file->linked, entry.set);
    if (name == nullptr || std::string_view(name) != set) continue;
    if (index-- == 0) return entry.object;
  }
  return nullptr;
}

int kld_load(const char* file, int* id) {
  return Logged([&](kld::Report& report) {
    return kld::Load(file, nullptr, 0, id, report, kld::Eyes::kKernel);
  });
}

int kld_unload(int id) {
  return Logged([&](kld::Report& report) { return kld::Unload(id, 0, report); });
}

// ---- Holding files ----

struct kld_held {
  kld::Registration registration;  // in the held file's list, so that an unload names it
};

int kld_hold(const char* soname, kld_held** held) {
  kld::Owned<kld_held> made(kld::New<kld_held>());
  if (!made) return ENOMEM;
  File* file = nullptr;
  {
    kld::ReadSection read;
    const uint32_t count = read.get() == nullptr ? 0 : read->count();
    for (uint32_t i = 0; i < count && file == nullptr; ++i) {
      const kld::Slot& slot = (*read.get())[i];
      if (slot.visible && slot.file->soname == std::string_view(soname)) file = slot.file;
    }
    // Once inside, the file cannot leave.
    if (file == nullptr || !kld::EnterLive(file)) return ENOENT;
  }
  kld::Register(made->registration, file, kld::Kind::kOther, "held by kld_hold");
  const bool alive = kld::Hold(made->registration);
  if (!alive) kld::Unregister(made->registration);
  kld::Leave(file);
  if (!alive) return ENOENT;
  *held = made.Leak();
  return 0;
}

// The registration goes first: the file can leave as soon as nothing holds it, and must not find it.
void kld_release(kld_held* held) {
  File* const file = held->registration.owner;
  kld::Unregister(held->registration);
  file->holds.fetch_sub(1, std::memory_order_release);
  kld::Delete(held);
}

void* kld_symbol(kld_held* held, const char* name) {
  const kld::Linked& linked = *held->registration.owner->linked;
  const auto* const symbol =
      rtld::Lookup(linked, rtld::SymbolName(name), nullptr, {.strict_versions = true});
  if (symbol == nullptr) return nullptr;
  auto address = static_cast<uintptr_t>(linked.ValueOf(*symbol));
  if (elf::SymbolTypeOf(symbol->info) == elf::kSttGnuIfunc) {
    // As a relocation would have it.
    if (!rtld::IsFunction(linked, linked.image, linked.LinkTime(address))) return nullptr;
    address = kld::CallResolver(address);
  }
  return reinterpret_cast<void*>(address);
}

// ---- Registrations of modules with modules ----

struct kreg {
  kld::Registration registration;
};

int kreg_create(const void* owner, const char* kind, const char* name, kreg** out) {
  kreg* const made = kld::New<kreg>();
  if (made == nullptr) return ENOMEM;
  char text[kld::Registration::kNameMax];
  kld::Format(text, sizeof(text), "%s %s", kind, name);
  kld::Register(made->registration, kld::FileOf(owner), kld::Kind::kOther, text);
  *out = made;
  return 0;
}

void kreg_destroy(kreg* registration) {
  kld::Unregister(registration->registration);
  kld::Delete(registration);
}

int kreg_enter(kreg* registration) { return kld::Enter(registration->registration.owner) ? 1 : 0; }
void kreg_leave(kreg* registration) { kld::Leave(registration->registration.owner); }
int kreg_hold(kreg* registration) { return kld::Hold(registration->registration) ? 1 : 0; }
void kreg_release(kreg* registration) { kld::Release(registration->registration); }
