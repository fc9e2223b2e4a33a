// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/dev/tty.h"

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/signal.h"
#include "kernel/mm/address_space.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/poll.h"

namespace dev {

using base::Errno;
using base::Error;
using base::Result;

namespace {

// asm-generic/ioctls.h
enum TtyCommand : uint32_t {
  kTcgets = 0x5401,
  kTcsets = 0x5402,
  kTcsetsw = 0x5403,
  kTcsetsf = 0x5404,
  kTcsbrk = 0x5409,
  kTcxonc = 0x540A,
  kTcflsh = 0x540B,
  kTiocsctty = 0x540E,
  kTiocgpgrp = 0x540F,
  kTiocspgrp = 0x5410,
  kTiocoutq = 0x5411,
  kTiocgwinsz = 0x5413,
  kTiocswinsz = 0x5414,
  kFionread = 0x541B,
  kTiocnotty = 0x5422,
  kTcsbrkp = 0x5425,
  kTiocgsid = 0x5429,
};

constexpr uint64_t kNsPerDecisecond = 100'000'000;

JobControl* g_job_control = nullptr;

template <class T>
Result<int64_t> Give(uintptr_t to, const T& value) {
  const Error error = mm::CopyOut(to, &value, sizeof value);
  if (!base::Ok(error)) return error;
  return int64_t{0};
}

class TtyFile final : public vfs::File {
 public:
  TtyFile(Tty& tty, vfs::NodeRef node, unsigned flags) : File(std::move(node), flags), tty_(tty) {}

  unsigned Poll() override { return tty_.Poll(); }
  Result<int64_t> Ioctl(uint32_t command, uintptr_t argument) override {
    return tty_.Ioctl(command, argument);
  }

 private:
  void Destroy() override { base::Delete(this); }
  bool Seekable() const override { return false; }
  Result<size_t> DoRead(uint64_t, void* to, size_t bytes) override {
    return tty_.Read(to, bytes, Blocking());
  }
  Result<size_t> DoWrite(uint64_t, const void* from, size_t bytes) override {
    return tty_.Write(from, bytes, Blocking());
  }

  Tty& tty_;
};

}  // namespace

void SetJobControl(JobControl* control) { g_job_control = control; }
JobControl* GetJobControl() { return g_job_control; }

Result<vfs::FileRef> Tty::OpenFile(vfs::Node& node, unsigned flags) {
  TtyFile* file = base::New<TtyFile>(*this, vfs::NodeRef::Share(&node), flags);
  if (!file) return Errno(ENOMEM);
  return vfs::FileRef::Adopt(file);
}

void Tty::Receive(const char* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    int signal = 0;
    int32_t group = 0;
    {
      sched::Guard guard(lock_);
      discipline_.Input(static_cast<uint8_t>(bytes[i]));
      signal = std::exchange(pending_signal_, 0);
      group = foreground_;
      if (i + 1 == count || signal) changed_.Broadcast();
    }
    if (signal && group && g_job_control) g_job_control->SignalGroup(group, signal);
  }
  vfs::PollNotify();
}

// POSIX: a process of a background group that touches its controlling terminal is stopped, unless
// it ignores or blocks that or nobody could ever continue it: then it is an error.
Error Tty::CheckForeground(int signal) {
  JobControl* const jobs = g_job_control;
  if (!jobs || jobs->ControllingTerminal() != this) return Error::kOk;
  const int32_t group = jobs->Group();
  if (!foreground_ || group == foreground_) return Error::kOk;
  if (jobs->IgnoresOrBlocks(signal)) return signal == SIGTTIN ? Errno(EIO) : Error::kOk;
  if (jobs->IsOrphanedGroup()) return Errno(EIO);
  // The call starts again when the process is continued.
  lock_.Unlock();
  jobs->SignalGroup(group, signal);
  lock_.Lock();
  return Errno(EINTR);
}

