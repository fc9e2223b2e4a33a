// SPDX-License-Identifier: BSD-2-Clause
//
// The one lock of the manager, for a scope. Never held while module code, files or the host's
// memory mappings are dealt with (host.h says what may be called with it).
#pragma once

#include <cstdint>

#include "kernel/dynlink/host.h"

namespace kld {

class [[nodiscard]] MonitorGuard {
 public:
  MonitorGuard() { kld_host_lock(); }
  ~MonitorGuard() { kld_host_unlock(); }
  MonitorGuard(const MonitorGuard&) = delete;
  MonitorGuard& operator=(const MonitorGuard&) = delete;
};

// For kld_counters: objects owned by module files.
void CountRegistrations(int change);
uint64_t Registrations();

}  // namespace kld
