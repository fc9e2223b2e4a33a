// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/wall_clock.h"

#include <atomic>

#include "arch/contract/kernel/timer.h"
#include "kernel/sched/thread.h"

namespace dev {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
std::atomic<uint64_t> g_start_ns{0};  // the time of day at monotonic 0

}  // namespace

void StartWallClock() { SetWallClockNs(arch::WallClockSeconds() * kNsPerSecond); }
uint64_t WallClockNs() { return g_start_ns.load(std::memory_order_relaxed) + sched::NowNs(); }
void SetWallClockNs(uint64_t now) {
  g_start_ns.store(now - sched::NowNs(), std::memory_order_relaxed);
}

}  // namespace dev
