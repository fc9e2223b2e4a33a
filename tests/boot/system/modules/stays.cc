// SPDX-License-Identifier: BSD-2-Clause
//
// Does not want to go as long as its sysctl says so.
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/sysctl.h"

KLD_MODULE(stays, "1.0", "vetoes its unload");

namespace {

int vetoing = 1;
ksysctl* switch_;

int64_t Read(void*, char* to, size_t capacity) {
  if (capacity != 0) *to = static_cast<char>('0' + vetoing);
  return 1;
}
int Write(void*, const char* text, size_t bytes) {
  if (bytes != 1 || (*text != '0' && *text != '1')) return EINVAL;
  vetoing = *text - '0';
  return 0;
}

}  // namespace

KLD_LOAD(stays) {
  const ksysctl_spec spec = {"stays.vetoing", "whether it stays", nullptr, Read, Write};
  return ksysctl_create(&spec, &switch_);
}
KLD_QUIESCE(stays) { return vetoing != 0 ? EBUSY : 0; }
KLD_RESUME(stays) { kprintf("stays: goes on\n"); }
KLD_UNLOAD(stays) { ksysctl_destroy(switch_); }
