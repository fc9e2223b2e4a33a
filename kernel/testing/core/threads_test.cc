// SPDX-License-Identifier: BSD-2-Clause
#include <atomic>

#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_space.h"
#include "kernel/sched/sync.h"
#include "kernel/sched/thread.h"
#include "kernel/testing/core/check.h"

namespace core_test {
namespace {

using base::Errno;
using base::Ok;
using Lock = sched::Guard<sched::Mutex>;

sched::Thread* Run(const char* name, sched::ThreadFunction function, void* argument) {
  auto thread = sched::Start(name, function, argument);
  CHECK_THAT(thread.ok());
  return thread.value();
}

// Two threads that never give up the CPU and wait for each other: only preemption ends this.
struct PingPong {
  std::atomic<int> turn{0};
};

void Ping(void* argument) {
  auto* game = static_cast<PingPong*>(argument);
  for (int i = 0; i < 5; i++) {
    while (game->turn.load() % 2 != 0) {
    }
    game->turn++;
  }
}

void Pong(void* argument) {
  auto* game = static_cast<PingPong*>(argument);
  for (int i = 0; i < 5; i++) {
    while (game->turn.load() % 2 != 1) {
    }
    game->turn++;
  }
}

void Count(void* argument) {
  (*static_cast<std::atomic<int>*>(argument))++;
  sched::Yield();
}

// A mutex that is fought over: the sum is right only if nobody is inside together.
struct Account {
  sched::Mutex mutex;
  int balance = 0;
};

void Deposit(void* argument) {
  auto* account = static_cast<Account*>(argument);
  for (int i = 0; i < 50; i++) {
    Lock lock(account->mutex);
    int balance = account->balance;
    sched::Yield();
    account->balance = balance + 1;
  }
}

// A buffer of one word between a producer and a consumer.
struct Channel {
  sched::Mutex mutex;
  sched::Condition changed;
  bool full = false;
  int word = 0;
};

void Produce(void* argument) {
  auto* channel = static_cast<Channel*>(argument);
  for (int i = 1; i <= 100; i++) {
    Lock lock(channel->mutex);
    while (channel->full) CHECK_THAT(Ok(channel->changed.Wait(channel->mutex)));
    channel->word = i;
    channel->full = true;
    channel->changed.Broadcast();
  }
}

struct Sleeper {
  base::Error result = base::Error::kOk;
  bool interruptible = true;
};

void SleepLong(void* argument) {
  auto* sleeper = static_cast<Sleeper*>(argument);
  sleeper->result = sched::SleepUntil(sched::NowNs() + 30'000 * kMillisecond, true);
}

struct Parked {
  sched::SpinLock lock;
  sched::WaitQueue queue;
  bool go = false;
};

[[gnu::noinline]] void Park(Parked& parked) {
  sched::Guard guard(parked.lock);
  while (!parked.go) (void)parked.queue.Sleep(parked.lock);
}

[[gnu::noinline]] void ParkInside(void* argument) {
  Park(*static_cast<Parked*>(argument));
  asm volatile("");  // no tail call: this function's frame is what is looked for
}

// A function that never sleeps, and one that it calls all the time: preemption finds them at every
// instruction, in the middle of building and leaving a frame too.
[[gnu::noinline]] void Leaf() { asm volatile(""); }

[[gnu::noinline]] void SpinInside(void* argument) {
  auto* stop = static_cast<std::atomic<bool>*>(argument);
  while (!stop->load(std::memory_order_relaxed)) Leaf();
}

struct Search {
  mm::VirtAddr low;
  mm::VirtAddr high;
  uint32_t thread;
  int found;
  int others;
};

bool Look(void* context, uint32_t thread, const char*, mm::VirtAddr address) {
  auto* search = static_cast<Search*>(context);
  bool inside = address > search->low && address < search->high;
  if (inside) (thread == search->thread ? search->found : search->others)++;
  return true;
}

}  // namespace

void TestThreads() {
  mm::FrameCounts frames = mm::CountFrames();
  mm::HeapCounts heap = mm::CountHeap();
  mm::SpaceCounts space = mm::CountKernelSpace();

  PingPong game;
  sched::Thread* ping = Run("ping", Ping, &game);
  sched::Thread* pong = Run("pong", Pong, &game);
  CHECK_THAT(sched::Id(ping) != sched::Id(pong));
  CHECK_THAT(!__builtin_memcmp(sched::Name(ping), "ping", 5));
  sched::Join(ping);
  sched::Join(pong);
  CHECK_EQUAL(game.turn, 10);

  std::atomic<int> counted{0};
  sched::Thread* threads[20];
  for (sched::Thread*& thread : threads) thread = Run("count", Count, &counted);
  for (sched::Thread* thread : threads) sched::Join(thread);
  for (int i = 0; i < 20; i++) sched::Detach(Run("detached", Count, &counted));
  while (counted < 40) sched::Yield();
  // The last one has counted, but may still be about to end.
  for (int i = 0; i < 10; i++) sched::Yield();

  // A thread that cannot start leaves nothing.
  for (uint64_t nth = 1; nth < 8; nth++) {
    mm::FailFramesAfter(nth);
    CHECK_THAT(sched::Start("none", Count, &counted).error() == Errno(ENOMEM));
    mm::FailFramesAfter(0);
  }
  mm::FailAllocationAfter(1);
  CHECK_THAT(sched::Start("none", Count, &counted).error() == Errno(ENOMEM));
  CHECK_EQUAL(mm::CountFrames().free, frames.free);
  CHECK_EQUAL(mm::CountHeap().blocks, heap.blocks);
  CHECK_EQUAL(mm::CountKernelSpace().reservations, space.reservations);
  CHECK_EQUAL(mm::CountKernelSpace().mapped_bytes, space.mapped_bytes);
}

void TestSync() {
  Account account;
  sched::Thread* depositors[4];
  for (sched::Thread*& thread : depositors) thread = Run("depositor", Deposit, &account);
  for (sched::Thread* thread : depositors) sched::Join(thread);
  CHECK_EQUAL(account.balance, 200);
  CHECK_EQUAL(sched::MutexesHeld(), 0);
  CHECK_THAT(account.mutex.TryLock() && account.mutex.HeldByCurrent());
  CHECK_EQUAL(sched::MutexesHeld(), 1);
  account.mutex.Unlock();
  CHECK_THAT(!account.mutex.HeldByCurrent());
  CHECK_EQUAL(sched::MutexesHeld(), 0);

  Channel channel;
  sched::Thread* producer = Run("producer", Produce, &channel);
  int sum = 0;
  for (int i = 0; i < 100; i++) {
    Lock lock(channel.mutex);
    while (!channel.full) CHECK_THAT(Ok(channel.changed.Wait(channel.mutex)));
    sum += channel.word;
    channel.full = false;
    channel.changed.Broadcast();
  }
  sched::Join(producer);
  CHECK_EQUAL(sum, 5050);

  // Deadlines, in any order, and one that has passed.
  uint64_t start = sched::NowNs();
  CHECK_THAT(Ok(sched::SleepUntil(start + 10 * kMillisecond, false)));
  CHECK_THAT(sched::NowNs() >= start + 10 * kMillisecond);
  CHECK_THAT(Ok(sched::SleepUntil(start, false)));
  {
    Lock lock(channel.mutex);
    CHECK_THAT(channel.changed.Wait(channel.mutex, false, sched::NowNs() + kMillisecond) ==
               Errno(ETIMEDOUT));
    CHECK_THAT(channel.mutex.HeldByCurrent());
  }

  // An interrupt ends a sleep, before it begins or while it lasts.
  Sleeper sleeper;
  sched::Thread* thread = Run("sleeper", SleepLong, &sleeper);
  sched::Interrupt(thread);
  sched::Join(thread);
  CHECK_THAT(sleeper.result == Errno(EINTR));
  thread = Run("sleeper", SleepLong, &sleeper);
  sleeper.result = base::Error::kOk;
  CHECK_THAT(Ok(sched::SleepUntil(sched::NowNs() + 10 * kMillisecond, false)));
  sched::Interrupt(thread);
  sched::Join(thread);
  CHECK_THAT(sleeper.result == Errno(EINTR));
  CHECK_THAT(!sched::Interrupted());
}

void TestFrameWalk() {
  Parked parked;
  sched::Thread* thread = Run("parked", ParkInside, &parked);
  CHECK_THAT(Ok(sched::SleepUntil(sched::NowNs() + 5 * kMillisecond, false)));
  // The function is far shorter than this.
  constexpr size_t kMostBytes = 64;
  auto low = reinterpret_cast<mm::VirtAddr>(&ParkInside);
  Search search{low, low + kMostBytes, sched::Id(thread), 0, 0};
  sched::ForEachFrame(Look, &search);
  CHECK_THAT(search.found >= 1);
  CHECK_EQUAL(search.others, 0);
  {
    sched::Guard guard(parked.lock);
    parked.go = true;
    parked.queue.WakeAll();
  }
  sched::Join(thread);
  search.found = 0;
  sched::ForEachFrame(Look, &search);
  CHECK_EQUAL(search.found, 0);

  std::atomic<bool> stop{false};
  thread = Run("spinning", SpinInside, &stop);
  low = reinterpret_cast<mm::VirtAddr>(&SpinInside);
  for (int i = 0; i < 50; i++) {
    CHECK_THAT(Ok(sched::SleepUntil(sched::NowNs() + kMillisecond, false)));
    search = {low, low + kMostBytes, sched::Id(thread), 0, 0};
    sched::ForEachFrame(Look, &search);
    CHECK_THAT(search.found >= 1);
    CHECK_EQUAL(search.others, 0);
  }
  stop = true;
  sched::Join(thread);
}

}  // namespace core_test
