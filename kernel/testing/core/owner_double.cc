// SPDX-License-Identifier: BSD-2-Clause
//
// kernel/dynlink/owner.h for a kernel without a module manager: every address lies in one file.
#include "kernel/testing/core/owner_double.h"

#include "kernel/base/string.h"

namespace core_test {

OwnerDouble owner_double;

}  // namespace core_test

namespace kld {

using core_test::owner_double;

class File {};

namespace {
File only_file;
}

File* FileOf(const void* address) { return address ? &only_file : nullptr; }

void Register(Registration& registration, File* owner, Kind kind, const char* name) {
  registration.owner = owner;
  registration.kind = kind;
  base::CopyString(registration.name, name, sizeof registration.name);
  owner_double.registrations++;
  owner_double.last = &registration;
}

void Unregister(Registration&) { owner_double.registrations--; }

bool Enter(File*) {
  if (!owner_double.enterable) {
    owner_double.refused++;
    return false;
  }
  owner_double.inside++;
  return true;
}

void Leave(File*) { owner_double.inside--; }

}  // namespace kld
