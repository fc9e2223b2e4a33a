// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/ksyms/symbol_table.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "kernel/dynlink/memory.h"
#include "rtld_shared/elf/constants.h"

namespace ksyms {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// Section indices from here on are no sections: absolute, common (gABI, "Special Section Indexes").
constexpr uint16_t kFirstReservedSection = 0xff00;

uint32_t Hash(std::string_view name) {
  uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<uint8_t>(c);
  return hash;
}

bool IsGlobal(const Symbol& symbol) { return elf::BindOf(symbol.info) != elf::kStbLocal; }

// Equal addresses: functions and objects before labels, global before local, so that the name that
// people know is found first.
bool Before(const Symbol& a, const Symbol& b) {
  if (a.address != b.address) return a.address < b.address;
  const bool a_typed = elf::SymbolTypeOf(a.info) != elf::kSttNoType;
  const bool b_typed = elf::SymbolTypeOf(b.info) != elf::kSttNoType;
  if (a_typed != b_typed) return a_typed;
  return IsGlobal(a) && !IsGlobal(b);
}

}  // namespace

void SymbolTable::Release() const {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~SymbolTable();
  kld::Free(const_cast<SymbolTable*>(this));
}

const Symbol* SymbolTable::Find(std::string_view name) const {
  if (count_ == 0) return nullptr;
  const Symbol* found = nullptr;
  for (uint32_t i = buckets()[Hash(name) % bucket_count_]; i != kNone; i = chain()[i]) {
    const Symbol& symbol = symbols()[i];
    if (Name(symbol) != name) continue;
    if (IsGlobal(symbol)) return &symbol;
    if (found == nullptr || symbol.address < found->address) found = &symbol;
  }
  return found;
}

const Symbol* SymbolTable::FindAddress(uint64_t address) const {
  const Symbol* const end = symbols() + count_;
  const Symbol* at = std::upper_bound(
      symbols(), end, address, [](uint64_t value, const Symbol& s) { return value < s.address; });
  if (at == symbols()) return nullptr;
  // Of those that begin at the same address, the best is the first.
  const uint64_t start = (at - 1)->address;
  while (at != symbols() && (at - 1)->address == start) --at;
  for (const Symbol* s = at; s != end && s->address == start; ++s) {
    if (s->size != 0 && address - start < s->size) return s;
  }
  for (const Symbol* s = at; s != end && s->address == start; ++s) {
    if (s->size == 0) return s;
  }
  return nullptr;
}

Builder::~Builder() {
  if (table_ != nullptr) table_->Release();
}

bool Builder::Wants(std::string_view name, uint8_t info, uint16_t section) {
  if (name.empty() || name[0] == '$') return false;
  if (section == elf::kShnUndef || section >= kFirstReservedSection) return false;
  const uint8_t type = elf::SymbolTypeOf(info);
  return type == elf::kSttNoType || type == elf::kSttFunc || type == elf::kSttObject ||
         type == elf::kSttGnuIfunc;
}

void Builder::Count(std::string_view name) {
  ++count_;
  name_bytes_ += name.size() + 1;
}

bool Builder::Allocate() {
  if (count_ >= kNone || name_bytes_ >= kNone) return false;
  const uint64_t buckets = count_ == 0 ? 0 : std::max<uint64_t>(1, count_ / 2);
  // Nothing wraps in 64 bits, but an address may have fewer.
  const uint64_t bytes = sizeof(SymbolTable) + count_ * sizeof(Symbol) +
                         (buckets + count_) * sizeof(uint32_t) + name_bytes_;
  if (bytes != static_cast<size_t>(bytes)) return false;
  void* const block = kld::Allocate(static_cast<size_t>(bytes));
  if (block == nullptr) return false;
  table_ = new (block) SymbolTable();
  table_->bucket_count_ = static_cast<uint32_t>(buckets);
  return true;
}

// While symbols are added, names stand where they will stand when all that were counted are there.
void Builder::Add(std::string_view name, uint64_t address, uint64_t size, uint8_t info) {
  if (table_->count_ == count_ || name_bytes_ - names_used_ < name.size() + 1) return;
  auto* const symbols = const_cast<Symbol*>(table_->symbols());
  char* const names = reinterpret_cast<char*>(symbols + count_) +
                      (table_->bucket_count_ + count_) * sizeof(uint32_t);
  std::memcpy(names + names_used_, name.data(), name.size());
  names[names_used_ + name.size()] = '\0';
  new (symbols + table_->count_++) Symbol{address, size, names_used_, info, {}};
  names_used_ += static_cast<uint32_t>(name.size() + 1);
}

const SymbolTable* Builder::Finish() {
  auto* const symbols = const_cast<Symbol*>(table_->symbols());
  const uint32_t added = table_->count_;
  if (added != count_) {
    // Fewer than counted: bring the names to where the smaller table has them.
    const char* const from = reinterpret_cast<const char*>(symbols + count_) +
                             (table_->bucket_count_ + count_) * sizeof(uint32_t);
    if (added == 0) table_->bucket_count_ = 0;
    std::memmove(const_cast<char*>(table_->names()), from, names_used_);
  }
  table_->name_bytes_ = names_used_;
  std::sort(symbols, symbols + added, Before);
  auto* const buckets = const_cast<uint32_t*>(table_->buckets());
  auto* const chain = const_cast<uint32_t*>(table_->chain());
  std::fill(buckets, buckets + table_->bucket_count_, kNone);
  for (uint32_t i = 0; i < added; ++i) {
    uint32_t& bucket = buckets[Hash(table_->Name(symbols[i])) % table_->bucket_count_];
    chain[i] = bucket;
    bucket = i;
  }
  SymbolTable* const table = table_;
  table_ = nullptr;
  return table;
}

}  // namespace ksyms
