// SPDX-License-Identifier: BSD-2-Clause
//
// Everything that only reads: published tables, never a lock but for the module path.

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/monitor.h"
#include "kernel/dynlink/published.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

// A name with or without ".kld".
bool IsNamed(std::string_view soname, std::string_view name) {
  if (soname == name) return true;
  constexpr std::string_view kSuffix = ".kld";
  return soname.size() == name.size() + kSuffix.size() && soname.starts_with(name) &&
         soname.ends_with(kSuffix);
}

// Calls visit(file, module) for every module of every LIVE file in load order, until it returns
// false.
template <class Visit>
void ForEachModule(const ReadSection& read, Visit&& visit) {
  const uint32_t count = read.get() == nullptr ? 0 : read->count();
  for (uint32_t i = 0; i < count; ++i) {
    const Slot& slot = (*read.get())[i];
    if (!slot.visible) continue;
    for (const Module& module : slot.file->modules) {
      if (!visit(*slot.file, module)) return;
    }
  }
}

// The slot at `place`, or null.
const Slot* Get(const ReadSection& read, uint32_t place) {
  return read.get() == nullptr || place >= read->count() ? nullptr : &(*read.get())[place];
}

// The file that has the address, or null. Those of user programs have 64 bits on every CPU.
const Slot* FileAt(const Snapshot* now, uint64_t address) {
  if (now == nullptr || address != static_cast<uintptr_t>(address)) return nullptr;
  return now->At(static_cast<uintptr_t>(address));
}

void FillSymbol(const Slot& slot, const ksyms::Symbol& symbol, kld_sym_lookup* out) {
  out->file_id = slot.id;
  out->value = symbol.address;
  out->size = symbol.size;
  CopyText(slot.symbols->Name(symbol), out->symname, sizeof(out->symname));
}

}  // namespace

// ---- Files ----

int Find(const char* name, int* id) {
  ReadSection read;
  for (uint32_t i = 0; const Slot* slot = Get(read, i); ++i) {
    if (!slot->visible || !IsNamed(slot->file->soname.view(), name)) continue;
    *id = slot->id;
    return 0;
  }
  return ENOENT;
}

int Next(int id, int* next) {
  ReadSection read;
  bool known = id == 0;
  for (uint32_t i = 0; const Slot* slot = Get(read, i); ++i) {
    known = known || slot->id == id;
    if (slot->id <= id) continue;
    *next = slot->id;
    return known ? 0 : ENOENT;
  }
  *next = 0;
  return known ? 0 : ENOENT;
}

int Stat(int id, kld_file_stat* stat) {
  if (stat->version != sizeof(*stat)) return EINVAL;
  ReadSection read;
  const Slot* const slot = read.get() == nullptr ? nullptr : read->WithId(id);
  if (slot == nullptr) return ENOENT;
  const File& file = *slot->file;
  *stat = {};
  stat->version = sizeof(*stat);
  stat->id = file.id;
  stat->user_refs = file.user_refs.load(std::memory_order_relaxed);
  stat->refs = stat->user_refs + file.graph_refs.load(std::memory_order_relaxed);
  stat->state = static_cast<int32_t>(file.state());
  stat->address = file.start();
  stat->size = file.end() - file.start();
  stat->resident_size = file.resident.load(std::memory_order_relaxed);
  stat->dynamic = file.dynamic;
  stat->build_id_size = file.build_id_size;
  std::memcpy(stat->build_id, file.build_id, sizeof(stat->build_id));
  CopyText(file.soname.view(), stat->name, sizeof(stat->name));
  CopyText(file.path.view(), stat->pathname, sizeof(stat->pathname));
  return 0;
}

// ---- Modules ----

int FirstModule(int file, int* module) {
  ReadSection read;
  const Slot* const slot = read.get() == nullptr ? nullptr : read->WithId(file);
  if (slot == nullptr) return ENOENT;
  *module = slot->file->modules.empty() ? 0 : slot->file->modules[0].id;
  return 0;
}

int NextModule(int module, int* next) {
  ReadSection read;
  bool known = module == 0;
  *next = 0;
  ForEachModule(read, [&](const File&, const Module& each) {
    known = known || each.id == module;
    if (each.id <= module) return true;
    *next = each.id;
    return false;
  });
  return known ? 0 : ENOENT;
}

int NextModuleOfFile(int module, int* next) {
  ReadSection read;
  const File* owner = nullptr;
  *next = 0;
  ForEachModule(read, [&](const File& file, const Module& each) {
    if (owner == &file) {
      *next = each.id;
      return false;
    }
    if (each.id == module) owner = &file;
    return true;
  });
  return owner != nullptr ? 0 : ENOENT;
}

int FindModule(const char* name, int* module) {
  ReadSection read;
  *module = 0;
  ForEachModule(read, [&](const File&, const Module& each) {
    if (each.name == std::string_view(name)) *module = each.id;
    return *module == 0;
  });
  return *module != 0 ? 0 : ENOENT;
}

