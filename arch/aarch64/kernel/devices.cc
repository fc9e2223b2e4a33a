// SPDX-License-Identifier: BSD-2-Clause
#include "arch/aarch64/kernel/devices.h"

#include "arch/contract/kernel/cpu.h"
#include "kernel/mm/frames.h"
#include "lib/fdt/fdt.h"

namespace arch {

using namespace aarch64;

namespace {

constinit Devices devices;

mm::PhysAddr RegisterBase(const fdt::Node& node, size_t index) {
  const auto range = node.valid() ? node.Reg(index) : std::nullopt;
  return range ? range->base : 0;
}

// Entry `index` of "interrupts" as the GIC has it (binding arm,gic: type, number, flags): shared
// ones begin at 32, those of a CPU at 16.
unsigned InterruptLine(const fdt::Node& node, size_t index) {
  constexpr size_t kCells = 3;
  constexpr unsigned kShared = 32, kPrivate = 16;
  const auto property = node.valid() ? node.Property("interrupts") : std::nullopt;
  if (!property) return 0;
  const auto type = fdt::Number(*property, index * kCells, 1);
  const auto number = fdt::Number(*property, index * kCells + 1, 1);
  if (!type || !number) return 0;
  return static_cast<unsigned>(*number) + (*type == 0 ? kShared : kPrivate);
}

}  // namespace

namespace aarch64 {

const Devices& KnownDevices() { return devices; }

}  // namespace aarch64

void UseFirmware(mm::PhysAddr firmware) {
  constexpr uint64_t kMostBytes = 2 << 20;  // booting.rst
  constexpr size_t kVirtualTimer = 2;       // binding arm,armv8-timer: two of EL1, virtual, EL2
  if (!firmware) return;
  const auto tree =
      fdt::Tree::At(static_cast<const std::byte*>(mm::DirectMap(firmware)), kMostBytes);
  if (!tree) return;
  const fdt::Node uart = tree->Console("arm,pl011");
  devices.uart = RegisterBase(uart, 0);
  devices.uart_line = InterruptLine(uart, 0);
  const fdt::Node controller = tree->Compatible("arm,cortex-a15-gic");
  devices.distributor = RegisterBase(controller, 0);
  devices.cpu_interface = RegisterBase(controller, 1);
  devices.timer_line = InterruptLine(tree->Compatible("arm,armv8-timer"), kVirtualTimer);
  devices.clock = RegisterBase(tree->Compatible("arm,pl031"), 0);
  const fdt::Node psci = tree->Child("psci");
  devices.psci_by_smc = psci.valid() && psci.PropertyText("method") == "smc";
}

}  // namespace arch
