// SPDX-License-Identifier: BSD-2-Clause
//
// Stopping files: vetoes, callers inside, threads' stacks, what is left behind, undoing a load.

#include <gtest/gtest.h>

#include <thread>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

using Calls = std::vector<std::string>;

class UnloadTest : public Bench {
 protected:
  // A file with one module of the same name that has every handler.
  static TestModule Whole(const std::string& name) {
    TestModule module(name + ".kld");
    module.Module(name).Constructor().Destructor();
    for (const Event event : {Event::kLoad, Event::kQuiesce, Event::kResume, Event::kUnload}) {
      module.On(event, name);
    }
    return module;
  }
  static void Put(const std::string& name, std::vector<std::string> needs = {}) {
    TestModule module = Whole(name);
    for (const std::string& need : needs) module.Needs(need + ".kld");
    PutFile("/boot/modules/" + name + ".kld", module.Build());
  }
  // a -> b -> c
  void LoadChain() {
    Put("c");
    Put("b", {"c"});
    Put("a", {"b"});
    MustLoad("a");
    TakeCalls();
  }
  // A thread in a's code, which a's unload handler gives up without an end of it.
  void GiveUpThread(Registration& own) {
    own.thread = 7;
    Register(own, FileNamed("a.kld"), Kind::kThread, "worker");
    SetFrames({{7, "worker", StatOf("a.kld").address + 8}});
    WhenCalled(Event::kUnload, "a", [&own] {
      Unregister(own);
      return 0;
    });
  }
};

TEST_F(UnloadTest, VetoResumesThoseAlreadyAsked) {
  LoadChain();
  WhenCalled(Event::kQuiesce, "c", [] { return EBUSY; });
  const Everything before = Now();
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("module c will not be unloaded now (error 16)"), std::string::npos)
      << result.report;
  EXPECT_EQ(TakeCalls(), (Calls{"quiesce a", "quiesce b", "quiesce c", "resume b", "resume a"}));
  ExpectSame(before, Now());
  EXPECT_EQ(StatOf("a.kld").state, KLD_LIVE);
  EXPECT_EQ(StatOf("a.kld").user_refs, 1);
  // Force passes over it.
  EXPECT_EQ(Unload("a.kld", KLD_UNLOAD_FORCE).error, 0);
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

TEST_F(UnloadTest, CallersInsideAreWaitedFor) {
  LoadChain();
  File* const b = FileNamed("b.kld");
  ASSERT_TRUE(EnterLive(b));
  SetDrain(0);
  const Everything before = Now();
  const Result busy = Unload("a.kld");
  EXPECT_EQ(busy.error, EBUSY);
  EXPECT_NE(busy.report.find("b.kld"), std::string::npos) << busy.report;
  EXPECT_NE(busy.report.find("1 caller is still inside"), std::string::npos) << busy.report;
  EXPECT_EQ(TakeCalls(),
            (Calls{"quiesce a", "quiesce b", "quiesce c", "resume c", "resume b", "resume a"}));
  ExpectSame(before, Now());
  // Entries are possible again.
  ASSERT_TRUE(Enter(b));
  Leave(b);

  // One that comes out in time does not matter; meanwhile nobody comes in.
  SetDrain(60'000'000'000);
  std::thread leaver;
  bool refused = false;
  WhenCalled(Event::kQuiesce, "c", [&] {
    leaver = std::thread([&] {
      while (Enter(b)) Leave(b);
      refused = true;
      Leave(b);
    });
    return 0;
  });
  EXPECT_EQ(Unload("a.kld").error, 0);
  leaver.join();
  EXPECT_TRUE(refused);
}

TEST_F(UnloadTest, ThreadsInsideAreSeenOnTheirStacks) {
  LoadChain();
  const kld_file_stat c = StatOf("c.kld");
  SetFrames({{7, "worker", 0x10}, {7, "worker", c.address + 0x123}, {7, "worker", c.address}});
  const Everything before = Now();
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("c.kld"), std::string::npos) << result.report;
  EXPECT_NE(result.report.find("thread worker (7) at +0x123"), std::string::npos) << result.report;
  EXPECT_EQ(TakeCalls().back(), "resume a");
  ExpectSame(before, Now());

  // A thread of the file's own is its unload handler's matter, but must be gone after it.
  Registration own;
  own.thread = 7;
  Register(own, FileNamed("c.kld"), Kind::kThread, "worker");
  WhenCalled(Event::kUnload, "c", [&] {
    Unregister(own);
    SetFrames({});
    return 0;
  });
  EXPECT_EQ(Unload("a.kld").error, 0);
}

TEST_F(UnloadTest, ThreadLeftInsideMakesFilesDead) {
  Put("a");
  MustLoad("a");
  Registration own;
  GiveUpThread(own);
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("thread worker (7)"), std::string::npos) << result.report;
  EXPECT_EQ(StatOf("a.kld").state, KLD_DEAD);
  SetFrames({});
  TakeCalls();
  EXPECT_EQ(Unload("a.kld").error, 0);
  // Neither handlers nor destructors run twice.
  EXPECT_EQ(TakeCalls(), Calls{});
}

