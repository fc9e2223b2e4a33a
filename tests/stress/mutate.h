// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>

namespace stress {

// Link-only loads of `file` with bytes changed, `rounds` of them; the same `seed` gives the same
// changes. Each succeeds or fails with a report. The exit status.
int Mutate(long rounds, uint64_t seed, const std::string& file);

}  // namespace stress
