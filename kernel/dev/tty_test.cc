// SPDX-License-Identifier: BSD-2-Clause
// The terminal with waiting readers and job control.

#include "kernel/dev/tty.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/sched/thread.h"

namespace dev {
namespace {

using base::Errno;
using base::Number;

std::string g_screen;

// Session 10 of groups 10 (the shell), 11 and 12; the fields say who calls. There are others, of
// whom only the session and the terminal count.
class Jobs final : public JobControl {
 public:
  int32_t Session() override { return session; }
  int32_t Group() override { return group; }
  bool IsSessionLeader() override { return leader; }
  Tty* ControllingTerminal() override { return terminal; }
  void SetControllingTerminal(Tty* tty) override {
    terminal = tty;
    for (auto& [of, theirs] : others) {
      if (of == session) theirs = tty;
    }
  }
  void LeaveTerminal() override { terminal = nullptr; }
  void TakeTerminalAway(const Tty* tty) override {
    if (terminal == tty) terminal = nullptr;
    for (auto& [of, theirs] : others) {
      if (theirs == tty) theirs = nullptr;
    }
  }
  bool IgnoresOrBlocks(int signal) override { return signal == ignored; }
  bool IsOrphanedGroup() override { return orphaned; }
  bool IsPrivileged() override { return privileged; }
  bool GroupIsInSession(int32_t which, int32_t of) override {
    return of == 10 && which >= 10 && which <= 12;
  }
  void SignalGroup(int32_t which, int signal) override {
    if (watched) (void)watched->Poll();  // its lock is free
    sent.emplace_back(which, signal);
  }

  int32_t session = 10;
  int32_t group = 10;
  bool leader = true;
  bool orphaned = false;
  bool privileged = true;
  int ignored = 0;
  Tty* terminal = nullptr;
  Tty* watched = nullptr;
  std::vector<std::pair<int32_t, Tty*>> others;
  std::vector<std::pair<int32_t, int>> sent;
};

constexpr uint32_t kTcgets = 0x5401, kTcsets = 0x5402, kTcsetsf = 0x5404, kTiocsctty = 0x540E,
                   kTiocgpgrp = 0x540F, kTiocspgrp = 0x5410, kTiocgwinsz = 0x5413,
                   kFionread = 0x541B, kTiocnotty = 0x5422, kTiocgsid = 0x5429;

class TtyTest : public testing::Test {
 protected:
  void SetUp() override {
    g_screen.clear();
    jobs_.watched = &tty_;
    SetJobControl(&jobs_);
  }
  void TearDown() override { SetJobControl(nullptr); }

  template <class T>
  int Ioctl(uint32_t command, T* argument) {
    const auto result = tty_.Ioctl(command, reinterpret_cast<uintptr_t>(argument));
    return Number(result.error());
  }
  void Type(std::string_view keys) { tty_.Receive(keys.data(), keys.size()); }
  std::string Read(size_t bytes, bool blocking = false) {
    std::string text(bytes, '?');
    const auto done = tty_.Read(text.data(), bytes, blocking);
    if (!done.ok()) return "errno " + std::to_string(Number(done.error()));
    text.resize(done.value());
    return text;
  }
  void Raw(uint8_t minimum, uint8_t time) {
    Termios termios;
    ASSERT_EQ(Ioctl(kTcgets, &termios), 0);
    termios.local &= ~uint32_t{kIcanon | kEcho};
    termios.characters[kVmin] = minimum;
    termios.characters[kVtime] = time;
    ASSERT_EQ(Ioctl(kTcsets, &termios), 0);
  }

