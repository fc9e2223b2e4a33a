// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>

#include "kernel/base/result.h"
#include "kernel/mm/types.h"

namespace mm {

// MapKernel, with frames whose contents do not matter when not `zeroed`.
base::Error MapKernelPages(VirtAddr start, size_t bytes, bool zeroed);
// Counts pages that the boot loader has mapped.
void AdoptMapped(size_t bytes);

}  // namespace mm
