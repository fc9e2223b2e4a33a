// SPDX-License-Identifier: BSD-2-Clause
//
// Atomic operations on 64 bits, under the names that compilers call them by (GCC, "libatomic ABI"):
// without the FPU GCC has only CMPXCHG8B for them, and then calls a function. Each takes the memory
// order last; all are sequentially consistent.
#include <cstdint>

namespace arch::i386 {
namespace {

// Stores `wanted` if `*at` is `expected`; what was there.
uint64_t CompareExchange(volatile uint64_t* at, uint64_t expected, uint64_t wanted) {
  asm volatile("lock cmpxchg8b %0"
               : "+m"(*at), "+A"(expected)
               : "b"(static_cast<uint32_t>(wanted)), "c"(static_cast<uint32_t>(wanted >> 32))
               : "cc", "memory");
  return expected;
}

template <class Change>
uint64_t Fetch(volatile uint64_t* at, Change change) {
  uint64_t before = *at;  // torn or not: the exchange tells
  for (;;) {
    const uint64_t now = CompareExchange(at, before, change(before));
    if (now == before) return before;
    before = now;
  }
}

}  // namespace

extern "C" {

#define DYNLINK_HELPER(name) asm("__atomic_" #name "_8") __attribute__((visibility("hidden")))
uint64_t Load(const volatile uint64_t* at, int order) DYNLINK_HELPER(load);
void Store(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(store);
uint64_t Exchange(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(exchange);
bool CompareExchangeAt(volatile uint64_t* at, uint64_t* expected, uint64_t wanted, int success,
                       int failure) DYNLINK_HELPER(compare_exchange);
uint64_t FetchAdd(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(fetch_add);
uint64_t FetchSub(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(fetch_sub);
uint64_t FetchOr(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(fetch_or);
uint64_t FetchAnd(volatile uint64_t* at, uint64_t value, int order) DYNLINK_HELPER(fetch_and);
#undef DYNLINK_HELPER

uint64_t Load(const volatile uint64_t* at, int) {
  return CompareExchange(const_cast<volatile uint64_t*>(at), 0, 0);
}

void Store(volatile uint64_t* at, uint64_t value, int) {
  Fetch(at, [value](uint64_t) { return value; });
}

uint64_t Exchange(volatile uint64_t* at, uint64_t value, int) {
  return Fetch(at, [value](uint64_t) { return value; });
}

bool CompareExchangeAt(volatile uint64_t* at, uint64_t* expected, uint64_t wanted, int, int) {
  const uint64_t found = CompareExchange(at, *expected, wanted);
  const bool done = found == *expected;
  *expected = found;
  return done;
}

uint64_t FetchAdd(volatile uint64_t* at, uint64_t value, int) {
  return Fetch(at, [value](uint64_t before) { return before + value; });
}

uint64_t FetchSub(volatile uint64_t* at, uint64_t value, int) {
  return Fetch(at, [value](uint64_t before) { return before - value; });
}

uint64_t FetchOr(volatile uint64_t* at, uint64_t value, int) {
  return Fetch(at, [value](uint64_t before) { return before | value; });
}

uint64_t FetchAnd(volatile uint64_t* at, uint64_t value, int) {
  return Fetch(at, [value](uint64_t before) { return before & value; });
}

}  // extern "C"
}  // namespace arch::i386
