// SPDX-License-Identifier: BSD-2-Clause
//
// kernel/dynlink/owner.h for tests: files are addresses that the test declares, with a state and
// the counts that the linker would keep.
#pragma once

#include "kernel/dynlink/owner.h"

namespace testing_owner {

struct Counts {
  int registrations = 0;
  int inside = 0;   // entered and not left
  int entries = 0;  // ever
  int holds = 0;
};

// Makes `address` lie in a file of its own, LIVE; forgets all others.
kld::File* Declare(const void* address);
void SetLive(bool live);          // false: LOADING
void SetEnterable(bool allowed);  // false: QUIESCING or later
Counts Count();

}  // namespace testing_owner
