// SPDX-License-Identifier: BSD-2-Clause
//
// A terminal: a line discipline, the threads that wait for its lines, and job control. Bytes come
// in through Receive, from a thread; they go out through the screen function given at creation.
//
// Locking: one mutex per terminal, taken before the process table's; both while the terminal changes
// its session, so that no process keeps one that its session has lost. Signals are sent after the
// terminal's is released.
#pragma once

#include "kernel/dev/job_control.h"
#include "kernel/dev/line_discipline.h"
#include "kernel/sched/sync.h"
#include "kernel/vfs/file.h"

namespace dev {

class Tty final : private TerminalEffects {
 public:
  using Screen = void (*)(const char* text, size_t bytes);
  explicit Tty(Screen screen) : discipline_(*this), screen_(screen) {}

  // Bytes from the keyboard. Thread context.
  void Receive(const char* bytes, size_t count);

  base::Result<size_t> Read(void* to, size_t bytes, bool blocking);
  base::Result<size_t> Write(const void* from, size_t bytes, bool blocking);
  unsigned Poll();
  base::Result<int64_t> Ioctl(uint32_t command, uintptr_t argument);

  // The caller opened it: a session leader without a terminal gets it unless `no_terminal`.
  void Opened(bool no_terminal);
  // The leader of `session` is gone: if the terminal is that session's still, it is nobody's now, and
  // the foreground group hears SIGHUP.
  void Hangup(int32_t session);

  // An open file of this terminal for `node`. ENOMEM.
  base::Result<vfs::FileRef> OpenFile(vfs::Node& node, unsigned flags);

 private:
  void Display(const char* text, size_t bytes) override { screen_(text, bytes); }
  void Signal(int number) override { pending_signal_ = number; }

  // With the lock held.
  base::Error CheckForeground(int signal);
  base::Error WaitReadable(bool blocking);
  base::Error WaitForMinimum(size_t wanted, bool blocking);
  base::Result<int64_t> SetTermiosFrom(uintptr_t argument, bool flush);
  base::Result<int64_t> GroupIoctl(uint32_t command, uintptr_t argument);
  base::Result<int64_t> MakeControlling(bool steal);
  base::Result<int64_t> GiveUp();
  // Makes it nobody's; returns the group to tell, without the lock.
  [[nodiscard]] int32_t Detach();
  static void TellDisconnected(int32_t group);

  sched::Mutex lock_;
  sched::Condition changed_;
  LineDiscipline discipline_;
  Screen screen_;
  WindowSize window_;
  int32_t session_ = 0;     // whose controlling terminal it is; 0 = nobody's
  int32_t foreground_ = 0;  // process group
  int pending_signal_ = 0;
};

}  // namespace dev
