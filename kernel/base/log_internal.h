// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace base {

// From here on messages do not wait for a lock: who holds it will not run any more. For panic.
void BreakLogLocks();

}  // namespace base
