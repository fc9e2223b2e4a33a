// SPDX-License-Identifier: BSD-2-Clause
//
// The system as a whole: names, totals, the message ring, limits, randomness, its end.

#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/log.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/dev/version.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/user_memory.h"

namespace syscalls {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr size_t kNameBytes = 65;

struct Names {  // struct utsname
  char system[kNameBytes], node[kNameBytes], release[kNameBytes], version[kNameBytes],
      machine[kNameBytes], domain[kNameBytes];
};

struct Totals {  // struct sysinfo
  SignedWord uptime;
  Word loads[3];
  Word ram, free_ram, shared_ram, buffer_ram, swap, free_swap;
  uint16_t processes;
  Word high_ram, free_high_ram;
  uint32_t unit;
  uint32_t padding[sizeof(Word) == 8 ? 1 : 2];
};
static_assert(sizeof(Totals) == (sizeof(Word) == 8 ? 112 : 64));

struct UserLimit {  // struct rlimit
  Word soft, hard;
};

// Sequence number that the last "clear" of syslog(2) set: what came before is not shown.
std::atomic<uint64_t> g_cleared{0};

// The newest records from `first` on that fit into `capacity` bytes, oldest first.
uint64_t FirstThatFits(uint64_t first, uint64_t next, size_t capacity, char* line,
                       size_t line_bytes) {
  uint64_t start = next;
  size_t used = 0;
  while (start > first) {
    uint64_t sequence = start - 1;
    const size_t bytes = base::ReadLog(&sequence, line, line_bytes);
    if (used + bytes > capacity) break;
    used += bytes;
    --start;
  }
  return start;
}

int64_t ReadRing(Arguments& a, bool clear) {
  constexpr size_t kLine = 1024;
  if (a.Long(2) < 0) return -EINVAL;
  char* const line = a.process.bounce;
  uint64_t first = 0, next = 0;
  base::LogBounds(&first, &next);
  if (g_cleared > first) first = g_cleared;
  uint64_t sequence = FirstThatFits(first, next, a[2], line, kLine);
  size_t done = 0;
  while (sequence < next) {
    const size_t bytes = base::ReadLog(&sequence, line, kLine);
    if (!bytes || done + bytes > a[2]) break;
    const Error error = mm::CopyOut(a[1] + done, line, bytes);
    if (!base::Ok(error)) return Fail(error);
    done += bytes;
  }
  if (clear) g_cleared = next;
  return static_cast<int64_t>(done);
}

// RLIM_INFINITY is the largest word there and the largest number here.
uint64_t Widened(Word limit) { return limit == ~Word{0} ? ~uint64_t{0} : limit; }

Result<proc::Process*> LimitsOf(Arguments& a, int32_t pid) {
  if (pid == 0 || pid == a.process.pid) return &a.process;
  return Errno(ESRCH);
}

Error SetLimit(proc::Process& process, uint64_t which, const proc::ResourceLimit& wanted) {
  constexpr uint64_t kFiles = 7;
  proc::ResourceLimit& limit = process.limits[which];
  if (wanted.soft > wanted.hard) return Errno(EINVAL);
  if (wanted.hard > limit.hard && !process.context.who.Privileged()) return Errno(EPERM);
  limit = wanted;
  if (which == kFiles) {
    const uint64_t most = proc::kMaxDescriptors;
    process.files.SetLimit(static_cast<int>(wanted.soft < most ? wanted.soft : most));
  }
  return Error::kOk;
}

}  // namespace

int64_t SysUname(Arguments& a) {
  Names names{};
  base::CopyString(names.system, dev::kSystemName, kNameBytes);
  dev::GetHostname(names.node);
  base::CopyString(names.release, dev::kSystemRelease, kNameBytes);
  base::CopyString(names.version, dev::kSystemVersion, kNameBytes);
  base::CopyString(names.machine, dev::MachineName(), kNameBytes);
  base::CopyString(names.domain, "(none)", kNameBytes);
  return Fail(WriteUser(a[0], names));
}

int64_t SysSethostname(Arguments& a) {
  if (!a.process.context.who.Privileged()) return -EPERM;
  char name[dev::kHostnameMax];
  if (a[1] >= sizeof name) return -EINVAL;
  const Error error = mm::CopyIn(name, a[0], a[1]);
  if (!base::Ok(error)) return Fail(error);
  return -dev::SetHostname(name, a[1]);
}

int64_t SysSysinfo(Arguments& a) {
  const mm::FrameCounts frames = mm::CountFrames();
  Totals totals{};
  totals.uptime = static_cast<SignedWord>(sched::NowNs() / kNsPerSecond);
  totals.ram = static_cast<Word>(frames.total * mm::kPageSize);
  totals.free_ram = static_cast<Word>(frames.free * mm::kPageSize);
  totals.unit = 1;
  {
    sched::Guard guard(proc::TableLock());
    totals.processes = static_cast<uint16_t>(proc::Count());
  }
  return Fail(WriteUser(a[0], totals));
}

