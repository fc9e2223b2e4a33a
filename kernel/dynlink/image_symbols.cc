// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/image_symbols.h"

#include <span>

#include "rtld_shared/decode/symtab.h"

namespace kld {
namespace {

using Sym = Layout::Sym;
using Shdr = Layout::Shdr;

// sh_type, gABI "Section Headers".
constexpr uint32_t kShtSymtab = 2;

struct Table {
  std::span<const Sym> symbols;
  rtld::StringTable strings;
};

template <class T>
bool ViewFile(const Contents& file, uint64_t offset, uint64_t size, std::span<const T>& out) {
  const std::byte* const bytes = file.Bytes(offset, size);
  if (bytes == nullptr || size % sizeof(T) != 0 || !rtld::IsAlignedFor<T>(bytes)) return false;
  out = {reinterpret_cast<const T*>(bytes), static_cast<size_t>(size / sizeof(T))};
  return true;
}

// .symtab by way of the section headers. Whatever is odd about them, there is none.
bool FindSymtab(const Contents& file, Table& out) {
  std::span<const Layout::Ehdr> ehdr;
  if (!ViewFile(file, 0, sizeof(Layout::Ehdr), ehdr)) return false;
  std::span<const Shdr> sections;
  if (ehdr[0].shentsize != sizeof(Shdr) ||
      !ViewFile(file, ehdr[0].shoff, uint64_t{ehdr[0].shnum} * sizeof(Shdr), sections)) {
    return false;
  }
  for (const Shdr& section : sections) {
    if (section.type != kShtSymtab || section.link >= sections.size()) continue;
    const Shdr& strings = sections[section.link];
    std::span<const char> bytes;
    if (!ViewFile(file, section.offset, section.size, out.symbols) ||
        !ViewFile(file, strings.offset, strings.size, bytes) || bytes.empty() ||
        bytes.back() != '\0') {
      return false;
    }
    out.strings = rtld::StringTable(bytes);
    return !out.symbols.empty();
  }
  return false;
}

}  // namespace

const ksyms::SymbolTable* ReadSymbols(const Linked& linked, const Contents* file) {
  Table table;
  if (file == nullptr || !FindSymtab(*file, table)) {
    table.symbols = {linked.dynamic.symbols.data(), linked.dynamic.SymbolCount()};
    table.strings = linked.dynamic.strings;
  }
  const auto for_each = [&](auto&& visit) {
    for (const Sym& symbol : table.symbols) {
      const std::string_view name = table.strings.At(symbol.name);
      if (!ksyms::Builder::Wants(name, symbol.info, symbol.shndx)) continue;
      const rtld::Segment* const segment = linked.plan.SegmentAt(symbol.value, 0);
      if (segment == nullptr || !segment->init_only()) visit(name, symbol);
    }
  };
  ksyms::Builder builder;
  for_each([&](std::string_view name, const Sym&) { builder.Count(name); });
  if (!builder.Allocate()) return nullptr;
  for_each([&](std::string_view name, const Sym& symbol) {
    builder.Add(name, linked.RunTime(symbol.value), symbol.size, symbol.info);
  });
  return builder.Finish();
}

}  // namespace kld
