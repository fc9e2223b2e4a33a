// SPDX-License-Identifier: BSD-2-Clause
#include "stand/pvh.h"

namespace stand {
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

static_assert(sizeof(StartInfo) == 56 && sizeof(Module) == 32 && sizeof(MemoryMapEntry) == 24);

template <class T>
const T* RecordAt(uint64_t physical) {
  return reinterpret_cast<const T*>(boot::At(physical));
}

void CopyMemoryMap(const StartInfo& info, boot::Machine* machine) {
  const auto* map = RecordAt<MemoryMapEntry>(info.memory_map);
  for (uint32_t i = 0; i < info.memory_map_count; ++i) {
    if (map[i].bytes == 0) continue;  // the emulator lists some
    if (machine->range_count == boot::kMaxFirmwareRanges) {
      ++machine->ranges_lost;
      continue;
    }
    machine->ranges[machine->range_count++] = {
        .range = {.base = map[i].address, .bytes = map[i].bytes}, .usable = map[i].type == kRam};
  }
}

void CopyCommandLine(uint64_t address, boot::Machine* machine) {
  if (address == 0) return;
  const char* from = RecordAt<char>(address);
  size_t n = 0;
  while (from[n] != '\0' && n < boot::kMaxCommandLine - 1) {
    machine->command_line[n] = from[n];
    ++n;
  }
  machine->command_line_cut = from[n] != '\0';
}

}  // namespace

void ReadPvhStartInfo(uint64_t start_info, boot::Machine* machine) {
  const auto& info = *RecordAt<StartInfo>(start_info);
  if (info.magic != kStartInfoMagic) return;
  if (info.version >= kMemoryMapVersion) CopyMemoryMap(info, machine);
  if (info.module_count != 0) {
    const auto& archive = *RecordAt<Module>(info.modules);
    machine->archive = {.base = archive.address, .bytes = archive.bytes};
  }
  machine->firmware = info.rsdp;
  CopyCommandLine(info.command_line, machine);
}

}  // namespace stand
