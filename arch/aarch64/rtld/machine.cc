// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/rtld/machine.h"

#include "arch/contract/rtld/asm_generic.h"

#pragma GCC visibility push(hidden)
extern "C" void tls_descriptor_static();
extern "C" void tls_descriptor_undefined();
#pragma GCC visibility pop

namespace arch {

const CallNumbers kCallNumbers = kAsmGenericCalls;

intptr_t SystemCall(int number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                    uintptr_t f) {
  register uintptr_t x0 asm("x0") = a;
  register uintptr_t x1 asm("x1") = b;
  register uintptr_t x2 asm("x2") = c;
  register uintptr_t x3 asm("x3") = d;
  register uintptr_t x4 asm("x4") = e;
  register uintptr_t x5 asm("x5") = f;
  register intptr_t x8 asm("x8") = number;
  asm volatile("svc #0"
               : "+r"(x0)
               : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
               : "memory");
  return static_cast<intptr_t>(x0);
}

// Variant I: the two words at the thread pointer are the C library's, and the canary is a variable.
void InitThreadBlock(uintptr_t, const uint8_t*) {}

bool SetThreadPointer(uintptr_t thread_pointer) {
  asm volatile("msr tpidr_el0, %0" ::"r"(thread_pointer) : "memory");
  return true;
}

uintptr_t ThreadPointer() {
  uintptr_t pointer;
  asm("mrs %0, tpidr_el0" : "=r"(pointer));
  return pointer;
}

uintptr_t StaticTlsDescriptor() { return reinterpret_cast<uintptr_t>(&tls_descriptor_static); }

uintptr_t UndefinedTlsDescriptor() {
  return reinterpret_cast<uintptr_t>(&tls_descriptor_undefined);
}

void SyncCode(const void* begin, size_t bytes) {
  // CTR_EL0 has log2 of the words in the smallest lines: of data in bits 19:16, of instructions in
  // bits 3:0 (Arm ARM, DDI 0487, B2.4.4, D17.2.34).
  uint64_t type;
  asm("mrs %0, ctr_el0" : "=r"(type));
  const uintptr_t data_line = uintptr_t{4} << (type >> 16 & 0xf);
  const uintptr_t code_line = uintptr_t{4} << (type & 0xf);
  const auto start = reinterpret_cast<uintptr_t>(begin);
  for (uintptr_t at = start & ~(data_line - 1); at < start + bytes; at += data_line) {
    asm volatile("dc cvau, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb ish" ::: "memory");
  for (uintptr_t at = start & ~(code_line - 1); at < start + bytes; at += code_line) {
    asm volatile("ic ivau, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb ish\n\tisb" ::: "memory");
}

}  // namespace arch
