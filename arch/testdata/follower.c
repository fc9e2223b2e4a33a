// SPDX-License-Identifier: BSD-2-Clause
// A library of the program: sees the program's copy of the data and its address of the function.

extern long provider_data[4];
extern char provider_bytes[40];
long provider_function(long x);

long* data_word = provider_data;
char* bytes_word = provider_bytes;
long (*function_word)(long) = provider_function;

long follow(long x) { return provider_function(x) + provider_data[0]; }
