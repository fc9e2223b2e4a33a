// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/version.h"

#include <cstring>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/kpi/errno.h"
#include "kernel/sched/sync.h"

namespace dev {
namespace {

sched::Mutex g_lock;
char g_hostname[kHostnameMax] = "dynlink";

}  // namespace

const char* MachineName() { return arch::kLinuxAbi.machine; }

void GetHostname(char* to) {
  sched::Guard guard(g_lock);
  std::memcpy(to, g_hostname, kHostnameMax);
}

int SetHostname(const char* name, size_t bytes) {
  if (bytes >= kHostnameMax) return EINVAL;
  sched::Guard guard(g_lock);
  std::memset(g_hostname, 0, kHostnameMax);
  std::memcpy(g_hostname, name, bytes);
  return 0;
}

}  // namespace dev
