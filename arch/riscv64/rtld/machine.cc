// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/rtld/machine.h"

#include "arch/contract/rtld/asm_generic.h"

#pragma GCC visibility push(hidden)
extern "C" void tls_descriptor_static();
extern "C" void tls_descriptor_undefined();
#pragma GCC visibility pop

namespace arch {
namespace {

constexpr int kFlushInstructionCache = 259;

}  // namespace

const CallNumbers kCallNumbers = kAsmGenericCalls;

intptr_t SystemCall(int number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                    uintptr_t f) {
  register uintptr_t a0 asm("a0") = a;
  register uintptr_t a1 asm("a1") = b;
  register uintptr_t a2 asm("a2") = c;
  register uintptr_t a3 asm("a3") = d;
  register uintptr_t a4 asm("a4") = e;
  register uintptr_t a5 asm("a5") = f;
  register intptr_t a7 asm("a7") = number;
  asm volatile("ecall"
               : "+r"(a0)
               : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
               : "memory");
  return static_cast<intptr_t>(a0);
}

// Below tp the C library has its own; compilers want nothing there: the stack protector's canary is
// the variable __stack_chk_guard.
void InitThreadBlock(uintptr_t, const uint8_t*) {}

bool SetThreadPointer(uintptr_t thread_pointer) {
  asm volatile("mv tp, %0" ::"r"(thread_pointer) : "memory");
  return true;
}

uintptr_t ThreadPointer() {
  uintptr_t pointer;
  asm volatile("mv %0, tp" : "=r"(pointer));
  return pointer;
}

uintptr_t StaticTlsDescriptor() { return reinterpret_cast<uintptr_t>(&tls_descriptor_static); }

uintptr_t UndefinedTlsDescriptor() {
  return reinterpret_cast<uintptr_t>(&tls_descriptor_undefined);
}

// On all harts, which FENCE.I is not.
void SyncCode(const void* begin, size_t bytes) {
  const auto start = reinterpret_cast<uintptr_t>(begin);
  SystemCall(kFlushInstructionCache, start, start + bytes);
}

}  // namespace arch
