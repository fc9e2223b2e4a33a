// SPDX-License-Identifier: BSD-2-Clause
//
// The registry of named values (kernel/kpi/sysctl.h says what one is). Modules and the kernel use
// the same entry; the kernel's own have no owner. Values are read and written with no lock held.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernel/base/result.h"

namespace dev {

inline constexpr size_t kSysctlNameMax = 64;
inline constexpr size_t kSysctlValueMax = 4096;

// Stores at most `capacity` bytes of the value; its full length. ENOENT for an unknown name.
base::Result<size_t> ReadSysctl(std::string_view name, char* to, size_t capacity);
// `text` is NUL-terminated, `bytes` long without the NUL. ENOENT, EPERM when it cannot be set.
base::Error WriteSysctl(std::string_view name, const char* text, size_t bytes);
// The first name behind `name` in byte order into `next` (kSysctlNameMax): its length, 0 at the
// end.
size_t NextSysctl(std::string_view name, char* next);

// The kernel's own names: kern.ostype osrelease version console_level hostname, hw.machine, vm.*.
base::Error AddKernelSysctls();

}  // namespace dev
