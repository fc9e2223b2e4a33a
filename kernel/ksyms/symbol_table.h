// SPDX-License-Identifier: BSD-2-Clause
//
// The symbols of one file, immutable from its making to its end and counted by reference: name to
// address by a hash table, address to name by binary search. It owns copies of the names, so
// whoever holds a reference may read it after the file is gone.
//
// One block of memory, whatever the number of symbols. Made from .symtab when the file has one,
// else from .dynsym: a Builder is fed every symbol twice, once to count and once to copy.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ksyms {

struct Symbol {
  uint64_t address;  // run time
  uint64_t size;
  uint32_t name;  // offset of the NUL-terminated name
  uint8_t info;   // st_info
  uint8_t reserved[3];
};

class SymbolTable {
 public:
  void Retain() const { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() const;

  uint32_t count() const { return count_; }
  // In ascending order of address.
  const Symbol& operator[](uint32_t i) const { return symbols()[i]; }
  std::string_view Name(const Symbol& symbol) const { return names() + symbol.name; }

  // Global definitions win over local ones of the same name. Null when there is none.
  const Symbol* Find(std::string_view name) const;
  // The symbol that contains `address`, or the nearest one before it that has no size. Null when
  // there is none.
  const Symbol* FindAddress(uint64_t address) const;

 private:
  friend class Builder;

  const Symbol* symbols() const { return reinterpret_cast<const Symbol*>(this + 1); }
  const uint32_t* buckets() const { return reinterpret_cast<const uint32_t*>(symbols() + count_); }
  const uint32_t* chain() const { return buckets() + bucket_count_; }
  const char* names() const { return reinterpret_cast<const char*>(chain() + count_); }

  mutable std::atomic<uint32_t> references_{1};
  uint32_t count_ = 0;
  uint32_t bucket_count_ = 0;
  uint32_t name_bytes_ = 0;
};

// Usage: Count() every symbol; Allocate(); Add() the same symbols; Finish().
class Builder {
 public:
  ~Builder();

  // True when this kind of symbol is kept at all: a defined function, object or plain label with a
  // name that people gave (no section, file or thread-local symbols, no mapping symbols "$x", no
  // absolute ones: versions' names are such).
  static bool Wants(std::string_view name, uint8_t info, uint16_t section);

  void Count(std::string_view name);
  [[nodiscard]] bool Allocate();
  // Symbols beyond those counted, or longer than counted, are dropped.
  void Add(std::string_view name, uint64_t address, uint64_t size, uint8_t info);
  // Sorts and hashes; the caller gets the first reference.
  const SymbolTable* Finish();

 private:
  SymbolTable* table_ = nullptr;
  uint64_t count_ = 0;
  uint64_t name_bytes_ = 0;
  uint32_t names_used_ = 0;
};

}  // namespace ksyms
