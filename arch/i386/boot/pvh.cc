// SPDX-License-Identifier: BSD-2-Clause
//
// Starts the loader proper with what the PVH boot protocol hands over.
#include "stand/pvh.h"

#include "arch/contract/boot/boot.h"
#include "arch/i386/boot/io.h"
#include "arch/i386/boot/layout.h"
#include "arch/i386/elf_traits.h"
#include "lib/devices/i8259.h"
#include "stand/main.h"

extern "C" {
extern const std::byte trampoline[], trampoline_end[];
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uint32_t argument, uint32_t root, uint32_t entry);
[[noreturn]] void LoaderEntry(uint32_t start_info, uint64_t ticks);
}

namespace boot {
namespace {

// Too large for the stack of the entry code's taste, and wanted zero.
Machine machine;

// Memory that the kernel's direct map has no room for is none.
void LeaveOutHighMemory() {
  for (size_t i = 0; i < machine.range_count; ++i) {
    Range& range = machine.ranges[i].range;
    if (!machine.ranges[i].usable || range.end() <= arch::i386::kDirectMapBytes) continue;
    range.bytes =
        range.base < arch::i386::kDirectMapBytes ? arch::i386::kDirectMapBytes - range.base : 0;
  }
}

uint64_t Address(const std::byte* at) { return reinterpret_cast<uintptr_t>(at); }

}  // namespace

Range TrampolinePages() {
  return {.base = Address(trampoline), .bytes = Address(trampoline_end) - Address(trampoline)};
}

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  enter_kernel(static_cast<uint32_t>(argument), static_cast<uint32_t>(root),
               static_cast<uint32_t>(entry));
}

}  // namespace boot

void LoaderEntry(uint32_t start_info, uint64_t ticks) {
  using boot::machine;
  // The firmware leaves them live, with the timer on the vector of the double fault.
  devices::I8259Pair<arch::i386::IoPorts>::MaskAll();
  machine.ticks_entry = ticks;
  machine.reach = arch::i386::kDirectMapBytes;
  machine.loader = {.base = boot::Address(loader_start),
                    .bytes = boot::Address(loader_end) - boot::Address(loader_start)};
  stand::ReadPvhStartInfo(start_info, &machine);
  boot::LeaveOutHighMemory();
  stand::Run<arch::i386::Traits>(machine);
}
