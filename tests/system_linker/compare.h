// SPDX-License-Identifier: BSD-2-Clause
//
// What rtld_shared makes of the files of a snapshot, at the snapshot's addresses, against what the
// CPU's own run-time linker has made of them.

#pragma once

#include <cstddef>
#include <string>

#include "arch/testing/machine.h"
#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "tests/system_linker/snapshot.h"

namespace tests {

struct SystemCounts {
  size_t images = 0;
  size_t tls_blocks = 0;  // of programs, where rtld_shared's layout and the oracle's have them
  size_t words = 0;       // equal
  size_t resolvers = 0;   // results of resolvers: theirs lies in the image that has the resolver,
                          // ours is of the same resolver
  size_t descriptors =
      0;  // TLS descriptors: their argument and ours are for the same variable, the
          // functions are the linker's; or pairs that say the same of a static
          // block in another way
  size_t local_entries = 0;  // slots with the entry for callers in the same image
  size_t slots = 0;          // other slots that do the same in another way
  size_t changed = 0;        // copies of variables of the linker, which has begun to run
  size_t unlisted = 0;       // words that no relocation is listed for, which glibc or its C library
                             // is known to store
};

// Differences, at most ten lines; empty if there are none. Order of loading is compared too.
[[nodiscard]] std::string CompareWithSystem(const arch::testing::Machine& machine,
                                            const oracle::Calculations& calculations,
                                            const Snapshot& snapshot, SystemCounts& counts);

}  // namespace tests