Error Tty::WaitReadable(bool blocking) {
  while (!discipline_.Readable()) {
    if (!blocking) return Errno(EAGAIN);
    const Error error = changed_.Wait(lock_, true);
    if (!base::Ok(error)) return error;
  }
  return Error::kOk;
}

// Without lines VMIN and VTIME say when a read is done (POSIX "Non-Canonical Mode Input
// Processing").
Error Tty::WaitForMinimum(size_t wanted, bool blocking) {
  const uint8_t* characters = discipline_.termios().characters;
  const uint64_t patience = characters[kVtime] * kNsPerDecisecond;
  size_t minimum = characters[kVmin];
  if (minimum > wanted) minimum = wanted;
  if (discipline_.Available() >= (minimum ? minimum : 1)) return Error::kOk;
  if (minimum == 0 && patience == 0) return Error::kOk;
  if (!blocking) return discipline_.Available() ? Error::kOk : Errno(EAGAIN);
  // With a minimum the clock runs from byte to byte, without one from the start.
  size_t seen = discipline_.Available();
  uint64_t deadline = patience && (minimum == 0 || seen) ? sched::NowNs() + patience : ~uint64_t{0};
  while (discipline_.Available() < (minimum ? minimum : 1)) {
    const Error error = changed_.Wait(lock_, true, deadline);
    if (error == Errno(ETIMEDOUT)) return Error::kOk;
    if (!base::Ok(error)) return discipline_.Available() ? Error::kOk : error;
    const size_t now = discipline_.Available();
    if (patience && minimum && now > seen) deadline = sched::NowNs() + patience;
    seen = now;
  }
  return Error::kOk;
}

Result<size_t> Tty::Read(void* to, size_t bytes, bool blocking) {
  if (!bytes) return size_t{0};
  sched::Guard guard(lock_);
  const Error allowed = CheckForeground(SIGTTIN);
  if (!base::Ok(allowed)) return allowed;
  const bool lines = (discipline_.termios().local & kIcanon) != 0;
  const Error error = lines ? WaitReadable(blocking) : WaitForMinimum(bytes, blocking);
  if (!base::Ok(error)) return error;
  return discipline_.Read(static_cast<char*>(to), bytes);
}

Result<size_t> Tty::Write(const void* from, size_t bytes, bool blocking) {
  sched::Guard guard(lock_);
  if (discipline_.termios().local & kTostop) {
    const Error allowed = CheckForeground(SIGTTOU);
    if (!base::Ok(allowed)) return allowed;
  }
  size_t done = 0;
  while (done < bytes) {
    done += discipline_.Output(static_cast<const char*>(from) + done, bytes - done);
    if (done == bytes) break;
    if (!blocking) {
      if (done) return done;
      return Errno(EAGAIN);
    }
    const Error error = changed_.Wait(lock_, true);
    if (base::Ok(error)) continue;
    if (done) return done;
    return error;
  }
  return done;
}

unsigned Tty::Poll() {
  sched::Guard guard(lock_);
  return (discipline_.Readable() ? vfs::kPollIn : 0u) |
         (discipline_.stopped() ? 0u : unsigned{vfs::kPollOut});
}

void Tty::Opened(bool no_terminal) {
  JobControl* const jobs = g_job_control;
  if (no_terminal || !jobs) return;
  sched::Guard guard(lock_);
  if (jobs->IsSessionLeader() && !jobs->ControllingTerminal() && !session_) {
    (void)MakeControlling(false);
  }
}

Result<int64_t> Tty::MakeControlling(bool steal) {
  JobControl* const jobs = g_job_control;
  if (!jobs) return Errno(ENOTTY);
  if (session_ == jobs->Session() && jobs->ControllingTerminal() == this) return int64_t{0};
  if (!jobs->IsSessionLeader() || jobs->ControllingTerminal()) return Errno(EPERM);
  if (session_ && !(steal && jobs->IsPrivileged())) return Errno(EPERM);
  if (session_) jobs->TakeTerminalAway(this);
  session_ = jobs->Session();
  foreground_ = jobs->Group();
  jobs->SetControllingTerminal(this);
  return int64_t{0};
}

