// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace arch::tiny {
struct Traits {};
}  // namespace arch::tiny
