// SPDX-License-Identifier: BSD-2-Clause
//
// Several requests at once: waiting for files that others load, deadlocks, interrupts, killed
// requesters. With a linker thread, and in a host that starts none.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

using Calls = std::vector<std::string>;

class ConcurrencyTest : public Bench {
 protected:
  static void Put(const std::string& name, std::vector<std::string> needs = {}) {
    TestModule module(name + ".kld");
    for (const std::string& need : needs) module.Needs(need + ".kld");
    module.Module(name).On(Event::kLoad, name).On(Event::kUnload, name);
    PutFile("/boot/modules/" + name + ".kld", module.Build());
  }
};

// b's handler is running when a, which needs b, is loaded: a waits for it.
//   a -> b
TEST_F(ConcurrencyTest, WaitsForAFileThatIsLoading) {
  Put("b");
  Put("a", {"b"});
  std::promise<void> entered, go;
  WhenCalled(Event::kLoad, "b", [&] {
    entered.set_value();
    go.get_future().wait();
    return 0;
  });
  std::thread first([&] { EXPECT_EQ(Load("b").error, 0); });
  entered.get_future().wait();
  std::thread second([&] { EXPECT_EQ(Load("a").error, 0); });
  AwaitWaiters(2);  // the linker thread and the second requester: it was set aside
  EXPECT_EQ(Files(), (Calls{"kernel", "b.kld"}));
  go.set_value();
  first.join();
  second.join();
  EXPECT_EQ(Files(), (Calls{"kernel", "b.kld", "a.kld"}));
  EXPECT_EQ(StatOf("b.kld").refs, 2);
}

// The same, but b fails the first time: a plans again, and loads b itself.
TEST_F(ConcurrencyTest, PlansAgainWhenThatLoadFailed) {
  Put("b");
  Put("a", {"b"});
  std::promise<void> entered, go;
  bool again = false;
  WhenCalled(Event::kLoad, "b", [&] {
    if (again) return 0;
    again = true;
    entered.set_value();
    go.get_future().wait();
    return EIO;
  });
  std::thread first([&] { EXPECT_EQ(Load("b").error, ECANCELED); });
  entered.get_future().wait();
  std::thread second([&] { EXPECT_EQ(Load("a").error, 0); });
  AwaitWaiters(2);
  go.set_value();
  first.join();
  second.join();
  EXPECT_EQ(StatOf("b.kld").user_refs, 0);
  EXPECT_EQ(StatOf("a.kld").state, KLD_LIVE);
}

// a's handler loads x, which needs a.
TEST_F(ConcurrencyTest, OwnAncestorIsADeadlock) {
  Put("a");
  Put("x", {"a"});
  Result inner;
  WhenCalled(Event::kLoad, "a", [&] {
    inner = Load("x");
    return 0;
  });
  EXPECT_EQ(Load("a").error, 0);
  EXPECT_EQ(inner.error, EDEADLK);
  EXPECT_NE(inner.report.find("x"), std::string::npos) << inner.report;
  EXPECT_NE(inner.report.find("a"), std::string::npos) << inner.report;
  // What needs nothing of it can be loaded from there.
  Put("y");
  Put("z");
  WhenCalled(Event::kLoad, "z", [&] { return Load("y").error; });
  EXPECT_EQ(Load("z").error, 0);
  // Nor can a file be unloaded by its own handler.
  WhenCalled(Event::kUnload, "z", [&] {
    inner = Unload("z.kld");
    return 0;
  });
  EXPECT_EQ(Unload("z.kld").error, 0);
  EXPECT_EQ(inner.error, EDEADLK);
}

// Two threads: a's handler loads x, which needs b; b's handler loads y, which needs a.
TEST_F(ConcurrencyTest, DeadlockOverTwoThreads) {
  Put("a");
  Put("b");
  Put("x", {"b"});
  Put("y", {"a"});
  std::promise<void> a_in, b_in;
  Result x, y;
  WhenCalled(Event::kLoad, "a", [&] {
    a_in.set_value();
    b_in.get_future().wait();
    x = Load("x");
    return 0;
  });
  WhenCalled(Event::kLoad, "b", [&] {
    a_in.get_future().wait();
    b_in.set_value();
    y = Load("y");
    return 0;
  });
  std::thread first([&] { EXPECT_EQ(Load("a").error, 0); });
  std::thread second([&] { EXPECT_EQ(Load("b").error, 0); });
  first.join();
  second.join();
  // Whoever closed the circle was told; the other one went on.
  EXPECT_EQ((x.error == EDEADLK) + (y.error == EDEADLK), 1) << x.report << "\n" << y.report;
  EXPECT_EQ((x.error == 0) + (y.error == 0), 1);
}

