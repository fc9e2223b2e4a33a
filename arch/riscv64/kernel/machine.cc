// SPDX-License-Identifier: BSD-2-Clause
//
// Reads the device tree (Devicetree Specification v0.4; Linux's bindings of the devices).
#include "arch/riscv64/kernel/machine.h"

#include <string_view>

#include "arch/contract/kernel/cpu.h"
#include "kernel/mm/frames.h"
#include "lib/fdt/fdt.h"

namespace arch {

using namespace riscv64;

namespace {

// More than any tree has; the loader keeps all of it out of use.
constexpr uint64_t kMostTreeBytes = 2 << 20;

constinit Machine machine = {};

uintptr_t Registers(const fdt::Node& node) {
  if (!node.valid()) return 0;
  const auto range = node.Reg(0);
  return range ? reinterpret_cast<uintptr_t>(mm::DirectMap(range->base)) : 0;
}

void FindUart(const fdt::Tree& tree) {
  const fdt::Node node = tree.Console("ns16550a");
  machine.uart = Registers(node);
  machine.uart_shift = node.PropertyWord("reg-shift").value_or(0);
  machine.uart_line = node.PropertyWord("interrupts").value_or(0);
}

// "interrupts-extended" has a pair for each context: the hart's own controller, and which of its
// interrupts the context raises.
void FindInterruptController(const fdt::Tree& tree) {
  constexpr uint64_t kSupervisorExternal = 9;
  const fdt::Node node = tree.Compatible("riscv,plic0");
  const auto contexts = node.Property("interrupts-extended");
  if (!contexts) return;
  for (unsigned context = 0;; context++) {
    const auto interrupt = fdt::Number(*contexts, 2 * context + 1, 1);
    if (!interrupt) return;
    if (*interrupt != kSupervisorExternal) continue;
    machine.plic_context = context;
    machine.plic_lines = node.PropertyWord("riscv,ndev").value_or(0) + 1;
    machine.plic = Registers(node);
    return;
  }
}

// "rv64imafdc_zicsr_...": single letters up to the first longer name. Of those, what Linux tells.
uint64_t CapabilitiesOf(std::string_view isa) {
  constexpr std::string_view kTold = "imafdcv";
  constexpr std::string_view kBase = "rv64";
  uint64_t bits = 0;
  if (!isa.starts_with(kBase)) return bits;
  for (const char letter : isa.substr(kBase.size())) {
    if (letter == '_' || letter == 'z' || letter == 's' || letter == 'x') break;
    for (const char told : kTold) {
      if (letter == told) bits |= uint64_t{1} << (letter - 'a');
    }
  }
  return bits;
}

}  // namespace

namespace riscv64 {

const Machine& TheMachine() { return machine; }

}  // namespace riscv64

void UseFirmware(mm::PhysAddr firmware) {
  if (!firmware) return;
  const auto* start = static_cast<const std::byte*>(mm::DirectMap(firmware));
  const auto tree = fdt::Tree::At(start, kMostTreeBytes);
  if (!tree) return;
  FindUart(*tree);
  FindInterruptController(*tree);
  machine.finisher = Registers(tree->Compatible("sifive,test0"));
  machine.clock = Registers(tree->Compatible("google,goldfish-rtc"));
  machine.ticks_per_second = tree->Child("cpus").PropertyWord("timebase-frequency").value_or(0);
  for (fdt::Node node = tree->Root(); node.valid(); node.Next()) {
    if (node.PropertyText("device_type") != "cpu") continue;
    machine.capabilities = CapabilitiesOf(node.PropertyText("riscv,isa"));
    break;
  }
}

}  // namespace arch
