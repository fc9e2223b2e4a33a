// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/rtld/machine.h"

#pragma GCC visibility push(hidden)
extern "C" void tls_descriptor_static();
extern "C" void tls_descriptor_undefined();
#pragma GCC visibility pop

namespace arch {
namespace {

constexpr int kArchPrctl = 158;
constexpr uintptr_t kArchSetFs = 0x1002;

// What compilers and programs reach through FS (psABI 6.4, and GCC's stack protector).
struct ThreadBlock {
  uintptr_t self;  // fs:0: variant II code adds offsets to this
  uintptr_t reserved[4];
  uintptr_t canary;  // fs:0x28
  uintptr_t pointer_guard;
};
static_assert(sizeof(ThreadBlock) <= kThreadBlockBytes);

}  // namespace

const CallNumbers kCallNumbers = {
    .close = 3,
    .clock_gettime = 228,
    .exit_group = 231,
    .mmap = 9,
    .mprotect = 10,
    .munmap = 11,
    .openat = 257,
    .pread64 = 17,
    .readlinkat = 267,
    .statx = 332,
    .write = 1,
};

intptr_t SystemCall(int number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                    uintptr_t f) {
  intptr_t result;
  register uintptr_t r10 asm("r10") = d;
  register uintptr_t r8 asm("r8") = e;
  register uintptr_t r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(static_cast<intptr_t>(number)), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                 "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

void InitThreadBlock(uintptr_t thread_pointer, const uint8_t* random) {
  auto* block = reinterpret_cast<ThreadBlock*>(thread_pointer);
  block->self = thread_pointer;
  __builtin_memcpy(&block->canary, random, sizeof(block->canary));
  // A string that runs over must not be able to write the whole canary.
  block->canary &= ~uintptr_t{0xff};
  __builtin_memcpy(&block->pointer_guard, random + sizeof(block->canary),
                   sizeof(block->pointer_guard));
}

bool SetThreadPointer(uintptr_t thread_pointer) {
  return SystemCall(kArchPrctl, kArchSetFs, thread_pointer) == 0;
}

uintptr_t ThreadPointer() {
  uintptr_t pointer;
  asm("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
}

uintptr_t StaticTlsDescriptor() { return reinterpret_cast<uintptr_t>(&tls_descriptor_static); }

uintptr_t UndefinedTlsDescriptor() {
  return reinterpret_cast<uintptr_t>(&tls_descriptor_undefined);
}

void SyncCode(const void*, size_t) {}  // instruction fetch is coherent

}  // namespace arch
