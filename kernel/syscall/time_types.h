// SPDX-License-Identifier: BSD-2-Clause
//
// Times as users give them: struct timespec and timeval in words, and with 64-bit fields.
#pragma once

#include <cstdint>

#include "kernel/kpi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/sched/thread.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/syscall/words.h"

namespace syscalls {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

struct Timespec {
  SignedWord seconds;
  SignedWord rest;
  static constexpr uint64_t kNsPerRest = 1;
};

// struct __kernel_timespec. `rest` is a word with padding: the program may leave that as it is.
struct Timespec64 {
  int64_t seconds;
  int64_t rest;
  static constexpr uint64_t kNsPerRest = 1;
};

struct Timeval {
  SignedWord seconds;
  SignedWord rest;
  static constexpr uint64_t kNsPerRest = 1000;
};

// Nanoseconds, at most some 290 years. EINVAL for a negative time or a rest of a second or more.
template <class T>
constexpr base::Result<uint64_t> ToNs(const T& time) {
  constexpr int64_t kMostSeconds = int64_t{1} << 33;
  const auto rest = static_cast<SignedWord>(time.rest);
  if (time.seconds < 0 || rest < 0) return base::Errno(EINVAL);
  if (static_cast<uint64_t>(rest) >= kNsPerSecond / T::kNsPerRest) return base::Errno(EINVAL);
  if (time.seconds > kMostSeconds) return static_cast<uint64_t>(kMostSeconds) * kNsPerSecond;
  return static_cast<uint64_t>(time.seconds) * kNsPerSecond +
         static_cast<uint64_t>(rest) * T::kNsPerRest;
}

template <class T>
constexpr T FromNs(uint64_t ns) {
  return {static_cast<decltype(T::seconds)>(ns / kNsPerSecond),
          static_cast<decltype(T::rest)>(ns % kNsPerSecond / T::kNsPerRest)};
}

template <class T>
base::Result<uint64_t> ReadTime(uint64_t address) {
  T time;
  const base::Error error = ReadUser(&time, address);
  if (!base::Ok(error)) return error;
  return ToNs(time);
}

// The monotonic moment that lies the user's time ahead; ~0 for a null pointer.
template <class T>
base::Result<uint64_t> DeadlineFromUser(uint64_t address) {
  if (!address) return ~uint64_t{0};
  const base::Result<uint64_t> ns = ReadTime<T>(address);
  if (!ns.ok()) return ns.error();
  return sched::NowNs() + ns.value();
}

// struct rusage; what the kernel does not count is 0, as the manual page allows.
struct Usage {
  Timeval user;
  Timeval system;
  SignedWord others[14];
};

constexpr Usage UsageOf(const proc::CpuTimes& times) {
  return {FromNs<Timeval>(times.user_ns), FromNs<Timeval>(times.system_ns), {}};
}

}  // namespace syscalls
