// SPDX-License-Identifier: BSD-2-Clause
#include "stand/device_tree.h"

#include <string_view>

namespace stand {
namespace {

using boot::Machine;

// Of what may be a tree: more than any has, and within what firmware places after it.
constexpr uint64_t kMostBytes = 2 << 20;
constexpr size_t kCellBytes = 4;

void AddRange(boot::Range range, bool usable, Machine* machine) {
  if (range.bytes == 0) return;
  if (machine->range_count == boot::kMaxFirmwareRanges) {
    ++machine->ranges_lost;
    return;
  }
  machine->ranges[machine->range_count++] = {.range = range, .usable = usable};
}

void AddRegs(const fdt::Node& node, bool usable, Machine* machine) {
  for (size_t i = 0;; ++i) {
    const std::optional<fdt::Range> reg = node.Reg(i);
    if (!reg) return;
    AddRange({.base = reg->base, .bytes = reg->bytes}, usable, machine);
  }
}

// A property that is one number of as many cells as it has.
std::optional<uint64_t> WholeNumber(const fdt::Node& node, std::string_view name) {
  const std::optional<fdt::Bytes> property = node.Property(name);
  if (!property) return std::nullopt;
  return fdt::Number(*property, 0, property->size() / kCellBytes);
}

void CopyCommandLine(std::string_view text, Machine* machine) {
  const size_t most = boot::kMaxCommandLine - 1;
  const size_t bytes = text.size() < most ? text.size() : most;
  for (size_t i = 0; i < bytes; ++i) machine->command_line[i] = text[i];
  machine->command_line[bytes] = '\0';
  machine->command_line_cut = bytes < text.size();
}

void ReadChosen(const fdt::Node& chosen, Machine* machine) {
  const std::optional<uint64_t> start = WholeNumber(chosen, "linux,initrd-start");
  const std::optional<uint64_t> end = WholeNumber(chosen, "linux,initrd-end");
  if (start && end && *end > *start) {
    machine->archive = {.base = *start, .bytes = *end - *start};
  }
  CopyCommandLine(chosen.PropertyText("bootargs"), machine);
  if (const std::optional<fdt::Bytes> seed = chosen.Property("rng-seed")) {
    machine->seed_bytes = seed->size() < sizeof machine->seed ? seed->size() : sizeof machine->seed;
    for (size_t i = 0; i < machine->seed_bytes; ++i) machine->seed[i] = (*seed)[i];
  }
}

}  // namespace

std::optional<fdt::Tree> DeviceTreeAt(uint64_t physical) {
  if (physical == 0) return std::nullopt;
  return fdt::Tree::At(boot::At(physical), kMostBytes);
}

void DescribeMachine(const fdt::Tree& tree, uint64_t physical, Machine* machine) {
  // 1. Memory: nodes below the root of device_type "memory" (3.4).
  for (fdt::Node node = tree.Root(); node.valid(); node.Next()) {
    if (node.depth() == 1 && node.PropertyText("device_type") == "memory" && node.IsEnabled()) {
      AddRegs(node, true, machine);
    }
  }

  // 2. What of it somebody else has: the block before the structure (5.3), /reserved-memory (3.5).
  for (size_t i = 0;; ++i) {
    const std::optional<fdt::Range> range = tree.Reservation(i);
    if (!range) break;
    AddRange({.base = range->base, .bytes = range->bytes}, false, machine);
  }
  fdt::Node node = tree.Child("reserved-memory");
  if (node.valid()) {
    const size_t depth = node.depth();
    for (node.Next(); node.valid() && node.depth() > depth; node.Next()) {
      if (node.IsEnabled()) AddRegs(node, false, machine);
    }
  }

  // 3. The tree, which the kernel reads again.
  machine->firmware = physical;
  AddRange({.base = physical, .bytes = tree.bytes()}, false, machine);

  const fdt::Node chosen = tree.Child("chosen");
  if (chosen.valid()) ReadChosen(chosen, machine);
}

bool AddDevice(const fdt::Range& registers, Machine* machine) {
  if (machine->device_count == boot::kMaxDevices) return false;
  const uint64_t mask = boot::kPageSize - 1;
  const uint64_t base = registers.base & ~mask;
  const uint64_t end = (registers.base + registers.bytes + mask) & ~mask;
  machine->devices[machine->device_count++] = {.base = base, .bytes = end - base};
  return true;
}

}  // namespace stand
