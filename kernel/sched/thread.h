// SPDX-License-Identifier: BSD-2-Clause
//
// Kernel threads: preemptive, round robin on one run queue, a time slice per tick. A user process
// is a thread with a `process` pointer and an address space, switched with it.
//
// A thread's saved context is reachable while it does not run, so that the in-kernel linker can
// look for return addresses into a module that is about to leave (ForEachThread + ForEachFrame).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/result.h"
#include "kernel/mm/types.h"

namespace mm {
class AddressSpace;
}
namespace proc {
struct Process;
}

namespace sched {

struct Thread;

using ThreadFunction = void (*)(void* argument);

// Starts a kernel thread; `name` is copied. The thread ends when the function returns or by Exit().
// The caller owns the handle and must Join() or Detach() it exactly once.
base::Result<Thread*> Start(const char* name, ThreadFunction function, void* argument);
void Join(Thread* thread);
void Detach(Thread* thread);
[[noreturn]] void Exit();

Thread* Current();
// One pointer of the current thread, for whoever started it; null at first.
void SetLocal(void* local);
void* Local();
uint32_t Id(const Thread* thread);
const char* Name(const Thread* thread);
void Yield();

// The user side of a thread: the process it executes and the space activated whenever it runs.
// Set on the current thread only (fork's child sets itself).
void SetProcess(proc::Process* process, mm::AddressSpace* space);
proc::Process* CurrentProcess();

// Makes an interruptible sleep of `thread` return EINTR; remembered when it does not sleep yet and
// cleared by ClearInterrupt().
void Interrupt(Thread* thread);
bool Interrupted();
void ClearInterrupt();

// Nanoseconds that a thread has run, itself and interrupts on its stack; for the current thread up
// to now.
uint64_t CpuNs(const Thread* thread);

// Monotonic nanoseconds since the kernel started, and a sleep until a moment of it.
uint64_t NowNs();
base::Error SleepUntil(uint64_t deadline_ns, bool interruptible);

// Calls `visit` for every code address found by walking the frame pointers of every thread that is
// not running now (saved instruction pointer first), with the scheduler stopped. `visit` returns
// false to end the walk. Not for the calling thread itself.
using FrameVisitor = bool (*)(void* context, uint32_t thread_id, const char* thread_name,
                              mm::VirtAddr code_address);
void ForEachFrame(FrameVisitor visit, void* context);

}  // namespace sched
