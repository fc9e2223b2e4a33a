// SPDX-License-Identifier: BSD-2-Clause
//
// The CPU under a user program, as ld.elf_so needs it. arch/<cpu>/rtld/ defines everything here,
// and the entry point:
//
//   _start        calls `user_start(stack, at_exit)` with the stack pointer the kernel gave and the
//                 function for atexit that the psABI's register holds (0 from a kernel), on an
//                 aligned stack and with the frame chain ended. Nothing is relocated yet. Whoever
//                 links this folder defines user_start: ld.elf_so, and test programs without libc.
//
// All functions are hidden, so that they can be called before ld.elf_so has relocated itself.
#pragma once

#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(hidden)

namespace arch {

// Numbers of the Linux system calls that both Linux and our kernel have.
struct CallNumbers {
  int close;
  int clock_gettime;
  int exit_group;
  int mmap;
  int mprotect;
  int munmap;
  int openat;
  int pread64;
  int readlinkat;
  int statx;
  int write;
  int mmap_offset_unit = 1;  // bytes: a CPU with words of 32 bits gives `mmap` pages
};
extern const CallNumbers kCallNumbers;

// The result, or a negated errno.
intptr_t SystemCall(int number, uintptr_t a = 0, uintptr_t b = 0, uintptr_t c = 0, uintptr_t d = 0,
                    uintptr_t e = 0, uintptr_t f = 0);

// The thread control block. Variant II has it at the thread pointer, variant I just below (its size
// is then Traits::Tls::kTcbSize). `kThreadBlockBytes` are reserved for it and zero before
// InitThreadBlock, which fills in what the psABI and compilers want: the pointer to itself, the
// stack protector's canary. `random` are 16 bytes.
inline constexpr size_t kThreadBlockBytes = 192;
void InitThreadBlock(uintptr_t thread_pointer, const uint8_t* random);

// False if the kernel refuses.
bool SetThreadPointer(uintptr_t thread_pointer);
uintptr_t ThreadPointer();

// The run-time address of the TLS descriptor resolver for variables in static TLS (the psABI's
// calling convention for such): it returns the descriptor's second word, the offset from the thread
// pointer. 0 on a CPU without TLS descriptors.
uintptr_t StaticTlsDescriptor();

// The same for undefined weak variables: it returns the second word less the thread pointer, so
// that the word is the variable's address in every thread. 0 on a CPU without TLS descriptors.
uintptr_t UndefinedTlsDescriptor();

// Makes stored bytes visible to instruction fetch.
void SyncCode(const void* begin, size_t bytes);

// Jumps to the program's entry with its initial stack pointer and, in the register the psABI names,
// a function to be registered with atexit (0 = none). Nothing of the caller's frame is needed any
// more.
[[noreturn]] void EnterProgram(uintptr_t entry, uintptr_t stack_pointer, uintptr_t at_exit);

}  // namespace arch

#pragma GCC visibility pop
