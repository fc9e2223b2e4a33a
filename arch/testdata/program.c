// SPDX-License-Identifier: BSD-2-Clause
// A program at a fixed address (ET_EXEC) that was not compiled position independent: it has its own
// copy of provider.so's data (COPY), and its PLT entry is the address of provider.so's function for
// everybody (an undefined symbol with a value).
// flags: -fno-pic -fno-pie

extern long provider_data[4];
extern char provider_bytes[40];
long provider_function(long x);

long (*function_word)(long) = provider_function;
char* bytes_word = &provider_bytes[3];

long _start(long x) {
  return provider_data[x] + provider_bytes[x] + provider_function(x) + (long)provider_function;
}
// What GNU ld looks for on CPUs whose start symbol has two underscores.
long __start(long x) __attribute__((alias("_start")));
