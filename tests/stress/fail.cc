// SPDX-License-Identifier: BSD-2-Clause
#include "tests/stress/fail.h"

#include <cstdio>

#include "lib/kld/report.h"
#include "tests/stress/held.h"

namespace stress {
namespace {

struct Failure {
  int64_t error = 0;
  std::string report;
  bool operator==(const Failure&) const = default;
};

}  // namespace

int Fail(long rounds, const std::vector<std::string>& files) {
  kld::KernelSystem system;
  const auto load = [&](const std::string& file) {
    Failure failure = {system.Load(file, "", 0), {}};
    failure.report = kld::LastReport(system);
    return failure;
  };
  // Twice, so that what the first run of this code needs is there.
  std::vector<Failure> expected(files.size());
  for (int warm_up = 0; warm_up < 2; ++warm_up) {
    for (size_t i = 0; i < files.size(); ++i) {
      expected[i] = load(files[i]);
      if (expected[i].error >= 0) return Complain(files[i], "was loaded"), 1;
    }
  }
  kld_counters before;
  static_cast<void>(system.Counters(before));
  if (!AsBefore(system, before, Scope::kSystem, "before")) return 1;

  for (long round = 0; round < rounds; ++round) {
    const size_t i = static_cast<size_t>(round) % files.size();
    const Failure failure = load(files[i]);
    const std::string& when = files[i];
    if (failure.report.empty()) return Complain(when, "failed without a word"), 1;
    if (failure != expected[i]) {
      return Complain(when, "fails differently:\n" + expected[i].report + failure.report), 1;
    }
    if (!AsBefore(system, before, Scope::kSystem, when) || !NoAliasFault(system, when)) return 1;
  }
  std::printf("%ld loads of %zu files failed, every counter as before\n", rounds, files.size());
  return 0;
}

}  // namespace stress
