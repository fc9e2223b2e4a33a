// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/sets.h"

#include "rtld_shared/link/lookup.h"

namespace kld {
namespace {

bool Malformed(const Linked& linked, Teller& teller, std::string_view what, uint64_t place) {
  teller.Error({.error = rtld::Error::kBadTable,
                .has_place = true,
                .image = linked.path,
                .detail = what,
                .place = place});
  return false;
}

std::string_view SetName(const kld_file_set& set) {
  size_t size = 0;
  while (size < sizeof(set.name) && set.name[size] != '\0') ++size;
  return {set.name, size};
}

Module* FindModule(Array<Module>& modules, std::string_view name) {
  for (Module& module : modules) {
    if (module.name == name) return &module;
  }
  return nullptr;
}

bool ReadHandlerSet(Linked& linked, std::string_view set, Teller& teller, Array<Module>& modules) {
  std::span<const kld_handler> entries;
  if (!ViewSet(linked, set, teller, entries)) return false;
  for (const kld_handler& entry : entries) {
    const uint64_t place = linked.LinkTime(reinterpret_cast<uintptr_t>(&entry));
    const char* const name = StringAt(linked, entry.module);
    const auto function = reinterpret_cast<uintptr_t>(entry.function.returns_void);
    Module* const module = name == nullptr ? nullptr : FindModule(modules, name);
    const bool in_load_set = set == "load";
    if (module == nullptr || entry.event >= kEvents ||
        in_load_set != (entry.event == KLD_EVENT_LOAD)) {
      return Malformed(linked, teller, "a handler of no module that the file has", place);
    }
    if (!rtld::IsFunction(linked, linked.image, linked.LinkTime(function))) {
      teller.Error({.error = rtld::Error::kBadTarget,
                    .has_place = true,
                    .image = linked.path,
                    .detail = "handler",
                    .place = place,
                    .value = linked.LinkTime(function)});
      return false;
    }
    if (module->handlers[entry.event] != 0) {
      return Malformed(linked, teller, "two handlers of one module for one event", place);
    }
    module->handlers[entry.event] = function;
  }
  return true;
}

}  // namespace

bool FindSet(const Linked& linked, std::string_view name, Teller& teller, rtld::Range& range) {
  range = {};
  const rtld::Version wanted = {
      .name = "KLD_1.0", .hash = rtld::SysvHash("KLD_1.0"), .kind = rtld::Version::Kind::kNeeded};
  const auto* const symbol =
      rtld::Lookup(linked, rtld::SymbolName("kld_file"), &wanted, {.strict_versions = true});
  if (symbol == nullptr) return true;
  const uint64_t at = symbol->value;
  const auto* const directory = rtld::ViewOne<const kld_file_directory>(linked.image, at);
  if (directory == nullptr || directory->magic != KLD_FILE_MAGIC) {
    return Malformed(linked, teller, "kld_file", at);
  }
  std::span<const kld_file_set> sets;
  const uint64_t first = at + sizeof(kld_file_directory);
  if (!rtld::ViewTable(linked.image, first, uint64_t{directory->count} * sizeof(kld_file_set),
                       sets)) {
    return Malformed(linked, teller, "kld_file", at);
  }
  for (size_t i = 0; i < sets.size(); ++i) {
    if (SetName(sets[i]) != name || sets[i].bytes == 0) continue;
    const uint64_t field = first + i * sizeof(kld_file_set) + offsetof(kld_file_set, offset);
    range = {static_cast<Layout::Addr>(field + static_cast<int64_t>(sets[i].offset)),
             sets[i].bytes};
    return true;
  }
  return true;
}

const char* StringAt(const Linked& linked, const void* address) {
  const uint64_t vaddr = linked.LinkTime(reinterpret_cast<uintptr_t>(address));
  const uint64_t reach = linked.image.Reach(vaddr);
  const char* const text = reinterpret_cast<const char*>(linked.image.At(vaddr, reach));
  for (uint64_t i = 0; text != nullptr && i < reach; ++i) {
    if (text[i] == '\0') return text;
  }
  return nullptr;
}

bool ReadHandlers(Linked& linked, Teller& teller, Array<Module>& modules) {
  return ReadHandlerSet(linked, "load", teller, modules) &&
         ReadHandlerSet(linked, "handler", teller, modules);
}

bool ReadHooks(Linked& linked, Teller& teller, Array<uintptr_t>& hooks) {
  std::span<const kld_hook> entries;
  if (!ViewSet(linked, "hook", teller, entries)) return false;
  Array<const kld_hook*> sorted;
  if (!sorted.Reserve(entries.size()) || !hooks.Reserve(entries.size())) {
    teller.Error({.error = rtld::Error::kNoMemory, .image = linked.path, .detail = "hooks"});
    return false;
  }
  for (const kld_hook& entry : entries) {
    const uint64_t target = linked.LinkTime(reinterpret_cast<uintptr_t>(entry.function));
    if (!rtld::IsFunction(linked, linked.image, target)) {
      teller.Error({.error = rtld::Error::kBadTarget,
                    .image = linked.path,
                    .detail = "hook",
                    .value = target});
      return false;
    }
    static_cast<void>(sorted.Add(&entry));  // reserved
  }
  // Equal orders keep link order: an insertion sort, for sets are small and nearly sorted.
  for (size_t i = 1; i < sorted.size(); ++i) {
    const kld_hook* const entry = sorted[i];
    size_t to = i;
    for (; to != 0 && sorted[to - 1]->order > entry->order; --to) sorted[to] = sorted[to - 1];
    sorted[to] = entry;
  }
  for (const kld_hook* entry : sorted) {
    static_cast<void>(hooks.Add(reinterpret_cast<uintptr_t>(entry->function)));  // reserved
  }
  return true;
}

}  // namespace kld
