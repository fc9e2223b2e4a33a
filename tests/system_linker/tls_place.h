// SPDX-License-Identifier: BSD-2-Clause
//
// Where rtld_shared puts the TLS block of a CPU's program.

#pragma once

#include <cstdint>
#include <optional>

#include "arch/testing/machine.h"
#include "rtld_shared/decode/load_plan.h"

namespace tests {

// Of the program's block, the first of all: its address minus the thread pointer as relocations of
// the CPU count it. Nothing if rtld_shared refuses it.
[[nodiscard]] std::optional<int64_t> TlsPlaceOf(const arch::testing::Machine& machine,
                                                const rtld::TlsSegment& tls);

}  // namespace tests
