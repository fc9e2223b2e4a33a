// SPDX-License-Identifier: BSD-2-Clause
//
// Starts the loader proper with what the PVH boot protocol hands over.
#include "stand/pvh.h"

#include <algorithm>

#include "arch/contract/boot/boot.h"
#include "arch/current/boot/layout.h"
#include "arch/current/elf_traits.h"
#include "arch/x86/instructions.h"
#include "lib/devices/i8259.h"
#include "stand/main.h"

extern "C" {
extern const std::byte trampoline[], trampoline_end[];
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uintptr_t argument, uintptr_t root, uintptr_t entry);
[[noreturn]] void LoaderEntry(uintptr_t start_info, uint64_t ticks);
}

namespace boot {
namespace {

// Too large for the stack of the entry code's taste, and wanted zero.
Machine machine;

// What start.S shows at its own addresses.
constexpr uint64_t kStartsMap = uint64_t{1} << 32;

// Memory that the kernel's direct map has no room for is none.
void LeaveOutHighMemory() {
  for (size_t i = 0; i < machine.range_count; ++i) {
    Range& range = machine.ranges[i].range;
    if (!machine.ranges[i].usable || range.end() <= arch::x86::kDirectMapBytes) continue;
    range.bytes =
        range.base < arch::x86::kDirectMapBytes ? arch::x86::kDirectMapBytes - range.base : 0;
  }
}

uint64_t Address(const std::byte* at) { return reinterpret_cast<uintptr_t>(at); }

}  // namespace

Range TrampolinePages() {
  return {.base = Address(trampoline), .bytes = Address(trampoline_end) - Address(trampoline)};
}

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  enter_kernel(static_cast<uintptr_t>(argument), static_cast<uintptr_t>(root),
               static_cast<uintptr_t>(entry));
}

}  // namespace boot

void LoaderEntry(uintptr_t start_info, uint64_t ticks) {
  using boot::machine;
  // The firmware leaves them live, with the timer on the vector of the double fault.
  devices::I8259Pair<arch::x86::IoPorts>::MaskAll();
  machine.ticks_entry = ticks;
  machine.reach = std::min(boot::kStartsMap, arch::x86::kDirectMapBytes);
  machine.loader = {.base = boot::Address(loader_start),
                    .bytes = boot::Address(loader_end) - boot::Address(loader_start)};
  stand::ReadPvhStartInfo(start_info, &machine);
  boot::LeaveOutHighMemory();
  stand::Run<arch::Current>(machine);
}
