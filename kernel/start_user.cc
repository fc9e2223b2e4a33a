// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/start_user.h"

#include <string_view>

#include "kernel/base/log.h"
#include "kernel/base/panic.h"
#include "kernel/dev/console_tty.h"
#include "kernel/dev/device.h"
#include "kernel/dev/sysctl.h"
#include "kernel/dev/wall_clock.h"
#include "kernel/kpi/errno.h"
#include "kernel/main.h"
#include "kernel/mm/frames.h"
#include "kernel/proc/job_control.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/proc/procfs.h"
#include "kernel/proc/timers.h"
#include "kernel/syscall/dispatch.h"
#include "kernel/vfs/mounts.h"
#include "kernel/vfs/vfs.h"

namespace kernel {
namespace {

using base::Error;
using base::Result;

constexpr char kDefaultInit[] = "/sbin/init";

void Demand(Error error, const char* what) {
  if (!base::Ok(error)) base::Panic("cannot start %s: error %d", what, base::Number(error));
}

void StartFiles() {
  dev::StartWallClock();
  vfs::SetClock(dev::WallClockNs);
  Demand(vfs::Initialize(), "the root file system");
  const dynamic::Handoff& handoff = BootInfo();
  if (!handoff.archive_bytes) return;
  const Error error = vfs::UnpackInPlace(mm::DirectMap(handoff.archive), handoff.archive_bytes);
  if (base::Ok(error)) return;
  base::Log(base::Level::kError, "boot archive: unpacking stopped: error %d", base::Number(error));
}

Error MountProc() {
  const vfs::Context& kernel = vfs::KernelContext();
  const Error made = vfs::MakeNode(kernel, "/proc", vfs::Kind::kDirectory, 0555, 0);
  if (!base::Ok(made) && made != base::Errno(EEXIST)) return made;
  const Result<vfs::NodeRef> root = proc::CreateProcTree();
  if (!root.ok()) return root.error();
  return vfs::MountAt(kernel, "/proc", "proc", root.value());
}

}  // namespace

void StartUserRoomsOnArchive() {
  // 1.
  StartFiles();
  // 2.
  dev::InitializeDevices();
  Demand(dev::StartConsole(), "the console");
  Demand(dev::AddKernelSysctls(), "named values");
  // 3.
  proc::InstallJobControl();
  Demand(proc::StartAlarms(), "alarms");
  Demand(MountProc(), "/proc");
  syscalls::Initialize();
}

void StartFirstProgram() {
  const std::string_view wanted = BootOption("init").value_or(kDefaultInit);
  char path[vfs::kNameMax + 1];
  if (wanted.size() >= sizeof path) base::Panic("init=: the name of the first program is too long");
  wanted.copy(path, wanted.size());
  path[wanted.size()] = '\0';
  const Error error = proc::StartInit(path);
  if (!base::Ok(error)) {
    base::Panic("cannot run the first program %s: error %d", path, base::Number(error));
  }
}

}  // namespace kernel
