// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's list of files as a whole.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/kld/system.h"

namespace kld {

// Adds the state of every file to `files`, in load order. Files that come or go meanwhile may be
// among them or not; all others are, once. 0, or a negated errno.
[[nodiscard]] int64_t ListFiles(System& system, std::vector<kld_file_stat>& files);

}  // namespace kld
