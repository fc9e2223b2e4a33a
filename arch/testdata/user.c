// SPDX-License-Identifier: BSD-2-Clause
// References of every common kind to provider.so and to itself.

extern long provider_data[4];
extern long provider_alias[4];
extern char provider_bytes[40];
extern char provider_absolute;
long provider_function(long x);
__attribute__((weak)) long provider_weak(long x);
__attribute__((weak)) extern long nobody_defines_this;
__attribute__((weak)) long nobody_defines_that(long x);

static long local_data[3] = {7, 8, 9};
long own_data = 5;
static long local_function(long x) { return x + local_data[1]; }
__attribute__((visibility("hidden"))) long hidden_data = 6;
long own_function(long x) { return local_function(x) + hidden_data; }

// RELATIVE, with and without an offset in the target.
long* relative_words[] = {local_data, &local_data[2], &hidden_data};
long (*relative_function)(long) = local_function;

// Symbolic words, with addends, one of them negative.
long* symbolic_words[] = {provider_data, &provider_data[3], provider_data - 2, provider_alias};
char* symbolic_bytes[] = {provider_bytes, provider_bytes + 1, provider_bytes + 39};
long (*symbolic_functions[])(long) = {provider_function, provider_weak, own_function};
long* own_word = &own_data;

// An absolute symbol, and one past it.
char* absolute_words[] = {&provider_absolute, &provider_absolute + 1};

// Weak undefined: 0, also with an addend only the addend.
long* weak_words[] = {&nobody_defines_this, &nobody_defines_this + 1};
long (*weak_function)(long) = nobody_defines_that;

// The same through the GOT and the PLT.
long entry(long x) {
  long sum = provider_function(x) + provider_data[2] + own_data + own_function(x);
  if (provider_weak) sum += provider_weak(sum);
  if (nobody_defines_that) sum += nobody_defines_that(sum);
  if (&nobody_defines_this) sum += nobody_defines_this;
  return sum + (long)&provider_absolute;
}
