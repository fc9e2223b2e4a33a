// SPDX-License-Identifier: BSD-2-Clause
//
// The system without modules: ownership answers that everything is the kernel's own.
#include "kernel/main.h"

#include "kernel/dynlink/owner.h"
#include "kernel/sched/thread.h"
#include "kernel/start_user.h"

namespace kld {

File* FileOf(const void*) { return nullptr; }
void Register(Registration&, File*, Kind, const char*) {}
void Unregister(Registration&) {}
bool Enter(File*) { return true; }
bool EnterLive(File*) { return true; }
void Leave(File*) {}
bool Hold(Registration&) { return true; }
void Release(Registration&) {}

}  // namespace kld

namespace kernel {

void StartSystem() {
  StartUserRooms();
  StartFirstProgram();
  sched::Exit();
}

}  // namespace kernel
