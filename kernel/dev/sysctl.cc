// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/sysctl.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/base/ref.h"
#include "kernel/base/string.h"
#include "kernel/dev/gate.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/sysctl.h"

using base::Errno;
using base::Error;
using base::Result;

// Counted: by the registry until ksysctl_destroy, and by whoever reads or writes it.
struct ksysctl {
  kld::Registration registration;
  ksysctl_spec spec{};
  char name[dev::kSysctlNameMax] = {};
  size_t length = 0;
  dev::Gate gate;
  std::atomic<uint32_t> references{1};
  ksysctl* next = nullptr;  // sorted by name, with the registry's lock held

  std::string_view Name() const { return {name, length}; }
  void Retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) base::Delete(this);
  }
};

namespace dev {
namespace {

sched::Mutex g_sysctls_lock;
ksysctl* g_first = nullptr;

base::Ref<ksysctl> Find(std::string_view name) {
  sched::Guard guard(g_sysctls_lock);
  for (ksysctl* at = g_first; at; at = at->next) {
    if (at->Name() == name) return base::Ref<ksysctl>::Share(at);
  }
  return nullptr;
}

// One call of a value's function, bracketed as its owner demands.
template <class Function>
Error CallInside(ksysctl& value, Function function) {
  if (!value.gate.Enter()) return Errno(ENOENT);
  Error error = Errno(ENOENT);
  if (kld::EnterLive(value.registration.owner)) {
    error = function();
    kld::Leave(value.registration.owner);
  }
  value.gate.Leave();
  return error;
}

bool ValidSysctlName(const char* name) {
  if (!name || !*name) return false;
  size_t length = 0;
  for (; name[length]; ++length) {
    const char c = name[length];
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!good || length + 1 >= kSysctlNameMax) return false;
  }
  return true;
}

Error Insert(ksysctl& value) {
  sched::Guard guard(g_sysctls_lock);
  ksysctl** link = &g_first;
  while (*link && (*link)->Name() < value.Name()) link = &(*link)->next;
  if (*link && (*link)->Name() == value.Name()) return Errno(EEXIST);
  value.next = *link;
  *link = &value;
  return Error::kOk;
}

void TakeOut(ksysctl& value) {
  sched::Guard guard(g_sysctls_lock);
  for (ksysctl** link = &g_first; *link; link = &(*link)->next) {
    if (*link != &value) continue;
    *link = value.next;
    return;
  }
}

}  // namespace

Result<size_t> ReadSysctl(std::string_view name, char* to, size_t capacity) {
  const base::Ref<ksysctl> value = Find(name);
  if (!value) return Errno(ENOENT);
  size_t length = 0;
  const Error error = CallInside(*value, [&] {
    const int64_t result = value->spec.read(value->spec.context, to, capacity);
    if (result < 0) return Errno(static_cast<int>(-result));
    length = static_cast<size_t>(result);
    return Error::kOk;
  });
  if (!base::Ok(error)) return error;
  return length;
}

Error WriteSysctl(std::string_view name, const char* text, size_t bytes) {
  const base::Ref<ksysctl> value = Find(name);
  if (!value) return Errno(ENOENT);
  if (!value->spec.write) return Errno(EPERM);
  return CallInside(*value,
                    [&] { return Errno(value->spec.write(value->spec.context, text, bytes)); });
}

size_t NextSysctl(std::string_view name, char* next) {
  sched::Guard guard(g_sysctls_lock);
  for (const ksysctl* at = g_first; at; at = at->next) {
    if (!(name < at->Name())) continue;
    std::memcpy(next, at->name, at->length + 1);
    return at->length;
  }
  return 0;
}

}  // namespace dev

extern "C" {

int ksysctl_create_from(const void* owner, const struct ksysctl_spec* spec, struct ksysctl** out) {
  if (!spec || !out || !spec->read || !dev::ValidSysctlName(spec->name)) return EINVAL;
  ksysctl* value = base::New<ksysctl>();
  if (!value) return ENOMEM;
  value->spec = *spec;
  value->length = base::CopyString(value->name, spec->name, sizeof value->name);
  value->spec.name = value->name;
  kld::Register(value->registration, kld::FileOf(owner), kld::Kind::kSysctl, value->name);
  const Error error = dev::Insert(*value);
  if (!base::Ok(error)) {
    kld::Unregister(value->registration);
    value->Release();
    return base::Number(error);
  }
  *out = value;
  return 0;
}

void ksysctl_destroy(struct ksysctl* value) {
  if (!value) return;
  dev::TakeOut(*value);
  value->gate.Close();
  kld::Unregister(value->registration);
  value->Release();
}

}  // extern "C"