int32_t Tty::Detach() {
  g_job_control->TakeTerminalAway(this);
  session_ = 0;
  return std::exchange(foreground_, 0);
}

void Tty::TellDisconnected(int32_t group) {
  if (!group) return;
  g_job_control->SignalGroup(group, SIGHUP);
  g_job_control->SignalGroup(group, SIGCONT);
}

void Tty::Hangup(int32_t session) {
  int32_t group = 0;
  {
    sched::Guard guard(lock_);
    if (!g_job_control || session_ != session) return;
    group = Detach();
    discipline_.SetStopped(false);
    changed_.Broadcast();
  }
  TellDisconnected(group);
}

// TIOCNOTTY: a process leaves alone, a session leader takes the terminal along.
Result<int64_t> Tty::GiveUp() {
  if (!g_job_control->IsSessionLeader()) {
    g_job_control->LeaveTerminal();
    return int64_t{0};
  }
  const int32_t group = Detach();
  lock_.Unlock();
  TellDisconnected(group);
  lock_.Lock();
  return int64_t{0};
}

Result<int64_t> Tty::SetTermiosFrom(uintptr_t argument, bool flush) {
  Termios termios;
  const Error error = mm::CopyIn(&termios, argument, sizeof termios);
  if (!base::Ok(error)) return error;
  const Error allowed = CheckForeground(SIGTTOU);
  if (!base::Ok(allowed)) return allowed;
  if (flush) discipline_.FlushInput();
  discipline_.SetTermios(termios);
  changed_.Broadcast();
  return int64_t{0};
}

Result<int64_t> Tty::GroupIoctl(uint32_t command, uintptr_t argument) {
  JobControl* const jobs = g_job_control;
  if (!jobs || jobs->ControllingTerminal() != this) return Errno(ENOTTY);
  if (command == kTiocgpgrp) return Give(argument, foreground_);
  if (command == kTiocgsid) return Give(argument, session_);
  if (command == kTiocnotty) return GiveUp();
  int32_t group = 0;
  const Error error = mm::CopyIn(&group, argument, sizeof group);
  if (!base::Ok(error)) return error;
  if (group <= 0) return Errno(EINVAL);
  const Error allowed = CheckForeground(SIGTTOU);
  if (!base::Ok(allowed)) return allowed;
  if (!jobs->GroupIsInSession(group, session_)) return Errno(EPERM);
  foreground_ = group;
  return int64_t{0};
}

Result<int64_t> Tty::Ioctl(uint32_t command, uintptr_t argument) {
  sched::Guard guard(lock_);
  switch (command) {
    case kTcgets:
      return Give(argument, discipline_.termios());
    case kTcsets:
    case kTcsetsw:
      return SetTermiosFrom(argument, false);
    case kTcsetsf:
      return SetTermiosFrom(argument, true);
    case kTcflsh:
      if (argument > 2) return Errno(EINVAL);
      if (argument != 1) discipline_.FlushInput();
      return int64_t{0};
    case kTcxonc:
      if (argument > 3) return Errno(EINVAL);
      if (argument < 2) discipline_.SetStopped(argument == 0);
      changed_.Broadcast();
      return int64_t{0};
    case kTcsbrk:
    case kTcsbrkp:
      return int64_t{0};  // output is never queued, so it is always drained
    case kTiocoutq:
      return Give(argument, int32_t{0});
    case kFionread:
      return Give(argument, static_cast<int32_t>(discipline_.Available()));
    case kTiocgwinsz:
      return Give(argument, window_);
    case kTiocswinsz: {
      const Error error = mm::CopyIn(&window_, argument, sizeof window_);
      if (!base::Ok(error)) return error;
      return int64_t{0};
    }
    case kTiocsctty:
      return MakeControlling(argument == 1);
    case kTiocgpgrp:
    case kTiocspgrp:
    case kTiocgsid:
    case kTiocnotty:
      return GroupIoctl(command, argument);
  }
  return Errno(ENOTTY);
}

}  // namespace dev
