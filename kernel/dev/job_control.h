// SPDX-License-Identifier: BSD-2-Clause
//
// What a terminal asks of processes (POSIX "General Terminal Interface", job control). kernel/proc
// implements it for the calling process; tests fake it.
#pragma once

#include <cstdint>

namespace dev {

class Tty;

class JobControl {
 public:
  // Of the caller.
  virtual int32_t Session() = 0;
  virtual int32_t Group() = 0;
  virtual bool IsSessionLeader() = 0;
  virtual Tty* ControllingTerminal() = 0;
  // Gives it to the caller's whole session.
  virtual void SetControllingTerminal(Tty* tty) = 0;
  // The caller is without one from now on, others of its session are not.
  virtual void LeaveTerminal() = 0;
  // Whoever has this one is without from now on.
  virtual void TakeTerminalAway(const Tty* tty) = 0;
  virtual bool IgnoresOrBlocks(int signal) = 0;
  virtual bool IsOrphanedGroup() = 0;
  virtual bool IsPrivileged() = 0;

  virtual bool GroupIsInSession(int32_t group, int32_t session) = 0;
  virtual void SignalGroup(int32_t group, int signal) = 0;

 protected:
  ~JobControl() = default;
};

// Set once at boot, before a terminal is used.
void SetJobControl(JobControl* control);
JobControl* GetJobControl();

}  // namespace dev
