// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

// Memory that WalkPageTables needs, so that it allocates nothing: one bit per frame.
size_t WalkBitmapBytes(uint64_t frames);
void SetWalkBitmap(void* memory, uint64_t frames);

}  // namespace mm
