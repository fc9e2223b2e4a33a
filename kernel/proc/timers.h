// SPDX-License-Identifier: BSD-2-Clause
//
// Alarms: one kernel thread sleeps until the next process's alarm is due and posts SIGALRM.
#pragma once

#include "kernel/proc/process.h"

namespace proc {

base::Error StartAlarms();

struct Alarm {
  uint64_t left_ns = 0;  // until the next; 0 = none
  uint64_t interval_ns = 0;
};
// Sets the current process's alarm (left_ns 0 = none) and gives the one before.
Alarm SetAlarm(const Alarm& alarm);
Alarm GetAlarm();

}  // namespace proc
