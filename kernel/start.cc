// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/base/log.h"
#include "kernel/dynlink/kernel_host.h"
#include "kernel/dynlink/kld.h"
#include "kernel/dynlink/syscalls.h"
#include "kernel/main.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/sched/thread.h"
#include "kernel/start_user.h"
#include "kernel/syscall/dispatch.h"

namespace kernel {
namespace {

bool CallLinker(uint64_t number, const uint64_t (&arguments)[6], int64_t& result) {
  if (!kld::IsLinkerCall(number)) return false;
  kld::SysArguments given;
  for (size_t i = 0; i < 6; ++i) given.value[i] = arguments[i];
  result = kld::DispatchLinkerCall(number, given);
  return true;
}

void StartModules() {
  kld::StartInKernel(BootInfo(),
                     BootOption("modules") == "far" ? kld::Placement::kFar : kld::Placement::kNear);
  syscalls::SetOtherCalls(CallLinker);
  proc::AddPowerOffHook(kld::Shutdown);
  const int failed = kld::RunBootCommands(BootOption("kld.test").value_or(""));
  if (failed != 0) base::Log(base::Level::kWarning, "kld.test: %d commands failed", failed);
}

}  // namespace

void StartSystem() {
  // 1. Files, devices, processes: what modules register with.
  StartUserRoomsOnArchive();
  TellBootPhase("rooms");
  // 2. The kernel and the boot loader's modules become files of the module manager.
  StartModules();
  TellBootPhase("modules");
  // 3. The rest is up to programs.
  StartFirstProgram();
  TellBootPhase("init");
  sched::Exit();
}

}  // namespace kernel