  Jobs jobs_;
  Tty tty_{[](const char* text, size_t bytes) { g_screen.append(text, bytes); }};
};

TEST_F(TtyTest, BlockedReadersGetTheLine) {
  std::string got;
  std::thread reader([&] { got = Read(100, true); });
  Type("hel");
  Type("lo\r");
  reader.join();
  EXPECT_EQ(got, "hello\n");
  EXPECT_EQ(g_screen, "hello\r\n");
}

TEST_F(TtyTest, NonblockingReadersGetEagain) {
  EXPECT_EQ(Read(1), "errno " + std::to_string(EAGAIN));
  Type("\x04");
  EXPECT_EQ(tty_.Poll() & vfs::kPollIn, unsigned{vfs::kPollIn});
  EXPECT_EQ(Read(1), "");
}

TEST_F(TtyTest, RawReadsEndByMinimumAndTime) {
  Raw(0, 0);
  EXPECT_EQ(Read(5, true), "");
  Raw(0, 1);
  EXPECT_EQ(Read(5, true), "");
  Raw(3, 0);
  Type("ab");
  std::thread typist([&] { Type("c"); });
  EXPECT_EQ(Read(5, true), "abc");
  typist.join();
  Raw(3, 1);
  Type("x");
  EXPECT_EQ(Read(5, true), "x");
}

TEST_F(TtyTest, ControlCGoesToTheForegroundGroup) {
  Type("\x03");
  EXPECT_TRUE(jobs_.sent.empty());  // nobody's terminal yet
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  int32_t group = 11;
  ASSERT_EQ(Ioctl(kTiocspgrp, &group), 0);
  Type("\x03");
  EXPECT_EQ(jobs_.sent, (std::vector<std::pair<int32_t, int>>{{11, SIGINT}}));
}

TEST_F(TtyTest, OnlyASessionLeaderWithoutTerminalGetsIt) {
  jobs_.leader = false;
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), EPERM);
  jobs_.leader = true;
  EXPECT_EQ(Ioctl(kTiocgpgrp, &jobs_.group), ENOTTY);
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  int32_t value = 0;
  EXPECT_EQ(Ioctl(kTiocgsid, &value), 0);
  EXPECT_EQ(value, 10);
  EXPECT_EQ(Ioctl(kTiocgpgrp, &value), 0);
  EXPECT_EQ(value, 10);
  // Another session cannot have it, until the first gives it up.
  jobs_.terminal = nullptr;
  jobs_.session = 20;
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), EPERM);
  jobs_.session = 10;
  jobs_.terminal = &tty_;
  EXPECT_EQ(Ioctl<void>(kTiocnotty, nullptr), 0);
  EXPECT_EQ(jobs_.terminal, nullptr);
}

TEST_F(TtyTest, AMemberOfTheSessionLeavesAlone) {
  jobs_.others = {{10, nullptr}, {20, nullptr}};
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  jobs_.leader = false;
  EXPECT_EQ(Ioctl<void>(kTiocnotty, nullptr), 0);
  EXPECT_EQ(jobs_.terminal, nullptr);
  EXPECT_EQ(jobs_.others, (std::vector<std::pair<int32_t, Tty*>>{{10, &tty_}, {20, nullptr}}));
  EXPECT_TRUE(jobs_.sent.empty());
  // He has none, whatever his session has: nothing to give up, to ask, or to be stopped by.
  int32_t value = 0;
  EXPECT_EQ(Ioctl<void>(kTiocnotty, nullptr), ENOTTY);
  EXPECT_EQ(Ioctl(kTiocgpgrp, &value), ENOTTY);
  jobs_.group = 12;
  EXPECT_EQ(Read(1), "errno " + std::to_string(EAGAIN));
  EXPECT_TRUE(jobs_.sent.empty());
  // The others go on.
  jobs_.terminal = &tty_;
  EXPECT_EQ(Ioctl(kTiocgpgrp, &value), 0);
  EXPECT_EQ(value, 10);
  EXPECT_EQ(Ioctl(kTiocgsid, &value), 0);
  EXPECT_EQ(value, 10);
}

TEST_F(TtyTest, TheLeaderGivesItUpForTheWholeSession) {
  jobs_.others = {{10, nullptr}};
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  int32_t group = 11;
  ASSERT_EQ(Ioctl(kTiocspgrp, &group), 0);
  EXPECT_EQ(Ioctl<void>(kTiocnotty, nullptr), 0);
  EXPECT_EQ(jobs_.terminal, nullptr);
  EXPECT_EQ(jobs_.others[0].second, nullptr);
  EXPECT_EQ(jobs_.sent, (std::vector<std::pair<int32_t, int>>{{11, SIGHUP}, {11, SIGCONT}}));
  Type("\x03");
  EXPECT_EQ(jobs_.sent.size(), 2u);  // nobody is in the foreground
  jobs_.session = 20;
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
}

