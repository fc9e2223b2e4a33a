// SPDX-License-Identifier: BSD-2-Clause
//
// What the benchmarks of one program are to reach, and a reporter that prints it beside what was
// measured: one line for each benchmark, the minimum and the median over its repetitions, and at
// the end the goals. Other programs on the machine only ever add time: the minimum is what counts.

#pragma once

#include <span>
#include <string_view>

namespace rtld::bench {

// `benchmark` is a whole name as Google Benchmark prints it; its figure is nanoseconds per item.
// `bare`, if any, is another one, of the same without any checks: what this machine can do.
struct Goal {
  std::string_view benchmark;
  std::string_view what;
  double nanoseconds;
  std::string_view bare = {};
};

// Runs what the command line asks for, all by default.
int RunBenchmarks(int argc, char** argv, std::span<const Goal> goals);

}  // namespace rtld::bench
