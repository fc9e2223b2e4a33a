// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/testing/host_owner.h"

#include <cstring>

namespace kld {
class File {};
}  // namespace kld

namespace testing_owner {
namespace {

kld::File g_file;
const void* g_address = nullptr;
std::atomic<bool> g_live{true};
std::atomic<bool> g_enterable{true};
std::atomic<int> g_registrations{0}, g_inside{0}, g_entries{0}, g_holds{0};

}  // namespace

kld::File* Declare(const void* address) {
  g_address = address;
  g_live = g_enterable = true;
  g_registrations = g_inside = g_entries = g_holds = 0;
  return &g_file;
}
void SetLive(bool live) { g_live = live; }
void SetEnterable(bool allowed) { g_enterable = allowed; }
Counts Count() { return {g_registrations, g_inside, g_entries, g_holds}; }

}  // namespace testing_owner

namespace kld {

using namespace testing_owner;

File* FileOf(const void* address) { return address && address == g_address ? &g_file : nullptr; }

void Register(Registration& registration, File* owner, Kind kind, const char* name) {
  registration.owner = owner;
  registration.kind = kind;
  std::strncpy(registration.name, name, Registration::kNameMax - 1);
  if (owner) ++g_registrations;
}
void Unregister(Registration& registration) {
  if (registration.owner) --g_registrations;
}

bool Enter(File* owner) {
  if (!owner) return true;
  if (!g_enterable) return false;
  ++g_inside;
  ++g_entries;
  return true;
}
bool EnterLive(File* owner) { return (!owner || g_live) && Enter(owner); }
void Leave(File* owner) {
  if (owner) --g_inside;
}

bool Hold(Registration& registration) {
  if (!registration.owner) return true;
  if (!g_live || !g_enterable) return false;
  ++registration.holds;
  ++g_holds;
  return true;
}
void Release(Registration& registration) {
  if (!registration.owner) return;
  --registration.holds;
  --g_holds;
}

}  // namespace kld
