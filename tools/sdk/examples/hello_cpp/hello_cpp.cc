// SPDX-License-Identifier: BSD-2-Clause
//
// A module in C++: an object with a constructor and a destructor, which run around the handlers,
// and a named value: `sysctl hello_cpp.visits` counts how often it has been read.

#include <cstddef>
#include <cstdint>

#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/sysctl.h"

KLD_MODULE(hello_cpp, "1.0", "counts its visitors");
KLD_AUTHOR(hello_cpp, "The Dynlink authors");
KLD_LICENSE(hello_cpp, "BSD-2-Clause");

namespace {

// Decimal digits of a number, without a library.
class Decimal {
 public:
  explicit Decimal(uint64_t number) {
    do {
      digits_[--first_] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
  }
  const char* data() const { return digits_ + first_; }
  size_t size() const { return kCapacity - first_; }

 private:
  static constexpr size_t kCapacity = 20;
  char digits_[kCapacity];
  size_t first_ = kCapacity;
};

class Visits {
 public:
  Visits() { kprintf("hello_cpp: constructed\n"); }
  ~Visits() { kprintf("hello_cpp: destroyed after %llu visits\n", Count()); }

  unsigned long long Count() const { return __atomic_load_n(&count_, __ATOMIC_RELAXED); }
  uint64_t Add() { return __atomic_add_fetch(&count_, 1, __ATOMIC_RELAXED); }

 private:
  uint64_t count_ = 0;
};

Visits visits;
ksysctl* value = nullptr;

int64_t ReadVisits(void* context, char* to, size_t capacity) {
  const Decimal text(static_cast<Visits*>(context)->Add());
  for (size_t i = 0; i < text.size() && i < capacity; ++i) to[i] = text.data()[i];
  return static_cast<int64_t>(text.size());
}

}  // namespace

KLD_LOAD(hello_cpp) {
  const ksysctl_spec spec = {.name = "hello_cpp.visits",
                             .description = "how often this has been read",
                             .context = &visits,
                             .read = ReadVisits,
                             .write = nullptr};
  return ksysctl_create(&spec, &value);
}

KLD_UNLOAD(hello_cpp) { ksysctl_destroy(value); }
