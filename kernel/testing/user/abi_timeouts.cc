// SPDX-License-Identifier: BSD-2-Clause
//
// Calls that wait for a time: what they say is left of it, and what becomes of them after a stop.

#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "kernel/testing/user/abi.h"

namespace abi {
namespace {

// C libraries hide the time that the calls leave: here are the calls themselves.
constexpr size_t kSetBytes = 8;

long Ppoll(pollfd* entries, unsigned count, timespec* time) {
  return syscall(SYS_ppoll, entries, count, time, nullptr, kSetBytes);
}

long Pselect6(int count, fd_set* set, timespec* time) {
  return syscall(SYS_pselect6, count, set, nullptr, nullptr, time, nullptr);
}

uint64_t NowMilliseconds() {
  timespec now{};
  CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

// ---- select and ppoll ----

template <class Time, class Wait>
void TestTimeLeft(const Time& short_time, Wait wait) {
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0);
  Time left = short_time;
  CHECK(wait(pipe_ends[0], &left) == 0 && left.tv_sec == 0);
  // A handler runs: some has passed, but less than a second.
  left = {10, 0};
  const pid_t child = SendLater(SIGUSR1);
  CHECK(wait(pipe_ends[0], &left) == -1 && errno == EINTR && left.tv_sec == 9);
  waitpid(child, nullptr, 0);
  left = {10, 0};
  CHECK(write(pipe_ends[1], "x", 1) == 1);
  CHECK(wait(pipe_ends[0], &left) == 1 && left.tv_sec == 9);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

void TestTimesLeft() {
  Catch(SIGUSR1, Note, SA_RESTART);
  TestTimeLeft(timespec{0, 50'000'000}, [](int file, timespec* time) {
    pollfd entry{file, POLLIN, 0};
    return Ppoll(&entry, 1, time);
  });
  TestTimeLeft(timespec{0, 50'000'000}, [](int file, timespec* time) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(file, &set);
    return Pselect6(file + 1, &set, time);
  });
  TestTimeLeft(timeval{0, 50'000}, [](int file, timeval* time) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(file, &set);
    return select(file + 1, &set, nullptr, nullptr, time);
  });
  // What cannot be written is no failure.
  static const timespec kReadOnly{0, 1000};
  CHECK(Ppoll(nullptr, 0, const_cast<timespec*>(&kReadOnly)) == 0);
}

// ---- futex ----

constexpr long kFutexWait = 0, kFutexWake = 1, kFutexWaitBits = 9, kFutexWakeBits = 10;
constexpr long kRealtime = 256;
constexpr unsigned kAllBits = ~0u;
unsigned g_word = 7;

long Futex(long operation, unsigned value, const timespec* time, unsigned bits = kAllBits) {
  return syscall(SYS_futex, &g_word, operation, value, time, nullptr, bits);
}

// A moment some seconds from now.
timespec After(clockid_t clock, int seconds) {
  timespec moment{};
  CHECK(clock_gettime(clock, &moment) == 0);
  moment.tv_sec += seconds;
  return moment;
}

void TestMoment(long operation, clockid_t clock) {
  const uint64_t before = NowMilliseconds();
  timespec moment = After(clock, 1);
  CHECK(Futex(operation, 7, &moment) == -1 && errno == ETIMEDOUT);
  const uint64_t waited = NowMilliseconds() - before;
  CHECK(waited >= 999 && waited < 5000);
  moment = After(clock, -1);
  CHECK(Futex(operation, 7, &moment) == -1 && errno == ETIMEDOUT);
}

void TestFutex() {
  const timespec second{1, 0};
  CHECK(Futex(kFutexWait, 8, &second) == -1 && errno == EAGAIN);
  CHECK(Futex(kFutexWake, 1, nullptr) == 0 && Futex(kFutexWakeBits, 1, nullptr) == 0);
  CHECK(Futex(kFutexWaitBits, 7, nullptr, 0) == -1 && errno == EINVAL);
  const timespec never{0, 1'000'000'000};
  CHECK(Futex(kFutexWait, 7, &never) == -1 && errno == EINVAL);
  TestMoment(kFutexWaitBits, CLOCK_MONOTONIC);
  TestMoment(kFutexWaitBits | kRealtime, CLOCK_REALTIME);
  // Time spans have no clock.
  CHECK(Futex(kFutexWait | kRealtime, 7, &second) == -1 && errno == ENOSYS);
  CHECK(Futex(kFutexWake | kRealtime, 1, nullptr) == -1 && errno == ENOSYS);
  // A wait with an end does not begin again after a handler.
  Catch(SIGUSR1, Note, SA_RESTART);
  const timespec span{10, 0}, moment = After(CLOCK_MONOTONIC, 10);
  g_signal = 0;
  pid_t child = SendLater(SIGUSR1);
  CHECK(Futex(kFutexWait, 7, &span) == -1 && errno == EINTR && g_signal == SIGUSR1);
  waitpid(child, nullptr, 0);
  child = SendLater(SIGUSR1);
  CHECK(Futex(kFutexWaitBits, 7, &moment) == -1 && errno == EINTR);
  waitpid(child, nullptr, 0);
}

// ---- Stops ----

using Wait = void (*)();

constexpr Wait kTwoSeconds[] = {
    [] { (void)poll(nullptr, 0, 2000); },
    [] {
      timespec time{2, 0};
      (void)Ppoll(nullptr, 0, &time);
    },
    [] {
      timeval time{2, 0};
      (void)select(0, nullptr, nullptr, nullptr, &time);
    },
    [] {
      const timespec time{2, 0};
      (void)Futex(kFutexWait, 7, &time);
    },
};

// A call that a stop interrupts goes on until its end, or for what was left when the stop came; not
// for the whole time again.
void TestStoppedCalls() {
  constexpr size_t kCount = sizeof kTwoSeconds / sizeof kTwoSeconds[0];
  pid_t children[kCount];
  for (size_t i = 0; i < kCount; ++i) {
    children[i] = fork();
    if (children[i] != 0) continue;
    const uint64_t before = NowMilliseconds();
    kTwoSeconds[i]();
    const uint64_t tenths = (NowMilliseconds() - before + 1) / 100;
    _exit(tenths < 255 ? static_cast<int>(tenths) : 255);
  }
  usleep(1500000);
  for (const pid_t child : children) kill(child, SIGSTOP);
  usleep(300000);
  for (const pid_t child : children) kill(child, SIGCONT);
  for (const pid_t child : children) {
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) >= 20 && WEXITSTATUS(status) < 30);
  }
}

}  // namespace

void TimeoutGroups() {
  Group("time left", TestTimesLeft);
  Group("futex", TestFutex);
  Group("stopped calls", TestStoppedCalls);
}

}  // namespace abi
