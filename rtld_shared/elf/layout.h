// SPDX-License-Identifier: BSD-2-Clause
//
// Layout<Address, Order>: the on-disk structures of one ELF class and byte order.
//
// Follows the System V gABI (ELF header, program header, symbol table, relocation, dynamic section,
// note section) and the GNU/Solaris symbol versioning sections. The four instances (32/64 bits,
// little/big endian) are what every decoder is tested over.
//
// An architecture names its layout as `Traits::Layout`. One that departs from the generic form
// derives from an instance and hides what differs:
//   * HashWord: the psABIs of two CPUs have 8-byte words in DT_HASH;
//   * TypeOf, SymbolOf, InfoOf: one CPU lays r_info out differently;
//   * kTranslatedHash: the GNU hash table says the index of each symbol (arch::TranslatedHash).
//
// MaxAlignment: no field is aligned to more bytes. A CPU whose psABI aligns words less than hosts
// do names a layout with it, for its tables stand where the psABI lets them.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "rtld_shared/elf/field.h"

namespace elf {

template <class Address, std::endian Order, size_t MaxAlignment = sizeof(Address)>
struct Layout {
  static_assert(std::is_same_v<Address, uint32_t> || std::is_same_v<Address, uint64_t>);

  using Addr = Address;
  using SignedAddr = std::make_signed_t<Address>;
  static constexpr std::endian kOrder = Order;
  static constexpr bool k64 = sizeof(Address) == 8;

  template <class T>
  using FieldOf = Field<T, Order, (sizeof(T) < MaxAlignment ? sizeof(T) : MaxAlignment)>;
  using Half = FieldOf<uint16_t>;
  using Word = FieldOf<uint32_t>;
  using AddrField = FieldOf<Address>;
  using HashWord = Word;
  static constexpr bool kTranslatedHash = false;

  struct Ehdr {
    uint8_t ident[16];
    Half type, machine;
    Word version;
    AddrField entry, phoff, shoff;
    Word flags;
    Half ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
  };

  struct Phdr64 {
    Word type, flags;
    AddrField offset, vaddr, paddr, filesz, memsz, align;
  };
  struct Phdr32 {
    Word type;
    AddrField offset, vaddr, paddr, filesz, memsz;
    Word flags;
    AddrField align;
  };
  using Phdr = std::conditional_t<k64, Phdr64, Phdr32>;

  struct Shdr {
    Word name, type;
    AddrField flags, addr, offset, size;
    Word link, info;
    AddrField addralign, entsize;
  };

  struct Sym64 {
    Word name;
    uint8_t info, other;
    Half shndx;
    AddrField value, size;
  };
  struct Sym32 {
    Word name;
    AddrField value, size;
    uint8_t info, other;
    Half shndx;
  };
  using Sym = std::conditional_t<k64, Sym64, Sym32>;

  struct Dyn {
    AddrField tag, val;
  };
  struct Rel {
    AddrField offset, info;
  };
  struct Rela {
    AddrField offset, info, addend;
  };
  using Relr = AddrField;

  // Note header; name and descriptor follow, each padded to the note's alignment.
  struct Nhdr {
    Word namesz, descsz, type;
  };

  struct Verdef {
    Half version, flags, ndx, cnt;
    Word hash, aux, next;
  };
  struct Verdaux {
    Word name, next;
  };
  struct Verneed {
    Half version, cnt;
    Word file, aux, next;
  };
  struct Vernaux {
    Word hash;
    Half flags, other;
    Word name, next;
  };

  [[nodiscard]] static constexpr uint32_t TypeOf(Address info) {
    return static_cast<uint32_t>(k64 ? info : info & 0xff);
  }
  [[nodiscard]] static constexpr uint32_t SymbolOf(Address info) {
    return static_cast<uint32_t>(k64 ? static_cast<uint64_t>(info) >> 32 : info >> 8);
  }
  [[nodiscard]] static constexpr Address InfoOf(uint32_t symbol, uint32_t type) {
    return k64 ? static_cast<Address>(static_cast<uint64_t>(symbol) << 32 | type)
               : static_cast<Address>(symbol << 8 | (type & 0xff));
  }

  static_assert(sizeof(Ehdr) == (k64 ? 64 : 52));
  static_assert(sizeof(Phdr) == (k64 ? 56 : 32));
  static_assert(sizeof(Shdr) == (k64 ? 64 : 40));
  static_assert(sizeof(Sym) == (k64 ? 24 : 16));
  static_assert(sizeof(Rela) == (k64 ? 24 : 12));
};

using Layout32Le = Layout<uint32_t, std::endian::little>;
using Layout32Be = Layout<uint32_t, std::endian::big>;
using Layout64Le = Layout<uint64_t, std::endian::little>;
using Layout64Be = Layout<uint64_t, std::endian::big>;

}  // namespace elf
