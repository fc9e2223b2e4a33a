// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86/kernel/interrupts.h"

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/trap.h"
#include "arch/current/kernel/registers.h"
#include "kernel/base/panic.h"
#include "lib/devices/i8259.h"

namespace arch {

using namespace x86;

namespace {

using Controllers = devices::I8259Pair<IoPorts>;
constinit Controllers controllers;

}  // namespace

namespace x86 {

void MaskAllInterrupts() { controllers.Init(kFirstLineVector); }
void HandleLine(unsigned line) { controllers.Handle(line); }

}  // namespace x86

unsigned InterruptLines() { return Controllers::kLines; }

void SetInterruptHandler(unsigned line, InterruptHandler handler, void* context) {
  bool on = DisableInterrupts();
  BASE_CHECK(controllers.Set(line, handler, context));
  RestoreInterrupts(on);
}

void RemoveInterruptHandler(unsigned line) {
  bool on = DisableInterrupts();
  BASE_CHECK(controllers.Remove(line));
  RestoreInterrupts(on);
}

}  // namespace arch
