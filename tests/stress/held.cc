// SPDX-License-Identifier: BSD-2-Clause
#include "tests/stress/held.h"

#include <cstdio>

#include "lib/kld/text.h"

namespace stress {

bool Complain(const std::string& when, const std::string& what) {
  std::printf("kldstress: %s: %s\n", when.c_str(), what.c_str());
  return false;
}

bool AsBefore(kld::System& system, const kld_counters& before, Scope scope,
              const std::string& when) {
  kld_counters now;
  if (const int64_t error = system.Counters(now); error < 0) {
    return Complain(when, "cannot count: " + kld::ErrorText(static_cast<int>(-error)));
  }
  const struct {
    const char* name;
    uint64_t before, now;
    Scope scope;
  } fields[] = {
      {"files", before.files, now.files, Scope::kLinker},
      {"modules", before.modules, now.modules, Scope::kLinker},
      {"references", before.references, now.references, Scope::kLinker},
      {"symbols", before.symbols, now.symbols, Scope::kLinker},
      {"reserved bytes", before.reserved_bytes, now.reserved_bytes, Scope::kLinker},
      {"mapped bytes", before.mapped_bytes, now.mapped_bytes, Scope::kLinker},
      {"registrations", before.registrations, now.registrations, Scope::kLinker},
      {"generations", before.generations, now.generations, Scope::kLinkerHeap},
      {"heap blocks", before.heap_blocks, now.heap_blocks, Scope::kLinkerHeap},
      {"heap bytes", before.heap_bytes, now.heap_bytes, Scope::kLinkerHeap},
      {"kernel heap blocks", before.kernel_heap_blocks, now.kernel_heap_blocks, Scope::kSystem},
      {"kernel heap bytes", before.kernel_heap_bytes, now.kernel_heap_bytes, Scope::kSystem},
      {"free frames", before.free_frames, now.free_frames, Scope::kSystem},
  };
  bool same = true;
  for (const auto& field : fields) {
    if (field.scope > scope || field.before == field.now) continue;
    same = Complain(when, kld::Format("%s: %llu before, %llu now", field.name,
                                      static_cast<unsigned long long>(field.before),
                                      static_cast<unsigned long long>(field.now)));
  }
  return same;
}

bool NoAliasFault(kld::System& system, const std::string& when) {
  std::string count;
  if (const int64_t error = system.Sysctl("vm.alias_faults", &count, nullptr); error < 0) {
    return Complain(when, "vm.alias_faults: " + kld::ErrorText(static_cast<int>(-error)));
  }
  return count == "0" || Complain(when, count + " frames are executable and writable; see dmesg");
}

}  // namespace stress
