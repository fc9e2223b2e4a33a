// SPDX-License-Identifier: BSD-2-Clause
//
// The memory functions that compilers call (GCC manual, "Standards": freestanding environments
// provide memcpy, memmove, memset and memcmp), and the length of a string constant. Hidden, so that
// an image neither exports nor imports them by having them, unless it is a kernel, whose version
// script decides (:exported). Whole words where both sides are aligned alike.
#include <stddef.h>
#include <stdint.h>

#ifdef SUPPORT_EXPORTED
#define VISIBLE __attribute__((visibility("default")))
#else
#define VISIBLE __attribute__((visibility("hidden")))
#endif

typedef uintptr_t __attribute__((may_alias)) word;

enum { kWord = sizeof(word) };

VISIBLE void* memcpy(void* to, const void* from, size_t n) {
  unsigned char* t = to;
  const unsigned char* f = from;
  if (((uintptr_t)t - (uintptr_t)f) % kWord == 0) {
    for (; n != 0 && (uintptr_t)t % kWord != 0; --n) *t++ = *f++;
    word* wt = (word*)t;
    const word* wf = (const word*)f;
    for (; n >= 4 * kWord; n -= 4 * kWord, wt += 4, wf += 4) {
      wt[0] = wf[0];
      wt[1] = wf[1];
      wt[2] = wf[2];
      wt[3] = wf[3];
    }
    t = (unsigned char*)wt;
    f = (const unsigned char*)wf;
  }
  for (; n != 0; --n) *t++ = *f++;
  return to;
}

VISIBLE void* memmove(void* to, const void* from, size_t n) {
  if ((uintptr_t)to - (uintptr_t)from >= n) return memcpy(to, from, n);
  unsigned char* t = to;
  const unsigned char* f = from;
  while (n != 0) {
    --n;
    t[n] = f[n];
  }
  return to;
}

VISIBLE void* memset(void* to, int value, size_t n) {
  unsigned char* t = to;
  for (; n != 0 && (uintptr_t)t % kWord != 0; --n) *t++ = (unsigned char)value;
  const word pattern = (word)-1 / 0xff * (unsigned char)value;
  word* wt = (word*)t;
  for (; n >= 4 * kWord; n -= 4 * kWord, wt += 4) {
    wt[0] = pattern;
    wt[1] = pattern;
    wt[2] = pattern;
    wt[3] = pattern;
  }
  t = (unsigned char*)wt;
  for (; n != 0; --n) *t++ = (unsigned char)value;
  return to;
}

VISIBLE int memcmp(const void* a, const void* b, size_t n) {
  const unsigned char* x = a;
  const unsigned char* y = b;
  for (; n != 0; --n, ++x, ++y) {
    if (*x != *y) return *x < *y ? -1 : 1;
  }
  return 0;
}

VISIBLE size_t strlen(const char* text) {
  size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}
