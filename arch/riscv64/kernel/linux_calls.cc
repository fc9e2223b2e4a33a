// SPDX-License-Identifier: BSD-2-Clause
//
// The system calls that only RISC-V's Linux has (arch/riscv/hwprobe and cachectl in its
// documentation).
#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/riscv64/kernel/registers.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"

namespace arch {

using namespace riscv64;

namespace {

// What a program asks of riscv_hwprobe.
struct Probe {
  int64_t key;
  uint64_t value;
};

bool Has(char letter) { return HardwareCapabilities() >> (letter - 'a') & 1; }

// The value of a key, or nothing: a key that this kernel does not know.
bool ValueOf(int64_t key, uint64_t* value) {
  enum : int64_t {
    kVendor = 0,
    kArchitecture = 1,
    kImplementation = 2,
    kBase = 3,
    kExtensions = 4
  };
  constexpr uint64_t kBaseIma = 1 << 0;
  constexpr uint64_t kFd = 1 << 0, kC = 1 << 1, kV = 1 << 2;
  switch (key) {
    case kVendor:
    case kArchitecture:
    case kImplementation:
      *value = SbiMachineId(static_cast<uint64_t>(key));
      return true;
    case kBase:
      *value = Has('i') && Has('m') && Has('a') ? kBaseIma : 0;
      return true;
    case kExtensions:
      *value = (Has('f') && Has('d') ? kFd : 0) | (Has('c') ? kC : 0) | (Has('v') ? kV : 0);
      return true;
    default:
      return false;
  }
}

// Of all harts, for there is one: a set of them and its size need no look.
int64_t HardwareProbe(uintptr_t pairs, uint64_t count, uint64_t flags) {
  if (flags) return -EINVAL;
  for (uint64_t i = 0; i < count; i++) {
    const uintptr_t at = pairs + i * sizeof(Probe);
    Probe probe;
    if (!base::Ok(mm::CopyIn(&probe, at, sizeof probe))) return -EFAULT;
    if (!ValueOf(probe.key, &probe.value)) probe = {.key = -1, .value = 0};
    if (!base::Ok(mm::CopyOut(at, &probe, sizeof probe))) return -EFAULT;
  }
  return 0;
}

}  // namespace

bool OwnCall(uint64_t number, const uint64_t (&arguments)[6], int64_t& result) {
  constexpr uint64_t kHardwareProbe = 258;
  constexpr uint64_t kFlushInstructionCache = 259;
  switch (number) {
    case kHardwareProbe:
      result = HardwareProbe(arguments[0], arguments[1], arguments[4]);
      return true;
    case kFlushInstructionCache:
      // Whatever the range: all earlier stores of this hart.
      SyncCode(0, 0);
      result = 0;
      return true;
    default:
      return false;
  }
}

}  // namespace arch
