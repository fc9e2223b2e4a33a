// SPDX-License-Identifier: BSD-2-Clause
//
// What the bytes of an input mean, alike for all fuzzers of this folder.
//
// Either a plain ELF file, a linker's or another fuzzer's: it is taken for the exemplar's machine
// (Adapt in tables.h), and what else is to be chosen is a checksum of its bytes. Or a Control of
// eight bytes, and behind it one or two images: the one under test and one that it may need.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace rtld::fuzz {

using Bytes = std::vector<uint8_t>;

// Layouts by number: bit 0 is 64 bits, bit 1 is big endian. With bit 2, one of a machine that has
// more (machines.h).
inline constexpr unsigned kDescribed = 5;
inline constexpr unsigned kWideHash = 7;
inline constexpr uint8_t kLayouts[] = {0, 1, 2, 3, kDescribed, kWideHash};

// Tags of kDescribed's own: its hash table, how many symbols there are, a table of symbols.
inline constexpr uint64_t kDtHashOfMachine = 0x70000001;
inline constexpr uint64_t kDtSymbolsOfMachine = 0x70000002;
inline constexpr uint64_t kDtTableOfMachine = 0x70000003;

struct Control {
  static constexpr size_t kSize = 8;

  static constexpr uint8_t kExtras = 16;  // values of `extra`

  uint8_t layout = 0;
  bool high = false;  // images stand where no byte of an address is zero, and its sign bit is set
  uint8_t entry = 0;  // which decoder; session: how the seams behave
  uint8_t options = 0;
  uint8_t more = 0;
  uint8_t extra = 0;              // upper half of the layout's byte; session: how a client goes on
  uint32_t first = ~uint32_t{0};  // bytes of the first image, little endian; the rest is the second
};

struct Input {
  Control control;
  bool plain = false;
  std::span<const uint8_t> first;
  std::span<const uint8_t> second;
};

inline bool IsPlain(std::span<const uint8_t> bytes) {
  return bytes.size() >= 16 && std::memcmp(bytes.data(), "\177ELF", 4) == 0;
}

inline Input ParseInput(std::span<const uint8_t> bytes) {
  Input input;
  if (IsPlain(bytes)) {
    uint32_t sum = 0;
    for (const uint8_t byte : bytes) sum = sum * 31 + byte;
    input.plain = true;
    input.control.layout = static_cast<uint8_t>((bytes[4] == 2 ? 1 : 0) | (bytes[5] == 2 ? 2 : 0));
    input.control.entry = static_cast<uint8_t>(sum >> 8);
    input.control.options = static_cast<uint8_t>(sum >> 16);
    input.control.extra = static_cast<uint8_t>(sum >> 28);
    input.first = bytes;
    return input;
  }
  if (bytes.size() < Control::kSize) return input;
  input.control.layout = bytes[0] & 7;
  if ((input.control.layout & 5) == 4) input.control.layout &= 3;  // no such machine has 32 bits
  input.control.high = (bytes[0] & 8) != 0;
  input.control.extra = bytes[0] >> 4;
  input.control.entry = bytes[1];
  input.control.options = bytes[2];
  input.control.more = bytes[3];
  for (int i = 3; i >= 0; --i) input.control.first = input.control.first << 8 | bytes[4 + i];
  const std::span<const uint8_t> rest = bytes.subspan(Control::kSize);
  const size_t first = input.control.first < rest.size() ? input.control.first : rest.size();
  input.first = rest.first(first);
  input.second = rest.subspan(first);
  return input;
}

inline Bytes JoinInput(const Control& control, std::span<const uint8_t> first,
                       std::span<const uint8_t> second) {
  const auto layout =
      static_cast<uint8_t>(control.layout | (control.high ? 8 : 0) | control.extra << 4);
  Bytes all = {layout, control.entry, control.options, control.more};
  const uint32_t size = static_cast<uint32_t>(first.size());
  for (int i = 0; i < 4; ++i) all.push_back(static_cast<uint8_t>(size >> (8 * i)));
  all.insert(all.end(), first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

}  // namespace rtld::fuzz