// b leaves its device behind: a, which needs it, is gone, b is dead, c stays because b needs it.
// A dead file that another dead one needs cannot go before it, and that is said.
TEST_F(UnloadTest, DeadFilesGoInOrder) {
  LoadChain();
  Registration own;
  GiveUpThread(own);
  EXPECT_EQ(Unload("a.kld").error, EBUSY);
  SetFrames({});
  EXPECT_EQ(StatOf("b.kld").state, KLD_DEAD);
  const Everything before = Now();
  const Result result = Unload("b.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_EQ(result.report, "b.kld: busy: is dead, but others need it still: a.kld");
  ExpectSame(before, Now());
  EXPECT_EQ(Unload("a.kld").error, 0);
  EXPECT_EQ(Unload("b.kld").error, 0);
  EXPECT_EQ(Unload("c.kld").error, 0);
  EXPECT_EQ(Files(), Calls{"kernel"});
}

TEST_F(UnloadTest, LeftoversMakeDead) {
  const Everything empty = Now();
  LoadChain();
  Registration device, timer;
  Register(device, FileNamed("b.kld"), Kind::kDevice, "widget0");
  Register(timer, FileNamed("b.kld"), Kind::kTimer, "blink");
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("device widget0"), std::string::npos) << result.report;
  EXPECT_NE(result.report.find("timer blink"), std::string::npos) << result.report;
  EXPECT_EQ(TakeCalls(), (Calls{"quiesce a", "quiesce b", "quiesce c", "unload a", "destruct a.kld",
                                "unload b", "resume c"}));
  EXPECT_EQ(Files(), (Calls{"kernel", "c.kld", "b.kld"}));
  EXPECT_EQ(StatOf("b.kld").state, KLD_DEAD);
  EXPECT_EQ(StatOf("b.kld").refs, 0);
  EXPECT_EQ(StatOf("c.kld").state, KLD_LIVE);
  EXPECT_EQ(StatOf("c.kld").refs, 1);
  // Listed, but not to be found, entered or needed.
  int id;
  EXPECT_EQ(Find("b", &id), ENOENT);
  EXPECT_FALSE(Enter(FileNamed("b.kld")));
  const Result again = Load("a");
  EXPECT_EQ(again.error, EBUSY);
  EXPECT_NE(again.report.find("dead"), std::string::npos) << again.report;
  EXPECT_EQ(Load("b").error, EBUSY);
  // Trying again: still there, then not.
  EXPECT_EQ(Unload("b.kld").error, EBUSY);
  Unregister(device);
  Unregister(timer);
  TakeCalls();
  EXPECT_EQ(Unload("b.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"quiesce c", "destruct b.kld", "unload c", "destruct c.kld"}));
  ExpectSame(empty, Now());
}

TEST_F(UnloadTest, HoldsNameTheObject) {
  LoadChain();
  Registration device;
  Register(device, FileNamed("b.kld"), Kind::kDevice, "widget0");
  ASSERT_TRUE(Hold(device));
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("device widget0 (1)"), std::string::npos) << result.report;
  EXPECT_EQ(TakeCalls(), Calls{});
  Release(device);
  Unregister(device);
  EXPECT_EQ(Unload("a.kld").error, 0);
}

// Somebody opens the device after the request has looked and before the gates are closed.
TEST_F(UnloadTest, HoldsTakenWhileItQuiescesKeepItLive) {
  LoadChain();
  Registration device;
  Register(device, FileNamed("b.kld"), Kind::kDevice, "widget0");
  WhenCalled(Event::kQuiesce, "c", [&] { return Hold(device) ? 0 : EIO; });
  const Everything before = Now();
  const Result result = Unload("a.kld");
  EXPECT_EQ(result.error, EBUSY);
  EXPECT_NE(result.report.find("device widget0 (1)"), std::string::npos) << result.report;
  EXPECT_EQ(TakeCalls(),
            (Calls{"quiesce a", "quiesce b", "quiesce c", "resume c", "resume b", "resume a"}));
  ExpectSame(before, Now());
  EXPECT_EQ(StatOf("b.kld").state, KLD_LIVE);
  Release(device);
  Unregister(device);
  WhenCalled(Event::kQuiesce, "c", [] { return 0; });
  EXPECT_EQ(Unload("a.kld").error, 0);
}

TEST_F(UnloadTest, NothingIsVisibleBeforeItIsLive) {
  Put("a");
  bool visible = true, live = true, entered = false;
  WhenCalled(Event::kLoad, "a", [&] {
    int id;
    visible = Find("a", &id) == 0;
    File* const file = FileNamed("a.kld");
    live = EnterLive(file);
    entered = Enter(file);
    if (entered) Leave(file);
    EXPECT_EQ(StatOf("a.kld").state, KLD_LOADING);
    return 0;
  });
  MustLoad("a");
  EXPECT_FALSE(visible);
  EXPECT_FALSE(live);
  EXPECT_TRUE(entered);
  EXPECT_TRUE(EnterLive(FileNamed("a.kld")));
  Leave(FileNamed("a.kld"));
}

// ---- Loads that fail half way ----

TEST_F(UnloadTest, FailedHandlerUndoesEverything) {
  Put("c");
  Put("b", {"c"});
  Put("a", {"b"});
  WhenCalled(Event::kLoad, "a", [] { return EIO; });
  const Everything before = Now();
  const Result result = Load("a");
  EXPECT_EQ(result.error, ECANCELED);
  EXPECT_NE(result.report.find("load handler of module a"), std::string::npos) << result.report;
  EXPECT_EQ(TakeCalls(),
            (Calls{"construct c.kld", "load c", "construct b.kld", "load b", "construct a.kld",
                   "load a", "destruct a.kld", "quiesce b", "unload b", "destruct b.kld",
                   "quiesce c", "unload c", "destruct c.kld"}));
  ExpectSame(before, Now());
}

TEST_F(UnloadTest, DependencyMayVetoBeingUndone) {
  Put("c");
  Put("b", {"c"});
  Put("a", {"b"});
  WhenCalled(Event::kLoad, "a", [] { return EIO; });
  WhenCalled(Event::kQuiesce, "b", [] { return EBUSY; });
  const Result result = Load("a");
  EXPECT_EQ(result.error, ECANCELED);
  EXPECT_NE(result.report.find("b.kld stays loaded, without a user reference"), std::string::npos)
      << result.report;
  EXPECT_NE(result.report.find("c.kld stays loaded, without a user reference"), std::string::npos)
      << result.report;
  EXPECT_EQ(Files(), (Calls{"kernel", "c.kld", "b.kld"}));
  EXPECT_EQ(StatOf("b.kld").state, KLD_LIVE);
  EXPECT_EQ(StatOf("b.kld").refs, 0);
  // Nobody needs it: it may be unloaded by name, and c with it.
  WhenCalled(Event::kQuiesce, "b", [] { return 0; });
  EXPECT_EQ(Unload("b.kld").error, 0);
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

TEST_F(UnloadTest, StayersAreNotTouchedByOthers) {
  Put("b");
  Put("a", {"b"});
  Put("x");
  WhenCalled(Event::kLoad, "a", [] { return EIO; });
  WhenCalled(Event::kQuiesce, "b", [] { return EBUSY; });
  EXPECT_EQ(Load("a").error, ECANCELED);
  MustLoad("x");
  TakeCalls();
  EXPECT_EQ(Unload("x.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"quiesce x", "unload x", "destruct x.kld"}));
}

// Two modules of one file: the second fails, so the first is stopped and the file is gone.
TEST_F(UnloadTest, OneModuleFailsTheFile) {
  TestModule module("pair.kld");
  module.Module("one").Module("two");
  for (const std::string name : {"one", "two"}) {
    module.On(Event::kLoad, name).On(Event::kUnload, name);
  }
  PutFile("/boot/modules/pair.kld", module.Build());
  WhenCalled(Event::kLoad, "two", [] { return ENOMEM; });
  const Everything before = Now();
  EXPECT_EQ(Load("pair").error, ECANCELED);
  EXPECT_EQ(TakeCalls(), (Calls{"load one", "load two", "unload one"}));
  ExpectSame(before, Now());
}

TEST_F(UnloadTest, FailedLoadThatLeavesSomethingIsDead) {
  Put("a");
  Registration device;
  WhenCalled(Event::kLoad, "a", [&] {
    Register(device, FileNamed("a.kld"), Kind::kDevice, "widget0");
    return EIO;
  });
  const Result result = Load("a");
  EXPECT_EQ(result.error, ECANCELED);
  EXPECT_NE(result.report.find("device widget0"), std::string::npos) << result.report;
  EXPECT_EQ(StatOf("a.kld").state, KLD_DEAD);
  Unregister(device);
  EXPECT_EQ(Unload("a.kld").error, 0);
}

TEST_F(UnloadTest, ShutdownRunsBackwardsAndEndsLoading) {
  for (const std::string name : {"a", "b"}) {
    TestModule module(name + ".kld");
    module.Module(name).On(Event::kShutdown, name);
    if (name == "a") module.Needs("b.kld");
    PutFile("/boot/modules/" + name + ".kld", module.Build());
  }
  Put("c");
  MustLoad("a");
  Shutdown();
  EXPECT_EQ(TakeCalls(), (Calls{"shutdown a", "shutdown b"}));
  EXPECT_EQ(Load("b").error, EPERM);
  manager.secure_level = 0;
  // Whoever was let through a moment before.
  const Result late = Load("c");
  EXPECT_EQ(late.error, EPERM);
  EXPECT_NE(late.report.find("the machine goes down"), std::string::npos) << late.report;
  manager.shutting_down = false;  // so that the fixture can end
}

}  // namespace
}  // namespace kld::testing
