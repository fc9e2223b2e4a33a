// SPDX-License-Identifier: BSD-2-Clause
//
// The start of everything between the kernel's core and programs. On the boot thread.
#pragma once

namespace kernel {

// 1. The root file system, filled from the boot archives of the hand-off.
// 2. Devices, the console terminal, named values.
// 3. Process table, /proc, system calls.
// A room that cannot start is a panic that says which. The archives' memory belongs to the root
// file system from here on and must never be given to mm::DonateFrames: files are not copied out of
// it.
void StartUserRoomsOnArchive();

// Starts the first program: `init=PATH` on the command line, else /sbin/init. A panic when that
// cannot be run.
void StartFirstProgram();

}  // namespace kernel
