// SPDX-License-Identifier: BSD-2-Clause
//
// The few operations on NUL-terminated strings that the kernel needs; the C library's names are not
// defined in freestanding code, except the four memory functions that compilers call.
#pragma once

#include <cstddef>

namespace base {

constexpr size_t StringLength(const char* text) {
  size_t length = 0;
  // The volatile-free loop would be recognised as strlen and turned into a call of it.
  while (text[length]) {
    length++;
    if (!__builtin_is_constant_evaluated()) asm("" : "+r"(length));
  }
  return length;
}

constexpr bool StringsEqual(const char* a, const char* b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

constexpr bool StartsWith(const char* text, const char* prefix) {
  while (*prefix && *text == *prefix) text++, prefix++;
  return !*prefix;
}

// Copies at most capacity - 1 characters and a NUL; returns the length of `from`, so that a result
// >= capacity says it was cut.
constexpr size_t CopyString(char* to, const char* from, size_t capacity) {
  size_t length = 0;
  for (; from[length]; length++) {
    if (length + 1 < capacity) to[length] = from[length];
  }
  if (capacity) to[length < capacity ? length : capacity - 1] = '\0';
  return length;
}

}  // namespace base
