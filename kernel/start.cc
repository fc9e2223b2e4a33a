// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"
#include "kernel/base/clock.h"
#include "kernel/base/log.h"
#include "kernel/main.h"

namespace kernel {

void StartSystem() {
  base::Log(base::Level::kInfo, "boot: nothing to run after %lu us",
            static_cast<unsigned long>(base::NowNs() / 1000));
  arch::PowerOff(0);
}

}  // namespace kernel
