// SPDX-License-Identifier: BSD-2-Clause
//
// poll, ppoll, select, pselect6: one loop over descriptors and what is wanted of each.

#include <cstring>

#include "kernel/kpi/errno.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"
#include "kernel/vfs/poll.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kNever = ~uint64_t{0};
constexpr uint64_t kNsPerMillisecond = 1'000'000;
constexpr unsigned kAlways = vfs::kPollError | vfs::kPollHangup | vfs::kPollInvalid;

struct PollEntry {  // struct pollfd
  int32_t descriptor;
  int16_t wanted;
  int16_t found;
};

unsigned Ask(const proc::Process& process, int32_t descriptor, unsigned wanted) {
  const Result<vfs::FileRef> file = process.files.Get(descriptor);
  if (!file.ok()) return vfs::kPollInvalid;
  return file.value()->Poll() & (wanted | kAlways);
}

// Calls `scan` until it finds something, the deadline passes (0) or a signal comes.
template <class Scan>
Result<int64_t> WaitFor(uint64_t deadline, Scan scan) {
  for (;;) {
    const uint64_t seen = vfs::PollGeneration();
    if (const int64_t found = scan()) return found;
    const Error error = vfs::PollWait(seen, deadline);
    if (error == Errno(ETIMEDOUT)) return int64_t{0};
    if (!base::Ok(error)) return error;
  }
}

// The mask of ppoll and pselect6 holds while they sleep and until the signal is delivered.
Error UseMask(proc::Process& process, uint64_t address, uint64_t bytes) {
  if (!address) return Error::kOk;
  UserSignalSet mask;
  if (bytes != sizeof mask) return Errno(EINVAL);
  const Error error = ReadUser(&mask, address);
  if (!base::Ok(error)) return error;
  sched::Guard guard(proc::TableLock());
  process.saved_mask = process.signals.blocked();
  process.restore_mask = true;
  process.attention = true;
  process.signals.SetBlocked(FromUserSet(mask));
  // One that has waited for this ends the call as one does that comes later.
  if (proc::HasDeliverable(process)) sched::Interrupt(sched::Current());
  return Error::kOk;
}

// The end of the calls that a mask and a time are given to; with a result that says that no signal
// was wanted, none is delivered under that mask. Linux writes what is left of the time however the
// call ends, and a call that starts again after a stop waits for that.
template <class T>
int64_t Finish(Arguments& a, int64_t result, uint64_t time, uint64_t deadline) {
  proc::Process& process = a.process;
  if (result != -EINTR && process.restore_mask) {
    sched::Guard guard(proc::TableLock());
    process.signals.SetBlocked(process.saved_mask);
    process.restore_mask = false;
  }
  if (!time) return result;
  const uint64_t now = sched::NowNs();
  const Error stored = WriteUser(time, FromNs<T>(deadline > now ? deadline - now : 0));
  // The program may have it where it cannot be written. Then the call would wait anew.
  if (!base::Ok(stored)) a.restart = proc::Restart::kNo;
  return result;
}

int64_t DoPoll(Arguments& a, uint64_t deadline) {
  constexpr size_t kMost = proc::kBounceBytes / sizeof(PollEntry);
  if (a[1] > kMost) return -EINVAL;
  const size_t count = a[1];
  auto* entries = reinterpret_cast<PollEntry*>(a.process.bounce);
  const size_t bytes = count * sizeof(PollEntry);
  const Error error = mm::CopyIn(entries, a[0], bytes);
  if (!base::Ok(error)) return Fail(error);
  const Result<int64_t> found = WaitFor(deadline, [&] {
    int64_t ready = 0;
    for (size_t i = 0; i < count; ++i) {
      PollEntry& entry = entries[i];
      entry.found = 0;
      if (entry.descriptor < 0) continue;
      entry.found = static_cast<int16_t>(
          Ask(a.process, entry.descriptor, static_cast<uint16_t>(entry.wanted)));
      ready += entry.found != 0;
    }
    return ready;
  });
  if (!found.ok()) return FailAgain(a, found.error(), proc::Restart::kWithoutHandler);
  const Error stored = mm::CopyOut(a[0], entries, bytes);
  return base::Ok(stored) ? found.value() : Fail(stored);
}

// The three sets of select; `found` mirrors `wanted`.
struct Sets {
  static constexpr size_t kBytes = proc::kMaxDescriptors / 8;
  struct Set {
    uint8_t bits[kBytes];
    bool Has(int descriptor) const { return bits[descriptor / 8] >> (descriptor % 8) & 1; }
    void Add(int descriptor) { bits[descriptor / 8] |= uint8_t(1u << (descriptor % 8)); }
  };
  Set wanted[3];
  Set found[3];
};

