// SPDX-License-Identifier: BSD-2-Clause
//
// User mode as the kernel's generic rooms see it. A UserContext holds a user thread's integer
// registers as the trap or system-call entry saved them, on that thread's kernel stack; changing it
// changes what the program resumes with. Its layout is the CPU's own.
//
// What belongs to the thread beside it, the thread pointer and the FPU and vector registers, is
// live in the CPU or saved with the thread, as the CPU's context switch has it; the kernel itself
// never touches those registers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch {

struct UserContext;

// Everything a program resumes with: integer registers, thread pointer, FPU and vector state.
// Plain memory of UserSnapshotBytes() bytes aligned to 64.
struct UserSnapshot;
size_t UserSnapshotBytes();
// The current thread's state into `to`.
void SaveUser(const UserContext& context, UserSnapshot* to);
// The state of a program about to start at `entry`: ABI-reset FPU, thread pointer 0, other
// registers 0.
void InitUser(uintptr_t entry, uintptr_t stack, UserSnapshot* to);
// A system call's result in a snapshot (fork gives the child 0).
void SetSnapshotResult(UserSnapshot* snapshot, int64_t result);
void SetSnapshotStack(UserSnapshot* snapshot, uintptr_t stack);
void SetSnapshotThreadPointer(UserSnapshot* snapshot, uintptr_t value);
// Leaves the kernel for the first time in this thread, or replaces what the thread was (execve).
[[noreturn]] void EnterUser(const UserSnapshot* snapshot);

// The thread pointer (the base that TLS is addressed by) of the current thread.
uintptr_t ThreadPointer();
void SetThreadPointer(uintptr_t value);

// Where the program is, for messages and for the checks of a fault.
uintptr_t ProgramCounter(const UserContext& context);
uintptr_t StackPointer(const UserContext& context);

// The system call in progress: number, arguments 0..5, result. Restart makes the program issue the
// same call again when it resumes.
uint64_t CallNumber(const UserContext& context);
uint64_t CallArgument(const UserContext& context, unsigned index);
void SetCallResult(UserContext& context, int64_t result);
void RestartCall(UserContext& context, uint64_t number);

// What went wrong in user mode, in POSIX terms.
struct UserFault {
  int signal;         // Linux number: SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGBUS
  int code;           // si_code
  uintptr_t address;  // si_addr
};

}  // namespace arch

// Upcalls from arch/<cpu>/kernel, on the thread's own kernel stack with interrupts on.
namespace syscalls {
void Dispatch(arch::UserContext& context);
}
namespace proc {
void OnUserFault(arch::UserContext& context, const arch::UserFault& fault);
// Before every return to user mode, after Dispatch, OnUserFault or an interrupt: delivers signals,
// stops, ends the process. Cheap when nothing is pending.
void BeforeUser(arch::UserContext& context);
}  // namespace proc
