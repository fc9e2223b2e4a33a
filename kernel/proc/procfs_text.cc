// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/procfs_text.h"

#include <cstring>

#include "kernel/base/string.h"
#include "kernel/dev/version.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/proc/process.h"
#include "kernel/vfs/mounts.h"

namespace proc {

using base::Errno;
using base::Error;

namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kNsPerTick = kNsPerSecond / 100;
constexpr unsigned long kConsoleDevice = 4 << 8 | 64;  // ttyS0

using Long = unsigned long;

char StateLetter(State state) {
  switch (state) {
    case State::kRunning:
      return 'S';
    case State::kStopped:
      return 'T';
    case State::kZombie:
      return 'Z';
  }
  return '?';
}

// With the table's lock held: a running process counts up to now.
CpuTimes TimesOf(const Process& process) {
  if (process.state == State::kZombie || !process.thread) return process.own_times;
  const uint64_t all = sched::CpuNs(process.thread);
  const uint64_t system = process.system_ns;
  return {all > system ? all - system : 0, system};
}

void WriteProcessStat(const Process& process, TextBuilder& out) {
  const CpuTimes times = TimesOf(process);
  const bool current = &process == Current();
  // proc(5): pid comm state ppid pgrp session tty tpgid flags, faults (4), times (4), priority,
  // nice, threads, itrealvalue, starttime, vsize, rss and 28 more.
  out.Add("%d (%s) %c %d %d %d %lu -1 0 0 0 0 0 %lu %lu %lu %lu 20 0 1 0 %lu 0 0 0", process.pid,
          process.name, current ? 'R' : StateLetter(process.state),
          process.parent ? process.parent->pid : 0, process.group, process.session,
          process.terminal ? kConsoleDevice : 0, static_cast<Long>(times.user_ns / kNsPerTick),
          static_cast<Long>(times.system_ns / kNsPerTick),
          static_cast<Long>(process.child_times.user_ns / kNsPerTick),
          static_cast<Long>(process.child_times.system_ns / kNsPerTick),
          static_cast<Long>(process.start_ns / kNsPerTick));
  for (int i = 0; i < 27; ++i) out.Add(" 0");
  out.Add("\n");
}

void WriteProcessStatus(const Process& process, TextBuilder& out) {
  const vfs::Credentials& who = process.context.who;
  const SignalState& signals = process.signals;
  out.Add("Name:\t%s\nState:\t%c\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", process.name,
          StateLetter(process.state), process.pid, process.pid,
          process.parent ? process.parent->pid : 0);
  out.Add("Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nThreads:\t1\n", who.uid, who.euid, who.suid,
          who.euid, who.gid, who.egid, who.sgid, who.egid);
  out.Add("SigPnd:\t%016lx\nSigBlk:\t%016lx\n", static_cast<Long>(signals.pending()),
          static_cast<Long>(signals.blocked()));
}

// Another process's mappings may go at any moment: only the caller's own are shown.
void WriteMaps(const Process& process, TextBuilder& out) {
  if (&process != Current()) return;
  mm::AddressSpace::Region region;
  for (mm::VirtAddr at = 0; process.space->NextRegion(at, &region);
       at = region.start + region.bytes) {
    const mm::Protection protection = region.protection;
    out.Add("%012lx-%012lx %c%c%cp 00000000 00:00 0\n", static_cast<Long>(region.start),
            static_cast<Long>(region.start + region.bytes),
            protection == mm::Protection::kNone ? '-' : 'r',
            protection == mm::Protection::kReadWrite ? 'w' : '-',
            protection == mm::Protection::kReadExecute ? 'x' : '-');
  }
}

// With the table's lock held.
void WriteProcessText(Entry entry, const Process& process, TextBuilder& out) {
  switch (entry) {
    case Entry::kProcessStat:
      WriteProcessStat(process, out);
      break;
    case Entry::kProcessStatus:
      WriteProcessStatus(process, out);
      break;
    case Entry::kProcessCmdline:
      if (process.command_line) out.AddBytes(process.command_line, process.command_line_bytes);
      break;
    case Entry::kProcessComm:
      out.Add("%s\n", process.name);
      break;
    case Entry::kProcessMaps:
      WriteMaps(process, out);
      break;
    case Entry::kProcessExe:
      if (process.executable) {
        out.AddBytes(process.executable, base::StringLength(process.executable));
      }
      break;
    default:
      break;
  }
}

void WriteMeminfo(TextBuilder& out) {
  const mm::FrameCounts frames = mm::CountFrames();
  constexpr uint64_t kKib = mm::kPageSize / 1024;
  out.Add("MemTotal:       %8lu kB\n", static_cast<Long>(frames.total * kKib));
  out.Add("MemFree:        %8lu kB\n", static_cast<Long>(frames.free * kKib));
  out.Add("MemAvailable:   %8lu kB\n", static_cast<Long>(frames.free * kKib));
  for (const char* name : {"Buffers", "Cached", "SwapCached", "SwapTotal", "SwapFree", "Shmem"}) {
    out.Add("%s:%*s0 kB\n", name, 23 - static_cast<int>(base::StringLength(name)) - 1, "");
  }
}

void WriteStat(TextBuilder& out) {
  CpuTimes all;
  {
    sched::Guard guard(TableLock());
    for (const Process* at = First(); at; at = at->next) {
      const CpuTimes times = TimesOf(*at);
      all.user_ns += times.user_ns + at->child_times.user_ns;
      all.system_ns += times.system_ns + at->child_times.system_ns;
    }
  }
  const uint64_t busy = all.user_ns + all.system_ns;
  const uint64_t now = sched::NowNs();
  const auto user = static_cast<Long>(all.user_ns / kNsPerTick);
  const auto system = static_cast<Long>(all.system_ns / kNsPerTick);
  const auto idle = static_cast<Long>((now > busy ? now - busy : 0) / kNsPerTick);
  for (const char* cpu : {"cpu ", "cpu0"}) {
    out.Add("%s %lu 0 %lu %lu 0 0 0 0 0 0\n", cpu, user, system, idle);
  }
}

void WriteUptime(TextBuilder& out) {
  const uint64_t now = sched::NowNs();
  const auto seconds = static_cast<Long>(now / kNsPerSecond);
  const auto hundredths = static_cast<Long>(now % kNsPerSecond / kNsPerTick);
  out.Add("%lu.%02lu 0.00\n", seconds, hundredths);
}

void WriteMounts(TextBuilder& out) {
  out.Add("rootfs / rootfs rw 0 0\n");
  vfs::MountInfo mount;
  for (size_t i = 0; vfs::ListMount(i, &mount); ++i) {
    out.Add("%s %s %s rw 0 0\n", mount.type, mount.path, mount.type);
  }
}

void WriteLoadavg(TextBuilder& out) {
  sched::Guard guard(TableLock());
  int32_t last = 0;
  for (const Process* at = First(); at; at = at->next) last = at->pid;
  out.Add("0.00 0.00 0.00 1/%lu %d\n", static_cast<Long>(Count()), last);
}

}  // namespace

