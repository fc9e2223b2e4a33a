// SPDX-License-Identifier: BSD-2-Clause
#include <cstddef>
#include <string_view>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/user.h"
#include "kernel/base/clock.h"
#include "kernel/base/log.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "kernel/main.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"
#include "kernel/testing/core/check.h"

// What the processes' rooms would define: this kernel never enters user mode.
namespace syscalls {
void Dispatch(arch::UserContext&) { base::Panic("a system call"); }
}  // namespace syscalls
namespace proc {
void OnUserFault(arch::UserContext&, const arch::UserFault&) { base::Panic("a user's fault"); }
void BeforeUser(arch::UserContext&) {}
}  // namespace proc

namespace core_test {
namespace {

constinit uint64_t checks = 0;
constinit uint64_t failures = 0;

struct Group {
  const char* test;
  const char* name;
  void (*run)();
};
constexpr Group kGroups[] = {
    {"memory", "frames", TestFrames},
    {"memory", "kernel space", TestKernelSpace},
    {"memory", "full window", TestFullWindow},
    {"memory", "heap", TestHeap},
    {"memory", "walker", TestWalker},
    {"memory", "failures", TestFailures},
    {"spaces", "address spaces", TestAddressSpaces},
    {"threads", "threads", TestThreads},
    {"threads", "waiting", TestSync},
    {"threads", "frame walk", TestFrameWalk},
    {"kpi", "kpi", TestKpi},
};

[[gnu::noinline]] uint64_t Recurse(uint64_t depth) {
  volatile char room[512];
  room[0] = static_cast<char>(depth);
  return depth ? Recurse(depth - 1) + static_cast<uint64_t>(room[0]) : 0;
}

// Ways to end badly, each by the name of its test.
void Misbehave(std::string_view test) {
  // Not constants for the compiler, which would see through the accesses.
  auto* text = reinterpret_cast<volatile char*>(&base::Panic);
  uintptr_t nowhere = 0x10;
  asm("" : "+r"(text), "+r"(nowhere));
  if (test == "panic") base::Panic("asked for %d", 42);
  if (test == "null") *reinterpret_cast<volatile int*>(nowhere) = 1;
  if (test == "text") *text = 0;
  if (test == "execute") {
    static char data[16];
    reinterpret_cast<void (*)()>(data)();
  }
  if (test == "stack") Recurse(100'000);
  if (test == "free") {
    void* block = mm::Allocate(100);
    mm::Free(block);
    mm::Free(block);
  }
  if (test == "mutex") {
    sched::Mutex mutex;
    mutex.Lock();
    mutex.Lock();
  }
  if (test == "check") BASE_CHECK(checks > failures);
}

}  // namespace

void Note(bool holds, const char* file, int line, const char* what) {
  checks++;
  if (holds) return;
  failures++;
  base::Log(base::Level::kError, "%s:%d: does not hold: %s", file, line, what);
}

void NoteEqual(uint64_t left, uint64_t right, const char* file, int line, const char* what) {
  Note(left == right, file, line, what);
  if (left == right) return;
  base::Log(base::Level::kError, "  left %#lx, right %#lx", static_cast<unsigned long>(left),
            static_cast<unsigned long>(right));
}

}  // namespace core_test

void kernel::StartSystem() {
  using namespace core_test;
  const std::string_view test = BootOption("test").value_or("");
  Misbehave(test);
  for (const Group& group : kGroups) {
    if (test != group.test) continue;
    uint64_t failed_before = failures;
    group.run();
    base::Log(base::Level::kInfo, "%s: %s", group.name,
              failures == failed_before ? "ok" : "FAILED");
  }
  base::Log(base::Level::kInfo, "core: %s", checks && !failures ? "passed" : "FAILED");
  base::Log(base::Level::kDebug, "core: %lu checks after %lu us",
            static_cast<unsigned long>(checks), static_cast<unsigned long>(base::NowNs() / 1000));
  arch::PowerOff(checks && !failures ? 0 : 1);
}