TEST_F(TtyTest, AStolenOneIsTheOldSessionsNoMore) {
  jobs_.others = {{10, nullptr}, {20, nullptr}};
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  jobs_.terminal = nullptr;
  jobs_.session = jobs_.group = 20;
  void* const steal = reinterpret_cast<void*>(uintptr_t{1});
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), EPERM);
  jobs_.privileged = false;
  EXPECT_EQ(Ioctl(kTiocsctty, steal), EPERM);
  jobs_.privileged = true;
  EXPECT_EQ(Ioctl(kTiocsctty, steal), 0);
  EXPECT_EQ(jobs_.others, (std::vector<std::pair<int32_t, Tty*>>{{10, nullptr}, {20, &tty_}}));
  // Nor does it end with the old session's leader.
  tty_.Hangup(10);
  EXPECT_TRUE(jobs_.sent.empty());
  EXPECT_EQ(jobs_.terminal, &tty_);
  int32_t value = 0;
  EXPECT_EQ(Ioctl(kTiocgsid, &value), 0);
  EXPECT_EQ(value, 20);
}

TEST_F(TtyTest, OpeningGivesItToALeaderUnlessToldNot) {
  tty_.Opened(true);
  EXPECT_EQ(jobs_.terminal, nullptr);
  tty_.Opened(false);
  EXPECT_EQ(jobs_.terminal, &tty_);
}

TEST_F(TtyTest, ForegroundMustBeAGroupOfTheSession) {
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  int32_t group = 13;
  EXPECT_EQ(Ioctl(kTiocspgrp, &group), EPERM);
  group = -1;
  EXPECT_EQ(Ioctl(kTiocspgrp, &group), EINVAL);
}

TEST_F(TtyTest, BackgroundReadersAreStopped) {
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  Type("text\r");
  jobs_.group = 12;
  EXPECT_EQ(Read(10), "errno " + std::to_string(EINTR));
  EXPECT_EQ(jobs_.sent, (std::vector<std::pair<int32_t, int>>{{12, SIGTTIN}}));
  jobs_.ignored = SIGTTIN;
  EXPECT_EQ(Read(10), "errno " + std::to_string(EIO));
  jobs_.ignored = 0;
  jobs_.orphaned = true;
  EXPECT_EQ(Read(10), "errno " + std::to_string(EIO));
  jobs_.group = 10;
  EXPECT_EQ(Read(10), "text\n");
}

TEST_F(TtyTest, BackgroundWritersAreStoppedOnlyWithTostop) {
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  Termios termios;
  ASSERT_EQ(Ioctl(kTcgets, &termios), 0);
  jobs_.group = 12;
  EXPECT_TRUE(tty_.Write("a", 1, true).ok());
  jobs_.group = 10;
  termios.local |= kTostop;
  ASSERT_EQ(Ioctl(kTcsets, &termios), 0);
  jobs_.group = 12;
  EXPECT_EQ(Number(tty_.Write("b", 1, true).error()), EINTR);
  EXPECT_EQ(jobs_.sent, (std::vector<std::pair<int32_t, int>>{{12, SIGTTOU}}));
  EXPECT_EQ(g_screen, "a");
}

TEST_F(TtyTest, SettingsAreReadBackAndFlushOnDemand) {
  Termios termios;
  ASSERT_EQ(Ioctl(kTcgets, &termios), 0);
  EXPECT_EQ(termios.local & kIcanon, uint32_t{kIcanon});
  Type("typed\r");
  int32_t waiting = 0;
  ASSERT_EQ(Ioctl(kFionread, &waiting), 0);
  EXPECT_EQ(waiting, 6);
  termios.local &= ~uint32_t{kEcho};
  ASSERT_EQ(Ioctl(kTcsetsf, &termios), 0);
  EXPECT_EQ(Read(10), "errno " + std::to_string(EAGAIN));
  Termios again;
  ASSERT_EQ(Ioctl(kTcgets, &again), 0);
  EXPECT_EQ(again.local, termios.local);
  WindowSize window;
  ASSERT_EQ(Ioctl(kTiocgwinsz, &window), 0);
  EXPECT_EQ(window.rows, 24);
  EXPECT_EQ(window.columns, 80);
  EXPECT_EQ(Ioctl<Termios>(kTcgets, nullptr), EFAULT);
  EXPECT_EQ(Ioctl(0x1234, &window), ENOTTY);
}

TEST_F(TtyTest, HangupTellsTheForegroundAndFreesTheTerminal) {
  ASSERT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
  tty_.Hangup(10);
  EXPECT_EQ(jobs_.sent, (std::vector<std::pair<int32_t, int>>{{10, SIGHUP}, {10, SIGCONT}}));
  EXPECT_EQ(jobs_.terminal, nullptr);
  jobs_.session = 20;
  EXPECT_EQ(Ioctl<void>(kTiocsctty, nullptr), 0);
}

}  // namespace
}  // namespace dev