int StatModule(int module, kld_module_stat* stat) {
  if (stat->version != sizeof(*stat)) return EINVAL;
  ReadSection read;
  bool found = false;
  ForEachModule(read, [&](const File& file, const Module& each) {
    if (each.id != module) return true;
    found = true;
    *stat = {};
    stat->version = sizeof(*stat);
    stat->id = each.id;
    stat->file_id = file.id;
    stat->refs = static_cast<int32_t>(file.gate.inside());
    CopyText(each.name.view(), stat->name, sizeof(stat->name));
    CopyText(each.version.view(), stat->module_version, sizeof(stat->module_version));
    return false;
  });
  return found ? 0 : ENOENT;
}

// ---- Symbols ----

int SymbolByName(int file, const char* name, kld_sym_lookup* out) {
  if (out->version != sizeof(*out)) return EINVAL;
  ReadSection read;
  for (uint32_t i = 0; const Slot* slot = Get(read, i); ++i) {
    if (!slot->visible || slot->symbols == nullptr || (file != 0 && slot->id != file)) continue;
    const ksyms::Symbol* const symbol = slot->symbols->Find(name);
    if (symbol == nullptr) continue;
    FillSymbol(*slot, *symbol, out);
    out->offset = 0;
    return 0;
  }
  return ENOENT;
}

int SymbolByAddress(int file, uint64_t address, kld_sym_lookup* out) {
  if (out->version != sizeof(*out)) return EINVAL;
  ReadSection read;
  const Slot* const slot = FileAt(read.get(), address);
  if (slot == nullptr || !slot->visible || (file != 0 && slot->id != file)) return ENOENT;
  const ksyms::Symbol* const symbol =
      slot->symbols == nullptr ? nullptr : slot->symbols->FindAddress(address);
  if (symbol == nullptr) return ENOENT;
  FillSymbol(*slot, *symbol, out);
  out->offset = address - symbol->address;
  return 0;
}

size_t NameAddress(uint64_t address, char* text, size_t capacity, bool behind_call) {
  const uint64_t inside = behind_call && address != 0 ? address - 1 : address;
  const Slot* const slot = FileAt(PublishedUncounted(), inside);
  const auto number = static_cast<unsigned long long>(address);
  if (slot == nullptr) return Format(text, capacity, "0x%llx", number);
  const ksyms::Symbol* const symbol =
      slot->symbols == nullptr ? nullptr : slot->symbols->FindAddress(inside);
  const char* const file = slot->file->soname.c_str();
  if (symbol == nullptr) {
    return Format(text, capacity, "%s+0x%llx", file,
                  static_cast<unsigned long long>(address - slot->start));
  }
  return Format(text, capacity, "%s:%s+0x%llx", file, slot->symbols->Name(*symbol).data(),
                static_cast<unsigned long long>(address - symbol->address));
}

// ---- Numbers ----

int Counters(kld_counters* counters) {
  if (counters->version != sizeof(*counters)) return EINVAL;
  *counters = {};
  counters->version = sizeof(*counters);
  const MemoryCounts memory = CountMemory();
  const SpaceCounts space = CountSpace();
  counters->heap_blocks = memory.blocks;
  counters->heap_bytes = memory.bytes;
  counters->reserved_bytes = space.reserved_bytes;
  counters->mapped_bytes = space.mapped_bytes;
  counters->registrations = Registrations();
  counters->generations = SnapshotsAlive();
  counters->loads = manager.loads.load(std::memory_order_relaxed);
  counters->unloads = manager.unloads.load(std::memory_order_relaxed);
  counters->failures = manager.failures.load(std::memory_order_relaxed);
  ReadSection read;
  for (uint32_t i = 0; const Slot* slot = Get(read, i); ++i) {
    const File& file = *slot->file;
    ++counters->files;
    counters->modules += static_cast<uint32_t>(file.modules.size());
    counters->references += static_cast<uint32_t>(file.user_refs.load(std::memory_order_relaxed) +
                                                  file.graph_refs.load(std::memory_order_relaxed));
  }
  if (read.get() != nullptr) counters->symbols = read->symbols();
  return 0;
}

// ---- Settings ----

size_t ModulePath(char* text, size_t capacity) {
  MonitorGuard guard;
  const std::string_view path(manager.module_path);
  CopyText(path, text, capacity);
  return path.size();
}

int SetModulePath(const char* path) {
  const std::string_view text(path);
  if (text.size() >= kModulePathMax) return ENAMETOOLONG;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && text[end] != ';') ++end;
    if (end != at && text[at] != '/') return EINVAL;
    at = end + 1;
  }
  MonitorGuard guard;
  CopyText(text, manager.module_path, sizeof(manager.module_path));
  return 0;
}

int SecureLevel() { return manager.secure_level.load(std::memory_order_relaxed); }

int SetSecureLevel(int level) {
  int now = manager.secure_level.load(std::memory_order_relaxed);
  do {
    if (level < now) return EPERM;
  } while (!manager.secure_level.compare_exchange_weak(now, level, std::memory_order_relaxed));
  return 0;
}

}  // namespace kld
