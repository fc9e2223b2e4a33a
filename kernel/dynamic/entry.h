// SPDX-License-Identifier: BSD-2-Clause
//
// Where C++ begins in the kernel. arch/<cpu>/kernel/start.S sets a stack, ends the chain of frame
// pointers and calls KernelEntry with the address that the loader left in the first argument
// register. KernelEntry makes sure that the image is relocated, by whomever, and calls
// kernel::Main.
#pragma once

#include "kernel/dynamic/handoff.h"

// Called from assembly, exactly once.
extern "C" [[noreturn]] void KernelEntry(const dynamic::Handoff* handoff);

namespace kernel {

// The kernel proper, defined by whoever links an image with this entry. It checks magic, version
// and size of the hand-off before it reads anything else, and stops when they are not what it
// knows.
[[noreturn]] void Main(const dynamic::Handoff* handoff);

}  // namespace kernel
