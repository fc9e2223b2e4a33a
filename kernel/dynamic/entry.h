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

// The kernel proper, defined by whoever links an image with this entry. First it calls
// dynamic::WhyUnusable and stops if there is an answer.
[[noreturn]] void Main(const dynamic::Handoff& handoff);

}  // namespace kernel

namespace dynamic {

// Why this kernel cannot work with the hand-off, in words for a panic; null when it can. Nothing
// but magic, version and size of an unusable hand-off may be read.
const char* WhyUnusable(const Handoff& handoff);

}  // namespace dynamic
