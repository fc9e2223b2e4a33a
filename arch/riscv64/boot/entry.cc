// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the device tree that SBI firmware hands over and starts the loader proper.
#include "arch/contract/boot/boot.h"
#include "arch/riscv64/elf_traits.h"
#include "stand/device_tree.h"
#include "stand/main.h"

extern "C" {
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uint64_t argument, uint64_t satp, uint64_t entry);
[[noreturn]] void LoaderEntry(uint64_t hart, uint64_t tree, uint64_t ticks);
[[noreturn]] void LoaderTrap(uint64_t cause, uint64_t at, uint64_t value);
}

namespace boot {
namespace {

constexpr uint64_t kSv39 = uint64_t{8} << 60;  // of satp

// Too large for the stack's taste, and wanted zero.
Machine machine;

// What the kernel's console, interrupts, clock and power switch are.
void AddDevices(const fdt::Tree& tree) {
  const fdt::Node nodes[] = {tree.Console("ns16550a"), tree.Compatible("riscv,plic0"),
                             tree.Compatible("google,goldfish-rtc"),
                             tree.Compatible("sifive,test0")};
  for (const fdt::Node& node : nodes) {
    const auto registers = node.Reg(0);
    if (registers && !stand::AddDevice(*registers, &machine)) stand::Die("too many devices");
  }
}

}  // namespace

// The address of the kernel's entry is all that enter_kernel needs.
Range TrampolinePages() { return {}; }

void Enter(uint64_t root, uint64_t entry, uint64_t argument) {
  enter_kernel(argument, kSv39 | root / kPageSize, entry);
}

}  // namespace boot

void LoaderEntry(uint64_t, uint64_t address, uint64_t ticks) {
  using boot::machine;
  machine.ticks_entry = ticks;
  // Translation is off.
  machine.reach = ~uint64_t{0};
  machine.loader = {.base = reinterpret_cast<uint64_t>(loader_start),
                    .bytes = static_cast<uint64_t>(loader_end - loader_start)};
  if (const auto tree = stand::DeviceTreeAt(address)) {
    boot::UseFirmware(address, 0);
    stand::DescribeMachine(*tree, address, &machine);
    boot::AddDevices(*tree);
  }
  stand::Run<arch::riscv64::Traits>(machine);
}

void LoaderTrap(uint64_t cause, uint64_t at, uint64_t value) {
  stand::Die("trap ", cause, " at ", stand::Hex{at}, ", value ", stand::Hex{value});
}
