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
  FileTable<Sym> symbols;
  rtld::StringTable strings;
};

// .symtab by way of the section headers. Whatever is odd about them, there is none.
bool FindSymtab(const Contents& file, Table& out) {
  const FileTable<Layout::Ehdr> ehdr(file, 0, sizeof(Layout::Ehdr));
  if (ehdr.empty()) return false;
  const Layout::Ehdr header = ehdr[0];
  if (header.shentsize != sizeof(Shdr)) return false;
  const FileTable<Shdr> sections(file, header.shoff, uint64_t{header.shnum} * sizeof(Shdr));
  for (size_t i = 0; i < sections.size(); ++i) {
    const Shdr section = sections[i];
    if (section.type != kShtSymtab || section.link >= sections.size()) continue;
    const Shdr strings = sections[section.link];
    const auto* const text =
        reinterpret_cast<const char*>(file.Bytes(strings.offset, strings.size));
    const auto length = static_cast<size_t>(strings.size);
    if (text == nullptr || length == 0 || text[length - 1] != '\0') return false;
    out.symbols = FileTable<Sym>(file, section.offset, section.size);
    out.strings = rtld::StringTable({text, length});
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
    for (size_t i = 0; i < table.symbols.size(); ++i) {
      const Sym symbol = table.symbols[i];
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
