// SPDX-License-Identifier: BSD-2-Clause
//
// Counts who is inside an object that may be taken away: Close lets nobody new in and waits until
// the last one has left. May sleep; threads only.
#pragma once

#include <cstdint>

#include "kernel/sched/sync.h"

namespace dev {

class Gate {
 public:
  [[nodiscard]] bool Enter() {
    sched::Guard guard(lock_);
    if (closed_) return false;
    ++inside_;
    return true;
  }
  void Leave() {
    sched::Guard guard(lock_);
    if (--inside_ == 0 && closed_) empty_.Broadcast();
  }
  void Close() {
    sched::Guard guard(lock_);
    closed_ = true;
    while (inside_) (void)empty_.Wait(lock_);
  }

 private:
  sched::Mutex lock_;
  sched::Condition empty_;
  uint32_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace dev
