// SPDX-License-Identifier: BSD-2-Clause
//
// The dynamic symbol table and its strings (gABI chapter 4).
//
// The file does not state how many symbols there are, so the view reaches to the end of the segment
// and any index below its size is safe to read, though what stands there need not be a symbol.
//
// The string table ends with NUL when it is decoded. Later relocations of a hostile image may
// overwrite it, where it lies in a writable segment: whoever reads a string stops at the table's end
// all the same.

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
  // The name that ends with a NUL, or after `room` bytes: length and hash in one pass.
  [[nodiscard]] static SymbolName OfString(const char* name, size_t room) {
    SymbolName result;
    const char* end = name;
    // Read in order, and none behind the NUL.
    for (size_t fours = room / 4; fours != 0; --fours, end += 4) {
      if (end[0] == '\0' || end[1] == '\0' || end[2] == '\0' || end[3] == '\0') break;
      result.hash = Mixed(result.hash, end);
    }
    size_t i = static_cast<size_t>(end - name);
    for (; i < room && name[i] != '\0'; ++i) result.hash = 33 * result.hash + ByteOf(name[i]);
    result.text = {name, i};
    return result;
  }
  // Only for names that surely end with a NUL.
  [[nodiscard]] static SymbolName OfCString(const char* name) { return OfString(name, ~size_t{0}); }

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

// Names of files and versions are no longer than this (PATH_MAX of most systems): their tables may
// have many entries that name one string, and each is read again. Symbol names have no limit.
inline constexpr size_t kLongestName = 4096;

class StringTable {
 public:
  StringTable() = default;
  explicit StringTable(std::span<const char> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool Valid(uint64_t offset) const { return offset < bytes_.size(); }
  // Where the string at offset begins, or nullptr when offset is outside. To be fetched ahead; it
  // may end with the table.
  [[nodiscard]] const char* Where(uint64_t offset) const {
    return Valid(offset) ? bytes_.data() + offset : nullptr;
  }
  [[nodiscard]] std::string_view At(uint64_t offset) const { return UpTo(offset, bytes_.size()); }
  // Empty, too, when the string is longer than `most`; reads no byte more than that.
  [[nodiscard]] std::string_view At(uint64_t offset, size_t most) const {
    const std::string_view text = UpTo(offset, most + 1);
    return text.size() <= most ? text : std::string_view();
  }
  // The symbol name at offset, with its hash; without a text when offset is outside.
  [[nodiscard]] SymbolName NameAt(uint64_t offset) const {
    if (!Valid(offset)) return {};
    return SymbolName::OfString(bytes_.data() + offset,
                                bytes_.size() - static_cast<size_t>(offset));
  }
  // Whether the string at offset may have so many bytes: whether a NUL stands behind them.
  [[nodiscard]] bool MayEndAfter(uint64_t offset, size_t size) const {
    return offset < bytes_.size() && size < bytes_.size() - offset && bytes_[offset + size] == '\0';
  }
  // Whether the string at offset is `text`; reads no byte behind text's length plus the NUL.
  [[nodiscard]] bool Equals(uint64_t offset, std::string_view text) const {
    return MayEndAfter(offset, text.size()) && Begins(offset, text);
  }
  // Likewise, of one that may end after text.
  [[nodiscard]] bool Begins(uint64_t offset, std::string_view text) const {
    return text.empty() || std::memcmp(bytes_.data() + offset, text.data(), text.size()) == 0;
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

 private:
  [[nodiscard]] std::string_view UpTo(uint64_t offset, size_t most) const {
    if (!Valid(offset)) return {};
    const char* begin = bytes_.data() + offset;
    size_t room = bytes_.size() - static_cast<size_t>(offset);
    if (room > most) room = most;
    size_t length = 0;
    while (length < room && begin[length] != '\0') ++length;
    return {begin, length};
  }

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