constexpr unsigned kSelectEvents[3] = {vfs::kPollIn | vfs::kPollHangup | vfs::kPollError,
                                       vfs::kPollOut | vfs::kPollError, vfs::kPollPriority};

// How many bits are set; negative when a descriptor is not open.
int64_t ScanSets(const proc::Process& process, int count, Sets& sets) {
  std::memset(sets.found, 0, sizeof sets.found);
  int64_t ready = 0;
  for (int descriptor = 0; descriptor < count; ++descriptor) {
    for (int which = 0; which < 3; ++which) {
      if (!sets.wanted[which].Has(descriptor)) continue;
      const unsigned events = Ask(process, descriptor, kSelectEvents[which]);
      if (events & vfs::kPollInvalid) return -EBADF;
      if ((events & kSelectEvents[which]) == 0) continue;
      sets.found[which].Add(descriptor);
      ++ready;
    }
  }
  return ready;
}

int64_t DoSelect(Arguments& a, uint64_t deadline) {
  if (a.Int(0) < 0) return -EINVAL;
  const int count = a.Int(0) < proc::kMaxDescriptors ? a.Int(0) : proc::kMaxDescriptors;
  constexpr size_t kBits = 8 * sizeof(Word);
  const size_t bytes = (static_cast<size_t>(count) + kBits - 1) / kBits * sizeof(Word);
  Sets& sets = *reinterpret_cast<Sets*>(a.process.bounce);
  static_assert(sizeof(Sets) <= proc::kBounceBytes);
  std::memset(&sets, 0, sizeof sets);
  for (int which = 0; which < 3; ++which) {
    if (!a[which + 1]) continue;
    const Error error = mm::CopyIn(sets.wanted[which].bits, a[which + 1], bytes);
    if (!base::Ok(error)) return Fail(error);
  }
  const Result<int64_t> found = WaitFor(deadline, [&] { return ScanSets(a.process, count, sets); });
  if (!found.ok()) return FailAgain(a, found.error(), proc::Restart::kWithoutHandler);
  if (found.value() < 0) return found.value();
  for (int which = 0; which < 3; ++which) {
    if (!a[which + 1]) continue;
    const Error error = mm::CopyOut(a[which + 1], sets.found[which].bits, bytes);
    if (!base::Ok(error)) return Fail(error);
  }
  return found.value();
}

template <class T>
int64_t Ppoll(Arguments& a) {
  const Result<uint64_t> deadline = DeadlineFromUser<T>(a[2]);
  if (!deadline.ok()) return Fail(deadline.error());
  const Error error = UseMask(a.process, a[3], a[4]);
  if (!base::Ok(error)) return Fail(error);
  return Finish<T>(a, DoPoll(a, deadline.value()), a[2], deadline.value());
}

template <class T>
int64_t Pselect6(Arguments& a) {
  const Result<uint64_t> deadline = DeadlineFromUser<T>(a[4]);
  if (!deadline.ok()) return Fail(deadline.error());
  Word mask[2] = {0, 0};  // address and size of the set
  if (a[5]) {
    const Error error = ReadUser(&mask, a[5]);
    if (!base::Ok(error)) return Fail(error);
  }
  const Error error = UseMask(a.process, mask[0], mask[1]);
  if (!base::Ok(error)) return Fail(error);
  return Finish<T>(a, DoSelect(a, deadline.value()), a[4], deadline.value());
}

}  // namespace

int64_t SysPoll(Arguments& a) {
  const int32_t milliseconds = a.Int(2);
  const uint64_t deadline =
      EndOfCall(a, milliseconds < 0
                       ? kNever
                       : sched::NowNs() + static_cast<uint64_t>(milliseconds) * kNsPerMillisecond);
  const int64_t result = DoPoll(a, deadline);
  return result == -EINTR ? FailUntil(a, Errno(EINTR), deadline) : result;
}

int64_t SysPpoll(Arguments& a) { return Ppoll<Timespec>(a); }
int64_t SysPpoll64(Arguments& a) { return Ppoll<Timespec64>(a); }

int64_t SysSelect(Arguments& a) {
  const Result<uint64_t> deadline = DeadlineFromUser<Timeval>(a[4]);
  if (!deadline.ok()) return Fail(deadline.error());
  return Finish<Timeval>(a, DoSelect(a, deadline.value()), a[4], deadline.value());
}

// The five arguments of select in memory.
int64_t SysOldSelect(Arguments& a) {
  Word arguments[5];
  const Error error = ReadUser(&arguments, a[0]);
  if (!base::Ok(error)) return Fail(error);
  for (int i = 0; i < 5; ++i) a.values[i] = arguments[i];
  return SysSelect(a);
}

int64_t SysPselect6(Arguments& a) { return Pselect6<Timespec>(a); }
int64_t SysPselect6Time64(Arguments& a) { return Pselect6<Timespec64>(a); }

}  // namespace syscalls
