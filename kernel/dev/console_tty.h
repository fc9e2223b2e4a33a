// SPDX-License-Identifier: BSD-2-Clause
//
// The terminal on the CPU's console: /dev/console and /dev/ttyS0 are it, /dev/tty is the calling
// process's controlling terminal.
#pragma once

#include "kernel/base/result.h"

namespace dev {

class Tty;

// Starts the input thread and makes the names. After InitializeDevices; needs threads and
// interrupts.
base::Error StartConsole();
Tty& ConsoleTty();

}  // namespace dev
