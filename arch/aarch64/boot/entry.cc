// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the device tree that the boot protocol hands over and starts the loader proper.
#include "arch/aarch64/elf_traits.h"
#include "arch/contract/boot/boot.h"
#include "stand/device_tree.h"
#include "stand/main.h"

extern "C" {
extern const std::byte trampoline[], trampoline_end[];
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uint64_t argument, uint64_t root, uint64_t entry);
[[noreturn]] void LoaderEntry(uint64_t tree, uint64_t ticks);
[[noreturn]] void LoaderTrap(uint64_t syndrome, uint64_t at, uint64_t address);
}

namespace boot {
namespace {

// Too large for the stack's taste, and wanted zero.
Machine machine;

// What the kernel's console, interrupt controller (distributor and CPU interface) and battery clock
// are, by the number of their register ranges.
struct Device {
  fdt::Node node;
  size_t ranges;
};

void AddDevices(const fdt::Tree& tree) {
  const Device devices[] = {{tree.Console("arm,pl011"), 1},
                            {tree.Compatible("arm,cortex-a15-gic"), 2},
                            {tree.Compatible("arm,pl031"), 1}};
  for (const Device& device : devices) {
    for (size_t i = 0; i < device.ranges; ++i) {
      const auto registers = device.node.Reg(i);
      if (registers && !stand::AddDevice(*registers, &machine)) stand::Die("too many devices");
    }
  }
}

}  // namespace

Range TrampolinePages() {
  return {.base = reinterpret_cast<uint64_t>(trampoline),
          .bytes = static_cast<uint64_t>(trampoline_end - trampoline)};
}

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  enter_kernel(argument, root, entry);
}

}  // namespace boot

void LoaderEntry(uint64_t address, uint64_t ticks) {
  using boot::machine;
  machine.ticks_entry = ticks;
  machine.reach = uint64_t{1} << 32;
  machine.loader = {.base = reinterpret_cast<uint64_t>(loader_start),
                    .bytes = static_cast<uint64_t>(loader_end - loader_start)};
  if (const auto tree = stand::DeviceTreeAt(address)) {
    boot::UseFirmware(address, 0);
    stand::DescribeMachine(*tree, address, &machine);
    boot::AddDevices(*tree);
  }
  stand::Run<arch::aarch64::Traits>(machine);
}

void LoaderTrap(uint64_t syndrome, uint64_t at, uint64_t address) {
  stand::Die("exception ", stand::Hex{syndrome}, " at ", stand::Hex{at}, ", address ",
             stand::Hex{address});
}
