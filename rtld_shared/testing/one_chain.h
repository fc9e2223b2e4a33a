// SPDX-License-Identifier: BSD-2-Clause
//
// Images that are nothing but a hash table and its symbols, to ask one lookup at a time: OneChain
// defines, as no linker would, and Referrer refers.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/testing/harness.h"

namespace rtld::testing {

// An image whose symbols are all in one chain, in the order of `keys`, all with the name at offset
// 1 and the version "V_1", which is no default.
class OneChain {
 public:
  using A = arch::Exemplar<elf::Layout64Le>;
  using L = A::Layout;

  // Not the oldest, which references without a version mean, hidden or not.
  static constexpr uint16_t kIndex = 3;

  OneChain(const std::vector<uint32_t>& keys, const std::string& name, bool sysv = false)
      : strings_(1 + name.size() + 1), symbols_(1 + keys.size()), versym_(symbols_.size()) {
    std::memcpy(strings_.data() + 1, name.data(), name.size());
    for (size_t i = 1; i < symbols_.size(); ++i) {
      symbols_[i].name = 1u;
      symbols_[i].info = elf::SymbolInfo(elf::kStbGlobal, elf::kSttObject);
      symbols_[i].shndx = uint16_t{1};
      versym_[i] = uint16_t{kIndex | elf::kVersymHidden};
    }
    versions_[kIndex] = {.name = "V_1", .hash = SysvHash("V_1"), .kind = Version::Kind::kDefined};
    const auto count = static_cast<uint32_t>(symbols_.size());
    DynamicInfo<A>& dynamic = module_.dynamic;
    if (sysv) {
      for (const uint32_t word : {1u, count, 1u, 0u}) sysv_words_.push_back(word);
      for (uint32_t i = 1; i < count; ++i) sysv_words_.push_back((i + 1) % count);
      EXPECT_TRUE(dynamic.sysv_hash.Parse(sysv_words_));
    } else {
      for (const uint32_t word : {1u, 1u, 1u, 5u, ~0u, ~0u, 1u}) words_.push_back(word);
      for (const uint32_t key : keys) words_.push_back(key & ~1u);
      words_.back() = words_.back() | 1;
      EXPECT_TRUE(dynamic.gnu_hash.Parse(words_));
    }
    dynamic.strings = StringTable(std::span<const char>(strings_));
    dynamic.symbols = symbols_;
    dynamic.versym = versym_;
    module_.versions = versions_;
  }

  // The symbol becomes the default one.
  void MakeDefault(size_t symbol) { SetVersion(symbol, kIndex); }
  void SetVersion(size_t symbol, uint16_t version) { versym_[symbol] = version; }
  void Rename(size_t symbol, const std::string& name) {
    symbols_[symbol].name = static_cast<uint32_t>(strings_.size());
    strings_.insert(strings_.end(), name.c_str(), name.c_str() + name.size() + 1);
    module_.dynamic.strings = StringTable(std::span<const char>(strings_));
  }
  [[nodiscard]] Module<A>& module() { return module_; }

 private:
  std::vector<char> strings_;
  std::vector<L::Sym> symbols_;
  std::vector<L::Half> versym_;
  std::vector<L::Word> words_;
  std::vector<L::HashWord> sysv_words_;
  Version versions_[kIndex + 1];
  Module<A> module_;
};

// A reference, by an image that has no version information.
class Referrer {
 public:
  using A = OneChain::A;
  using L = A::Layout;

  explicit Referrer(const std::string& name) : strings_(1 + name.size() + 1), symbols_(2) {
    std::memcpy(strings_.data() + 1, name.data(), name.size());
    symbols_[1].name = 1u;
    symbols_[1].info = elf::SymbolInfo(elf::kStbGlobal, elf::kSttObject);
    module_.dynamic.strings = StringTable(std::span<const char>(strings_));
    module_.dynamic.symbols = symbols_;
  }
  [[nodiscard]] ProgramQuery<A> query() const { return ProgramQuery<A>({module_, 1, symbols_[1]}); }
  [[nodiscard]] Module<A>& module() { return module_; }

 private:
  std::vector<char> strings_;
  std::vector<L::Sym> symbols_;
  Module<A> module_;
};

}  // namespace rtld::testing
