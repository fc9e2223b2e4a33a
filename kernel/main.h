// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel's boot as its rooms see it.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/dynamic/handoff.h"

namespace kernel {

// What follows once memory, threads and time work (kernel::Main, main.cc): every other room starts,
// then the first program. On the first thread, with a guarded stack and interrupts on. Defined in
// start.cc; kernels for tests have their own.
[[noreturn]] void StartSystem();

// The kernel's copy of it, for good.
const dynamic::Handoff& BootInfo();

// Whether the command line has `word` standing alone, and the value of the last `name=value`
// (lib/boot_options); the text is BootInfo's.
bool HasBootOption(std::string_view word);
std::optional<std::string_view> BootOption(std::string_view name);

// With the word "bench" on the command line: tells the console that this part of the boot has ended
// (kernel/dynamic/boot_times.h).
void TellBootPhase(const char* name);

}  // namespace kernel
