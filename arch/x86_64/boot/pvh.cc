// SPDX-License-Identifier: BSD-2-Clause
//
// Starts the loader proper with what the PVH boot protocol hands over.
#include "stand/pvh.h"

#include "arch/contract/boot/boot.h"
#include "arch/x86_64/boot/io.h"
#include "arch/x86_64/elf_traits.h"
#include "lib/devices/i8259.h"
#include "stand/main.h"

extern "C" {
extern const std::byte trampoline[], trampoline_end[];
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uint64_t argument, uint64_t root, uint64_t entry);
[[noreturn]] void LoaderEntry(uint64_t start_info, uint64_t ticks);
}

namespace boot {
namespace {

// Too large for the stack of the entry code's taste, and wanted zero.
Machine machine;

}  // namespace

Range TrampolinePages() {
  return {.base = reinterpret_cast<uint64_t>(trampoline),
          .bytes = static_cast<uint64_t>(trampoline_end - trampoline)};
}

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  enter_kernel(argument, root, entry);
}

}  // namespace boot

void LoaderEntry(uint64_t start_info, uint64_t ticks) {
  using boot::machine;
  // The firmware leaves them live, with the timer on the vector of the double fault.
  devices::I8259Pair<arch::x86_64::IoPorts>::MaskAll();
  machine.ticks_entry = ticks;
  machine.reach = uint64_t{1} << 32;
  machine.loader = {.base = reinterpret_cast<uint64_t>(loader_start),
                    .bytes = static_cast<uint64_t>(loader_end - loader_start)};
  stand::ReadPvhStartInfo(start_info, &machine);
  stand::Run<arch::x86_64::Traits>(machine);
}
