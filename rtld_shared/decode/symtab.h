// SPDX-License-Identifier: BSD-2-Clause
//
// The dynamic symbol table and its strings (gABI chapter 4).
//
// The file does not state how many symbols there are, so the view reaches to the end of the segment
// and any index below its size is safe to read, though what stands there need not be a symbol. The
// string table ends with NUL (Decode checks it), so a string never runs out of it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/elf/layout.h"

namespace rtld {

// A name with its GNU hash, made once and probed against any number of images.
//
// The hash is h = 33 h + c over all bytes c. Four bytes are taken at once, as
// 33^4 h + 33^3 c0 + 33^2 c1 + 33 c2 + c3: then one multiplication and one addition wait for the
// hash so far, not four of each.
struct SymbolName {
  std::string_view text;
  uint32_t hash = kEmptyHash;

  constexpr SymbolName() = default;
  constexpr explicit SymbolName(std::string_view name) : text(name) {
    size_t i = 0;
    for (; name.size() - i >= 4; i += 4) hash = Mixed(hash, name.data() + i);
    for (; i < name.size(); ++i) hash = 33 * hash + ByteOf(name[i]);
  }
  // A NUL-terminated name: length and hash in one pass.
  [[nodiscard]] static SymbolName OfCString(const char* name) {
    SymbolName result;
    const char* end = name;
    // Read in order, and none behind the NUL.
    for (; end[0] != '\0' && end[1] != '\0' && end[2] != '\0' && end[3] != '\0'; end += 4) {
      result.hash = Mixed(result.hash, end);
    }
    for (; *end != '\0'; ++end) result.hash = 33 * result.hash + ByteOf(*end);
    result.text = {name, static_cast<size_t>(end - name)};
    return result;
  }

 private:
  static constexpr uint32_t kEmptyHash = 5381;

  [[nodiscard]] static constexpr uint32_t ByteOf(char c) { return static_cast<uint8_t>(c); }
  [[nodiscard]] static constexpr uint32_t Mixed(uint32_t hash, const char* four) {
    return 33 * 33 * 33 * 33 * hash + (33 * 33 * 33 * ByteOf(four[0]) + 33 * 33 * ByteOf(four[1]) +
                                       33 * ByteOf(four[2]) + ByteOf(four[3]));
  }
};

// DT_HASH's function, gABI "Hash Table". Symbol version entries use it too.
[[nodiscard]] constexpr uint32_t SysvHash(std::string_view name) {
  uint32_t hash = 0;
  for (const char c : name) {
    hash = (hash << 4) + static_cast<uint8_t>(c);
    const uint32_t high = hash & 0xf0000000;
    hash = (hash ^ (high >> 24)) & ~high;
  }
  return hash;
}

class StringTable {
 public:
  StringTable() = default;
  explicit StringTable(std::span<const char> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool Valid(uint64_t offset) const { return offset < bytes_.size(); }
  // The string at offset, or nullptr when offset is outside.
  [[nodiscard]] const char* CString(uint64_t offset) const {
    return Valid(offset) ? bytes_.data() + offset : nullptr;
  }
  [[nodiscard]] std::string_view At(uint64_t offset) const {
    if (!Valid(offset)) return {};
    // Bounded, though a NUL is there: compilers make a call of strlen out of a plain search.
    const char* begin = bytes_.data() + offset;
    const size_t room = bytes_.size() - static_cast<size_t>(offset);
    size_t length = 0;
    while (length < room && begin[length] != '\0') ++length;
    return {begin, length};
  }
  // Whether the string at offset is `text`; reads no byte behind text's length plus the NUL.
  [[nodiscard]] bool Equals(uint64_t offset, std::string_view text) const {
    return offset < bytes_.size() && text.size() < bytes_.size() - offset &&
           bytes_[offset + text.size()] == '\0' &&
           (text.empty() || std::memcmp(bytes_.data() + offset, text.data(), text.size()) == 0);
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

 private:
  std::span<const char> bytes_;
};

// Whether other images may bind to the symbol: defined, global, weak or unique, and not hidden.
template <class Sym>
[[nodiscard]] bool IsExported(const Sym& symbol) {
  const uint8_t bind = elf::BindOf(symbol.info);
  const uint8_t visibility = elf::VisibilityOf(symbol.other);
  return symbol.shndx != elf::kShnUndef && bind != elf::kStbLocal &&
         elf::SymbolTypeOf(symbol.info) != elf::kSttSection &&
         (visibility == elf::kStvDefault || visibility == elf::kStvProtected);
}

}  // namespace rtld
