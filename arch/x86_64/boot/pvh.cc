// SPDX-License-Identifier: BSD-2-Clause
//
// Reads what a PVH boot protocol hands over (Xen public/arch-x86/hvm/start_info.h) and starts the
// loader proper.
#include "arch/contract/boot/boot.h"
#include "arch/x86_64/boot/io.h"
#include "arch/x86_64/elf_traits.h"
#include "stand/main.h"

extern "C" {
extern const std::byte trampoline[], trampoline_end[];
extern const std::byte loader_start[], loader_end[];
[[noreturn]] void enter_kernel(uint64_t argument, uint64_t root, uint64_t entry);
[[noreturn]] void LoaderEntry(uint64_t start_info, uint64_t ticks);
}

namespace boot {
namespace {

constexpr uint32_t kStartInfoMagic = 0x336ec578;
constexpr uint32_t kMemoryMapVersion = 1;  // from this version on there is a memory map
constexpr uint32_t kRam = 1;

struct StartInfo {
  uint32_t magic;
  uint32_t version;
  uint32_t flags;
  uint32_t module_count;
  uint64_t modules;
  uint64_t command_line;
  uint64_t rsdp;
  uint64_t memory_map;
  uint32_t memory_map_count;
  uint32_t reserved;
};

struct Module {
  uint64_t address;
  uint64_t bytes;
  uint64_t command_line;
  uint64_t reserved;
};

struct MemoryMapEntry {
  uint64_t address;
  uint64_t bytes;
  uint32_t type;
  uint32_t reserved;
};

// Too large for the stack of the entry code's taste, and wanted zero.
Machine machine;

void CopyMemoryMap(const StartInfo& info) {
  const auto* map = reinterpret_cast<const MemoryMapEntry*>(info.memory_map);
  for (uint32_t i = 0; i < info.memory_map_count; ++i) {
    if (map[i].bytes == 0) continue;  // the emulator lists some
    if (machine.range_count == kMaxFirmwareRanges) {
      ++machine.ranges_lost;
      continue;
    }
    machine.ranges[machine.range_count++] = {
        .range = {.base = map[i].address, .bytes = map[i].bytes}, .usable = map[i].type == kRam};
  }
}

void CopyCommandLine(uint64_t address) {
  if (address == 0) return;
  const char* from = reinterpret_cast<const char*>(address);
  size_t n = 0;
  while (from[n] != '\0' && n < kMaxCommandLine - 1) {
    machine.command_line[n] = from[n];
    ++n;
  }
  machine.command_line_cut = from[n] != '\0';
}

void MaskInterruptControllers() {
  // The firmware leaves the 8259s live, with the timer on the vector of the double fault.
  constexpr uint16_t kMasterMask = 0x21;
  constexpr uint16_t kSlaveMask = 0xa1;
  arch::x86_64::Out8(kMasterMask, 0xff);
  arch::x86_64::Out8(kSlaveMask, 0xff);
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

void LoaderEntry(uint64_t start_info, uint64_t ticks) {
  using boot::machine;
  const auto& info = *reinterpret_cast<const boot::StartInfo*>(start_info);
  boot::MaskInterruptControllers();
  machine.ticks_entry = ticks;
  machine.reach = uint64_t{1} << 32;
  machine.loader = {.base = reinterpret_cast<uint64_t>(loader_start),
                    .bytes = static_cast<uint64_t>(loader_end - loader_start)};
  if (info.magic == boot::kStartInfoMagic) {
    if (info.version >= boot::kMemoryMapVersion) boot::CopyMemoryMap(info);
    if (info.module_count != 0) {
      const auto& archive = *reinterpret_cast<const boot::Module*>(info.modules);
      machine.archive = {.base = archive.address, .bytes = archive.bytes};
    }
    machine.firmware = info.rsdp;
    boot::CopyCommandLine(info.command_line);
  }
  stand::Run<arch::x86_64::Traits>(machine);
}