TEST_F(ConcurrencyTest, InterruptedBeforeLinking) {
  Put("b");
  Put("a", {"b"});
  StopOpen("/boot/modules/b.kld");  // in the middle of the plan
  const Everything before = Now();
  std::promise<uint64_t> who;
  std::thread requester([&] {
    who.set_value(kld_host_current_thread());
    const Result result = Load("a");
    EXPECT_EQ(result.error, EINTR);
    EXPECT_NE(result.report.find("interrupted"), std::string::npos);
  });
  const uint64_t thread = who.get_future().get();
  AwaitOpen("/boot/modules/b.kld");
  Interrupt(thread, KLD_HOST_WAIT_INTERRUPTIBLE);
  requester.join();
  LetOpen("/boot/modules/b.kld");
  // The next request is served after the linker thread has dropped the other.
  Put("c");
  MustLoad("c");
  EXPECT_EQ(Unload("c.kld").error, 0);
  TakeCalls();
  ExpectSame(before, Now());
}

TEST_F(ConcurrencyTest, KilledWhileLinking) {
  Put("a");
  StopOpen("/boot/modules/a.plist");  // linked already, parameters not set
  std::promise<uint64_t> who;
  std::thread requester([&] {
    who.set_value(kld_host_current_thread());
    EXPECT_EQ(Load("a").error, EINTR);
  });
  const uint64_t thread = who.get_future().get();
  AwaitOpen("/boot/modules/a.plist");
  // A mere signal is too late.
  Interrupt(thread, KLD_HOST_WAIT_INTERRUPTIBLE);
  Interrupt(thread, KLD_HOST_WAIT_KILLABLE);
  requester.join();
  // A worker finishes what was begun.
  uint64_t runner = 0;
  std::promise<void> loaded;
  WhenCalled(Event::kLoad, "a", [&] {
    runner = kld_host_current_thread();
    loaded.set_value();
    return 0;
  });
  LetOpen("/boot/modules/a.plist");
  loaded.get_future().wait();
  EXPECT_NE(runner, thread);
  while (StatOf("a.kld").state != KLD_LIVE) std::this_thread::yield();
  EXPECT_EQ(TakeCalls(), (Calls{"load a"}));
}

