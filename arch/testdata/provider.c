// SPDX-License-Identifier: BSD-2-Clause
// Definitions that user.so, broken.so and tls.so refer to: data, code, weak, absolute.

long provider_data[4] = {11, 22, 33, 44};
char provider_bytes[40];

long provider_function(long x) { return x + provider_data[1]; }

// Weak definitions are definitions: the dynamic linker does not prefer a strong one elsewhere.
__attribute__((weak)) long provider_weak(long x) { return x - 1; }

// An alias: two names, one value. Which of them a reference binds to must not matter to the word.
extern long provider_alias[4] __attribute__((alias("provider_data")));

// SHN_ABS: its value is a number, not an address, and must not get the bias.
__asm__(".globl provider_absolute\n.type provider_absolute, %object\n.size provider_absolute, 1\n");
#if __SIZEOF_POINTER__ == 8
__asm__("provider_absolute = 0x123456789a\n");
#else
__asm__("provider_absolute = 0x12345678\n");
#endif

// What compilers call to find a thread-local variable; the name depends on the CPU.
void* __tls_get_addr(void* index) { return index; }
void* ___tls_get_addr(void* index) { return index; }
long __tls_get_offset(long index) { return index; }
