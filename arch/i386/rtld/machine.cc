// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/rtld/machine.h"

#pragma GCC visibility push(hidden)
extern "C" void tls_descriptor_static();
extern "C" void tls_descriptor_undefined();
#pragma GCC visibility pop

namespace arch {
namespace {

constexpr int kSetThreadArea = 243;

// struct user_desc (asm/ldt.h).
struct UserDescriptor {
  uint32_t entry;
  uint32_t base;
  uint32_t limit;
  uint32_t flags;
};
constexpr uint32_t kAnyEntry = ~0u;
constexpr uint32_t kIs32Bit = 1 << 0, kInPages = 1 << 4, kUseable = 1 << 6;

// What compilers and programs reach through GS (psABI, "Thread-Local Storage", and GCC's stack
// protector).
struct ThreadBlock {
  uintptr_t self;  // gs:0: variant II code adds offsets to this
  uintptr_t reserved[3];
  uintptr_t system_call;  // gs:0x10: where C libraries look for a faster way than INT 0x80
  uintptr_t canary;       // gs:0x14
  uintptr_t pointer_guard;
};
static_assert(sizeof(ThreadBlock) <= kThreadBlockBytes);

}  // namespace

const CallNumbers kCallNumbers = {
    .close = 6,
    .clock_gettime = 265,
    .exit_group = 252,
    .mmap = 192,  // mmap2
    .mprotect = 125,
    .munmap = 91,
    .openat = 295,
    .pread64 = 180,
    .readlinkat = 305,
    .statx = 383,
    .write = 4,
    .mmap_offset_unit = 4096,
};

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
  UserDescriptor description = {kAnyEntry, thread_pointer, 0xfffff, kIs32Bit | kInPages | kUseable};
  if (SystemCall(kSetThreadArea, reinterpret_cast<uintptr_t>(&description)) != 0) return false;
  constexpr uint32_t kForUsers = 3;
  asm volatile("mov %w0, %%gs" : : "r"(description.entry << 3 | kForUsers));
  return true;
}

uintptr_t ThreadPointer() {
  uintptr_t pointer;
  asm("mov %%gs:0, %0" : "=r"(pointer));
  return pointer;
}

uintptr_t StaticTlsDescriptor() { return reinterpret_cast<uintptr_t>(&tls_descriptor_static); }

uintptr_t UndefinedTlsDescriptor() {
  return reinterpret_cast<uintptr_t>(&tls_descriptor_undefined);
}

void SyncCode(const void*, size_t) {}  // instruction fetch is coherent

}  // namespace arch