// Unloading what is just being loaded as a dependency waits too.
TEST_F(ConcurrencyTest, UnloadWaitsForALoad) {
  Put("b");
  Put("a", {"b"});
  MustLoad("b");
  std::promise<void> entered, go;
  WhenCalled(Event::kLoad, "a", [&] {
    entered.set_value();
    go.get_future().wait();
    return 0;
  });
  std::thread first([&] { EXPECT_EQ(Load("a").error, 0); });
  entered.get_future().wait();
  // b is not being changed: its user's reference goes at once, the file stays for a.
  EXPECT_EQ(Unload("b.kld").error, 0);
  EXPECT_EQ(StatOf("b.kld").refs, 1);
  std::thread second([&] { EXPECT_EQ(Unload("a.kld").error, 0); });
  AwaitWaiters(2);
  go.set_value();
  first.join();
  second.join();
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

// The host starts no threads: whoever asks does the linker thread's work.
class BorrowedTest : public ConcurrencyTest {
 protected:
  void SetUp() override {
    SetStartsThreads(false);
    Bench::SetUp();
  }
  void TearDown() override {
    Bench::TearDown();
    SetStartsThreads(true);
  }
};

// One thread in all. If it ever waited for another one, the test would not end.
//   a -> b, and b's handler loads c
TEST_F(BorrowedTest, OneThreadIsEnough) {
  Put("a", {"b"});
  Put("b");
  Put("c");
  WhenCalled(Event::kLoad, "b", [&] { return Load("c").error; });
  MustLoad("a");
  EXPECT_EQ(Files(), (Calls{"kernel", "b.kld", "a.kld", "c.kld"}));
  EXPECT_EQ(Unload("c.kld").error, 0);
  EXPECT_EQ(Unload("a.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"load b", "load c", "load a", "unload c", "unload a", "unload b"}));
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

// What would have to wait for its own thread is refused, as with a linker thread.
TEST_F(BorrowedTest, OwnAncestorIsADeadlock) {
  Put("a");
  Put("x", {"a"});
  Result inner;
  WhenCalled(Event::kLoad, "a", [&] {
    inner = Load("x");
    return 0;
  });
  MustLoad("a");
  EXPECT_EQ(inner.error, EDEADLK);
  EXPECT_EQ(inner.report, "x: loading waits for one that it is loaded by: x -> a -> x");
}

// The first requester is in the middle of his plan; the second one's request is served by him.
TEST_F(BorrowedTest, WhoeverIsAtItServesAll) {
  Put("a");
  Put("b");
  Put("c");
  StopOpen("/boot/modules/a.plist");
  TakeOpened();
  std::atomic<uint64_t> server{0};
  std::thread first([&] {
    server = kld_host_current_thread();
    EXPECT_EQ(Load("a").error, 0);
  });
  AwaitOpen("/boot/modules/a.plist");
  std::thread second([&] { EXPECT_EQ(Load("b").error, 0); });
  std::thread third([&] { EXPECT_EQ(Load("c").error, 0); });
  AwaitWaiters(2);
  LetOpen("/boot/modules/a.plist");
  first.join();
  second.join();
  third.join();
  EXPECT_EQ(Files().size(), 4u);
  // Everybody opens the file that he asks for; what else is read is the linker thread's.
  const Calls opened = TakeOpened(server);
  for (const char* path :
       {"/boot/modules/a.plist", "/boot/modules/b.plist", "/boot/modules/c.plist"}) {
    EXPECT_NE(std::find(opened.begin(), opened.end(), path), opened.end()) << path;
  }
}

// The requester himself may have come out of the file that is to go: with a linker thread that would
// be another thread's stack.
TEST_F(BorrowedTest, TheRequestersOwnStackIsSeen) {
  Put("a");
  MustLoad("a");
  const uint64_t self = kld_host_current_thread();
  SetFrames({{self, "main", 0x10}, {self, "main", StatOf("a.kld").address + 8}});
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("thread main (" + std::to_string(self) + ") at +0x8"),
            std::string::npos)
      << result.report;
  SetFrames({});
  EXPECT_EQ(Unload("a.kld").error, 0);
}

// b's handler is running when a, which needs b, is loaded: whoever waited does his own linking.
//   a -> b
TEST_F(BorrowedTest, WaitsForAFileThatIsLoading) {
  Put("b");
  Put("a", {"b"});
  std::promise<void> entered, go;
  WhenCalled(Event::kLoad, "b", [&] {
    entered.set_value();
    go.get_future().wait();
    return 0;
  });
  std::thread first([&] { EXPECT_EQ(Load("b").error, 0); });
  entered.get_future().wait();
  std::thread second([&] { EXPECT_EQ(Load("a").error, 0); });
  AwaitWaiters(1);  // the second requester alone
  go.set_value();
  first.join();
  second.join();
  EXPECT_EQ(Files(), (Calls{"kernel", "b.kld", "a.kld"}));
}

// Requesters who leave while another one does the work: before linking, and after it has begun, when
// with no thread to go on with it what was linked is taken apart.
TEST_F(BorrowedTest, RequestersLeave) {
  Put("a");
  Put("b");
  Put("c");
  StopOpen("/boot/modules/a.plist");
  StopOpen("/boot/modules/c.plist");
  std::thread first([&] { EXPECT_EQ(Load("a").error, 0); });
  AwaitOpen("/boot/modules/a.plist");
  std::promise<uint64_t> who_b, who_c;
  std::thread second([&] {
    who_b.set_value(kld_host_current_thread());
    EXPECT_EQ(Load("b").error, EINTR);
  });
  AwaitWaiters(1);
  Interrupt(who_b.get_future().get(), KLD_HOST_WAIT_INTERRUPTIBLE);
  second.join();
  std::thread third([&] {
    who_c.set_value(kld_host_current_thread());
    EXPECT_EQ(Load("c").error, EINTR);
  });
  AwaitWaiters(1);
  LetOpen("/boot/modules/a.plist");
  AwaitOpen("/boot/modules/c.plist");
  Interrupt(who_c.get_future().get(), KLD_HOST_WAIT_KILLABLE);
  third.join();
  LetOpen("/boot/modules/c.plist");
  first.join();
  EXPECT_EQ(Files(), (Calls{"kernel", "a.kld"}));
  EXPECT_EQ(TakeCalls(), (Calls{"load a"}));
}

}  // namespace
}  // namespace kld::testing
