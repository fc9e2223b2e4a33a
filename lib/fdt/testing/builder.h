// SPDX-License-Identifier: BSD-2-Clause
//
// Flattened device trees for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fdt::testing {

inline void Put(std::string* to, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) to->push_back(static_cast<char>(word >> shift));
}

inline std::string Words(const std::vector<uint32_t>& words) {
  std::string bytes;
  for (const uint32_t word : words) Put(&bytes, word);
  return bytes;
}

// Writes a tree: the blocks as chapter 5 has them.
class Builder {
 public:
  Builder& Begin(const std::string& name) {
    Put(&structure_, 1);
    structure_ += name + '\0';
    Align();
    return *this;
  }
  Builder& End() {
    Put(&structure_, 2);
    return *this;
  }
  Builder& Nop() {
    Put(&structure_, 4);
    return *this;
  }
  Builder& Property(const std::string& name, const std::string& value) {
    Put(&structure_, 3);
    Put(&structure_, static_cast<uint32_t>(value.size()));
    Put(&structure_, static_cast<uint32_t>(strings_.size()));
    strings_ += name + '\0';
    structure_ += value;
    Align();
    return *this;
  }
  Builder& Reserve(uint64_t base, uint64_t bytes) {
    reservations_ += Words({static_cast<uint32_t>(base >> 32), static_cast<uint32_t>(base),
                            static_cast<uint32_t>(bytes >> 32), static_cast<uint32_t>(bytes)});
    return *this;
  }

  std::string Make(uint32_t version = 17) const {
    constexpr uint32_t kHeader = 40;
    const std::string structure = structure_ + Words({9});
    const std::string reservations = reservations_ + Words({0, 0, 0, 0});
    const auto reserved = static_cast<uint32_t>(reservations.size());
    const auto strings_at = kHeader + reserved + static_cast<uint32_t>(structure.size());
    const auto total = strings_at + static_cast<uint32_t>(strings_.size());
    return Words({0xd00dfeed, total, kHeader + reserved, strings_at, kHeader, version, 16, 0,
                  static_cast<uint32_t>(strings_.size()),
                  static_cast<uint32_t>(structure.size())}) +
           reservations + structure + strings_;
  }

 private:
  void Align() { structure_.resize((structure_.size() + 3) & ~size_t{3}); }

  std::string structure_, strings_, reservations_;
};

}  // namespace fdt::testing
