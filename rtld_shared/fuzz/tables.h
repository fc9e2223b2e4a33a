// SPDX-License-Identifier: BSD-2-Clause
//
// Where the tables of an image stand in its file, for who wants to damage them with understanding.
//
// It finds what it can in whatever it is given and believes nothing: each table is cut to the bytes
// there are. It shares no code with rtld_shared/decode, and the layout is a value, so that the
// mutator is compiled once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rtld_shared/fuzz/input.h"

namespace rtld::fuzz {

enum class Kind : uint8_t {
  kEhdr,
  kPhdr,
  kDyn,
  kSym,
  kString,  // single bytes
  kRel,
  kRela,
  kRelr,
  kVersym,
  kVerdef,
  kVerdaux,
  kVerneed,
  kVernaux,
  kGnuHead,  // four words
  kBloom,
  kGnuWord,  // buckets and chains
  kSysvWord,
  kNote,
  kArray,  // DT_INIT_ARRAY and DT_FINI_ARRAY
};

struct FieldAt {
  uint8_t offset, width;
};

struct Table {
  Kind kind;
  size_t at;     // offset in the file
  size_t count;  // entries
  size_t entry;  // bytes of each
};

class Image {
 public:
  // `layout` as in Control.
  Image(std::span<uint8_t> bytes, unsigned layout);

  [[nodiscard]] bool is64() const { return (layout_ & 1) != 0; }
  [[nodiscard]] unsigned word() const { return is64() ? 8 : 4; }
  [[nodiscard]] unsigned hash_word() const { return layout_ == kWideHash ? 8 : 4; }
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }
  [[nodiscard]] const Table* Find(Kind kind) const;

  // 0, or nothing done, outside the file.
  [[nodiscard]] uint64_t Load(size_t at, unsigned width) const;
  void Store(size_t at, unsigned width, uint64_t value);

  // The fields of an entry in this layout.
  [[nodiscard]] std::span<const FieldAt> FieldsOf(Kind kind) const;
  [[nodiscard]] size_t EntryOf(Kind kind) const;

  // r_info of the generic layouts.
  [[nodiscard]] uint64_t InfoOf(uint64_t symbol, uint64_t type) const {
    return is64() ? symbol << 32 | (type & 0xffffffff) : symbol << 8 | (type & 0xff);
  }

  struct Load64 {
    uint64_t offset, vaddr, filesz, memsz;
  };
  [[nodiscard]] const std::vector<Load64>& loads() const { return loads_; }

 private:
  [[nodiscard]] size_t OffsetOf(uint64_t vaddr) const;  // past the end when it is nowhere
  [[nodiscard]] uint64_t Word(size_t at) const { return Load(at, word()); }
  void Add(Kind kind, size_t at, uint64_t count);
  void AddHeaders();
  void AddDynamic();
  void AddVersions(uint64_t vaddr, Kind kind, Kind aux);
  void AddHashes(uint64_t gnu, uint64_t sysv);

  std::span<uint8_t> bytes_;
  unsigned layout_;
  std::vector<Table> tables_;
  std::vector<Load64> loads_;
};

// Makes a real image one of the exemplar's: machine, flags, and for each relocation a type that fits
// it as far as that shows without knowing the CPU (by its table and by whether it has a symbol).
void Adapt(std::span<uint8_t> bytes, unsigned layout);

// The hashes of names in version and hash tables.
uint32_t SysvHashOf(const char* name, size_t most);
uint32_t GnuHashOf(const char* name, size_t most);

}  // namespace rtld::fuzz
