// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>

#include "kernel/dynlink/owner.h"

namespace core_test {

struct OwnerDouble {
  std::atomic<int> registrations{0};
  std::atomic<int> inside{0};
  std::atomic<int> refused{0};
  std::atomic<bool> enterable{true};
  kld::Registration* last = nullptr;
};
extern OwnerDouble owner_double;

}  // namespace core_test
