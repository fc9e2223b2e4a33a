// SPDX-License-Identifier: BSD-2-Clause
//
// The system without modules: ownership answers that everything is the kernel's own.
#include "kernel/main.h"

#include "kernel/base/panic.h"
#include "kernel/dynlink/owner.h"
#include "kernel/kpi/device.h"
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
namespace {

// A shell's background jobs read /dev/null, which a module makes in the real system.
int64_t ReadNothing(void*, kdev_file*, void*, size_t, uint64_t) { return 0; }
int64_t TakeAll(void*, kdev_file*, const void*, size_t bytes, uint64_t) {
  return static_cast<int64_t>(bytes);
}

void MakeNull() {
  kdev_ops ops{};
  ops.version = sizeof ops;
  ops.read = ReadNothing;
  ops.write = TakeAll;
  kdev_spec spec{};
  spec.name = "null";
  spec.mode = 0666;
  spec.ops = &ops;
  kdev* device = nullptr;
  BASE_CHECK(kdev_create_from(nullptr, &spec, &device) == 0);
}

}  // namespace

void StartSystem() {
  StartUserRoomsOnArchive();
  MakeNull();
  StartFirstProgram();
  sched::Exit();
}

}  // namespace kernel