void TextBuilder::Add(const char* format, ...) {
  char line[256];
  std::va_list arguments;
  va_start(arguments, format);
  const size_t length = base::FormatV(line, sizeof line, format, arguments);
  va_end(arguments);
  AddBytes(line, length < sizeof line ? length : sizeof line - 1);
}

void TextBuilder::AddBytes(const char* bytes, size_t count) {
  const size_t at = text_.size();
  if (!ok_ || !text_.Resize(at + count, '\0')) {
    ok_ = false;
    return;
  }
  if (count) std::memcpy(text_.data() + at, bytes, count);
}

Error WriteText(Entry entry, int32_t pid, TextBuilder& out) {
  switch (entry) {
    case Entry::kMeminfo:
      WriteMeminfo(out);
      break;
    case Entry::kUptime:
      WriteUptime(out);
      break;
    case Entry::kLoadavg:
      WriteLoadavg(out);
      break;
    case Entry::kVersion:
      out.Add("%s version %s (%s)\n", dev::kSystemName, dev::kSystemRelease, dev::kSystemVersion);
      break;
    case Entry::kStat:
      WriteStat(out);
      break;
    case Entry::kMounts:
      WriteMounts(out);
      break;
    case Entry::kCpuinfo:
      out.Add("processor\t: 0\nmodel name\t: %s\n", dev::MachineName());
      break;
    case Entry::kFilesystems:
      out.Add("nodev\tproc\nnodev\ttmpfs\nnodev\tramfs\n");
      break;
    default: {
      sched::Guard guard(TableLock());
      const Process* process = Find(pid);
      if (!process) return Errno(ENOENT);
      WriteProcessText(entry, *process, out);
    }
  }
  return out.ok() ? Error::kOk : Errno(ENOMEM);
}

}  // namespace proc
