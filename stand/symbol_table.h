// SPDX-License-Identifier: BSD-2-Clause
//
// Where a file keeps its full symbol table: section headers are read here and nowhere else, as
// .symtab is in no segment. A stripped file has none, and that is fine; a file whose section
// headers are wrong is treated as stripped.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/elf/constants.h"

namespace stand {

struct SymbolTable {
  uint64_t symbols = 0, symbol_bytes = 0;  // offset in the file
  uint64_t strings = 0, string_bytes = 0;
};

template <arch::ElfArch A>
SymbolTable FindSymbolTable(std::span<const std::byte> file) {
  using L = typename A::Layout;
  using Ehdr = typename L::Ehdr;
  using Shdr = typename L::Shdr;
  constexpr uint32_t kSymtab = 2, kStrtab = 3;

  const auto inside = [&](uint64_t offset, uint64_t bytes) {
    return offset <= file.size() && bytes <= file.size() - offset;
  };
  // Copies, as the file may stand at any address.
  Ehdr header;
  if (!inside(0, sizeof header)) return {};
  std::memcpy(&header, file.data(), sizeof header);
  if (header.shentsize != sizeof(Shdr)) return {};
  if (!inside(header.shoff, uint64_t{header.shnum} * sizeof(Shdr))) return {};
  const auto section = [&](uint64_t index) {
    Shdr shdr;
    std::memcpy(&shdr, file.data() + header.shoff + index * sizeof shdr, sizeof shdr);
    return shdr;
  };
  for (uint16_t i = 0; i < header.shnum; ++i) {
    const Shdr symbols = section(i);
    if (symbols.type != kSymtab || symbols.link >= header.shnum) continue;
    const Shdr strings = section(symbols.link);
    if (strings.type != kStrtab || symbols.entsize != sizeof(typename L::Sym)) continue;
    if (!inside(symbols.offset, symbols.size) || !inside(strings.offset, strings.size)) continue;
    return {.symbols = symbols.offset,
            .symbol_bytes = symbols.size,
            .strings = strings.offset,
            .string_bytes = strings.size};
  }
  return {};
}

}  // namespace stand
