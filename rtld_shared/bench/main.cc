// SPDX-License-Identifier: BSD-2-Clause
//
// The relocator's speed: ./build.sh bench rtld_shared, or this program with Google Benchmark's
// options.

#include "rtld_shared/bench/goals.h"

int main(int argc, char** argv) {
  // A relative relocation is to cost what writing the word costs, and a page that is written for the
  // first time what the system needs to copy it; a symbolic one what hashing its name and three or
  // four cache misses cost, however many objects there are. Where another benchmark shows what the same
  // takes without any check, it is named behind.
  constexpr rtld::bench::Goal kGoals[] = {
      {"relative/RELA/warm/16384", "RELA relocation, warm", 1.1},
      {"relative/RELA/warm/524288", "RELA relocation, warm, half a million", 1.1},
      {"relative/RELR/warm/16384", "RELR relocation, warm", 0.45, "relative/RELR/bare/16384"},
      {"relative/RELR/warm/524288", "RELR relocation, warm, half a million", 0.45,
       "relative/RELR/bare/524288"},
      {"relative/RELR/warm_dense/16384", "RELR relocation, warm, every word", 0.45},
      {"relative/RELR/warm_dense/524288", "RELR relocation, warm, every word, half a million",
       0.45},
      {"relative/RELA/populated_page/524288", "page of RELA relocations, populated first", 1500,
       "relative/bare/populated_page/524288"},
      {"relative/RELR/populated_page/524288", "page of RELR relocations, populated first", 1500,
       "relative/bare/populated_page/524288"},
      {"symbolic/modules/10", "symbol relocation, 10 modules", 140},
      {"symbolic/modules/100", "symbol relocation, 100 modules", 140},
      {"symbolic/modules/1000", "symbol relocation, 1,000 modules", 140},
      {"symbolic/modules/10000", "symbol relocation, 10,000 modules", 140},
      {"symbolic/programs/10", "symbol relocation, program of 10 objects", 140},
      {"symbolic/programs/100", "symbol relocation, program of 100 objects", 140},
      {"symbolic/programs/1000", "symbol relocation, program of 1,000 objects", 140},
      {"symbolic/programs/10000", "symbol relocation, program of 10,000 objects", 140},
  };
  return rtld::bench::RunBenchmarks(argc, argv, kGoals);
}