int64_t SysSyslog(Arguments& a) {
  enum : int32_t {
    kClose = 0,
    kOpen = 1,
    kReadAll = 3,
    kReadClear = 4,
    kClear = 5,
    kConsoleOff = 6,
    kConsoleOn = 7,
    kConsoleLevel = 8,
    kBytes = 10,
  };
  constexpr int64_t kRingBytes = 65536;
  const bool privileged = a.process.context.who.Privileged();
  switch (a.Int(0)) {
    case kClose:
    case kOpen:
      return 0;
    // Messages hold addresses of the kernel.
    case kReadAll:
      return privileged ? ReadRing(a, false) : -EPERM;
    case kReadClear:
      return privileged ? ReadRing(a, true) : -EPERM;
    case kClear: {
      if (!privileged) return -EPERM;
      uint64_t first = 0, next = 0;
      base::LogBounds(&first, &next);
      g_cleared = next;
      return 0;
    }
    case kConsoleOff:
    case kConsoleOn:
    case kConsoleLevel: {
      if (!privileged) return -EPERM;
      const int32_t level = a.Int(0) == kConsoleOff ? 1 : a.Int(0) == kConsoleOn ? 7 : a.Int(2);
      if (level < 1 || level > 8) return -EINVAL;
      // syslog's level n shows messages below n; the kernel's own shows n and below.
      base::SetConsoleLevel(static_cast<base::Level>(level - 1));
      return 0;
    }
    case kBytes:
      return kRingBytes;
  }
  return -EINVAL;
}

int64_t SysReboot(Arguments& a) {
  constexpr uint32_t kMagic1 = 0xfee1dead;
  constexpr uint32_t kRestart = 0x01234567, kHalt = 0xcdef0123, kPowerOff = 0x4321fedc;
  constexpr uint32_t kCadOff = 0, kCadOn = 0x89abcdef;
  if (!a.process.context.who.Privileged()) return -EPERM;
  if (static_cast<uint32_t>(a[0]) != kMagic1) return -EINVAL;
  switch (static_cast<uint32_t>(a[2])) {
    case kRestart:
      proc::RestartMachine();
    case kHalt:
    case kPowerOff:
      proc::PowerOff(0);
    case kCadOff:
    case kCadOn:
      return 0;  // the keyboard has no such key
  }
  return -EINVAL;
}

int64_t SysGetrandom(Arguments& a) {
  if (a[2] > 7) return -EINVAL;
  const uint64_t wanted = a[1] < kMostBytes ? a[1] : kMostBytes;
  uint64_t done = 0;
  while (done < wanted) {
    const uint64_t left = wanted - done;
    const size_t part = left < proc::kBounceBytes ? left : proc::kBounceBytes;
    base::GiveRandom(reinterpret_cast<uint8_t*>(a.process.bounce), part);
    const Error error = mm::CopyOut(a[0] + done, a.process.bounce, part);
    std::memset(a.process.bounce, 0, part);
    if (!base::Ok(error)) return done ? static_cast<int64_t>(done) : Fail(error);
    done += part;
    if (sched::Interrupted()) break;
  }
  return static_cast<int64_t>(done);
}

int64_t SysPrlimit64(Arguments& a) {
  if (a[1] >= proc::kResourceLimits) return -EINVAL;
  const Result<proc::Process*> process = LimitsOf(a, a.Int(0));
  if (!process.ok()) return Fail(process.error());
  const proc::ResourceLimit before = process.value()->limits[a[1]];
  if (a[2]) {
    proc::ResourceLimit wanted;
    Error error = ReadUser(&wanted, a[2]);
    if (base::Ok(error)) error = SetLimit(*process.value(), a[1], wanted);
    if (!base::Ok(error)) return Fail(error);
  }
  return a[3] ? Fail(WriteUser(a[3], before)) : 0;
}

int64_t SysGetrlimit(Arguments& a) {
  if (a[0] >= proc::kResourceLimits) return -EINVAL;
  const proc::ResourceLimit& limit = a.process.limits[a[0]];
  return Fail(WriteUser(a[1], UserLimit{Saturated(limit.soft), Saturated(limit.hard)}));
}

int64_t SysSetrlimit(Arguments& a) {
  if (a[0] >= proc::kResourceLimits) return -EINVAL;
  UserLimit given;
  const Error error = ReadUser(&given, a[1]);
  if (!base::Ok(error)) return Fail(error);
  return Fail(SetLimit(a.process, a[0], {Widened(given.soft), Widened(given.hard)}));
}

}  // namespace syscalls
