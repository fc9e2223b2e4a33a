// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/proc/execute.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/base/string.h"
#include "kernel/kpi/errno.h"
#include "kernel/proc/lifecycle.h"

namespace proc {

using base::Errno;
using base::Error;

namespace {

// The point of no return: everything that can fail has been done.
void Become(Process& process, const exec::Program& program) {
  const bool running = Current() == &process;
  if (running) {
    // This call does not return through the dispatcher, which would count it.
    CountCallTime(process);
    LeaveSpace(process, program.space);
    process.files.CloseForExec();
  } else {
    process.space = program.space;
  }
  vfs::Credentials& who = process.context.who;
  who.euid = who.suid = program.euid;
  who.egid = who.sgid = program.egid;
  std::memcpy(process.name, program.name, sizeof process.name);
  process.signal_return = program.signal_return;
  process.alternate_stack = {};
  process.restart = Restart::kNo;
  process.restore_mask = false;
  {
    sched::Guard guard(TableLock());
    process.signals.AfterExec();
    process.executed = true;
  }
  arch::InitUser(program.entry, program.stack, process.snapshot);
}

}  // namespace

Error LoadInto(Process& process, std::string_view path, exec::Arguments& arguments) {
  auto* program = base::New<exec::Program>();
  if (!program) return Errno(ENOMEM);
  Error error = exec::Load(process.context, path, arguments, program);
  if (base::Ok(error)) {
    error = SetProgram(process, {program->path, base::StringLength(program->path)},
                       {arguments.strings.data(), program->arguments_bytes});
    if (base::Ok(error)) {
      Become(process, *program);
    } else {
      program->space->Destroy();
    }
  }
  base::Delete(program);
  return error;
}

}  // namespace proc
