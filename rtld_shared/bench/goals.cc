// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/bench/goals.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace rtld::bench {
namespace {

class GoalReporter : public benchmark::BenchmarkReporter {
 public:
  explicit GoalReporter(std::span<const Goal> goals) : goals_(goals) {}

  bool ReportContext(const Context&) override {
    std::printf("%-48s %12s %12s   %s\n", "", "min", "median", "nanoseconds each");
    return true;
  }

  // All repetitions of one benchmark come at once.
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<double> each;
    std::string name;
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto rate = run.counters.find("items_per_second");
      if (rate == run.counters.end()) continue;
      each.push_back(1e9 / rate->second.value);
      benchmark::BenchmarkName plain = run.run_name;
      plain.repetitions = plain.iterations = plain.time_type = plain.min_time = {};
      name = plain.str();
    }
    if (each.empty()) return;
    std::sort(each.begin(), each.end());
    std::printf("%-48s %12.2f %12.2f\n", name.c_str(), each.front(), each[each.size() / 2]);
    std::fflush(stdout);
    measured_[name] = {each.front(), each[each.size() / 2]};
  }

  void Finalize() override {
    std::printf("\n%-50s %9s %9s %9s\n", "goals, nanoseconds", "goal", "min", "median");
    for (const Goal& goal : goals_) {
      const auto found = measured_.find(std::string(goal.benchmark));
      if (found == measured_.end()) {
        std::printf("%-50s %9.2f %9s %9s   NOT MEASURED\n", std::string(goal.what).c_str(),
                    goal.nanoseconds, "", "");
        continue;
      }
      const Measured& measured = found->second;
      std::printf("%-50s %9.2f %9.2f %9.2f   %s", std::string(goal.what).c_str(), goal.nanoseconds,
                  measured.least, measured.median, Verdict(goal, measured));
      const auto bare = measured_.find(std::string(goal.bare));
      if (bare != measured_.end()) std::printf(", bare %.2f", bare->second.least);
      std::printf("\n");
    }
  }

 private:
  struct Measured {
    double least = 0, median = 0;
  };

  // The minimum decides; what the median says is printed where it is not the same.
  [[nodiscard]] static const char* Verdict(const Goal& goal, const Measured& measured) {
    if (measured.least > goal.nanoseconds) return "NOT MET";
    return measured.median <= goal.nanoseconds ? "met" : "met, not by the median";
  }

  std::span<const Goal> goals_;
  std::map<std::string, Measured> measured_;
};

}  // namespace

int RunBenchmarks(int argc, char** argv, std::span<const Goal> goals) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  GoalReporter reporter(goals);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace rtld::bench
