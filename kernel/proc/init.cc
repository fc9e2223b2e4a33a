// SPDX-License-Identifier: BSD-2-Clause
//
// The first process and the end of the machine.

#include "arch/contract/kernel/cpu.h"
#include "kernel/base/string.h"
#include "kernel/exec/program.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/execute.h"
#include "kernel/proc/lifecycle.h"
#include "kernel/vfs/vfs.h"

namespace proc {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr size_t kMostHooks = 4;
void (*g_hooks[kMostHooks])() = {};
size_t g_hook_count = 0;

void RunInit(void* argument) {
  Process& process = *static_cast<Process*>(argument);
  {
    sched::Guard guard(TableLock());
    process.thread = sched::Current();
  }
  sched::SetProcess(&process, process.space);
  arch::EnterUser(process.snapshot);
}

Error OpenConsole(Process& process) {
  Result<vfs::FileRef> console =
      vfs::Open(process.context, "/dev/console", vfs::kOpenRead | vfs::kOpenWrite);
  if (!console.ok()) return console.error();
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    const Error error = process.files.Set(descriptor, console.value(), false);
    if (!base::Ok(error)) return error;
  }
  return Error::kOk;
}

Error Prepare(Process& process, const char* path) {
  process.context = vfs::KernelContext();
  process.context.umask = 022;
  Error error = OpenConsole(process);
  if (!base::Ok(error)) return error;
  exec::Arguments arguments;
  error = arguments.Add({path, base::StringLength(path)}, false);
  for (const char* text : {"HOME=/root", "PATH=/sbin:/bin", "TERM=vt100"}) {
    if (base::Ok(error)) error = arguments.Add({text, base::StringLength(text)}, true);
  }
  if (!base::Ok(error)) return error;
  return LoadInto(process, {path, base::StringLength(path)}, arguments);
}

}  // namespace

void AddPowerOffHook(void (*hook)()) {
  if (g_hook_count < kMostHooks) g_hooks[g_hook_count++] = hook;
}

void PowerOff(uint8_t status) {
  for (size_t i = 0; i < g_hook_count; ++i) g_hooks[i]();
  arch::PowerOff(status);
}

void RestartMachine() {
  for (size_t i = 0; i < g_hook_count; ++i) g_hooks[i]();
  arch::Restart();
}

Error StartInit(const char* path) {
  const Result<Process*> made = Create();
  if (!made.ok()) return made.error();
  Process& process = *made.value();
  if (process.pid != 1) {
    Destroy(&process);
    return Errno(EBUSY);
  }
  const Error error = Prepare(process, path);
  if (!base::Ok(error)) {
    if (process.space) process.space->Destroy();
    Destroy(&process);
    return error;
  }
  {
    sched::Guard guard(TableLock());
    process.group = process.session = process.pid;
    process.signals.Protect();
    Insert(process, nullptr);
  }
  const Result<sched::Thread*> thread = sched::Start(process.name, RunInit, &process);
  if (!thread.ok()) {
    {
      sched::Guard guard(TableLock());
      Remove(process);
    }
    process.space->Destroy();
    Destroy(&process);
    return thread.error();
  }
  sched::Detach(thread.value());
  return Error::kOk;
}

}  // namespace proc
