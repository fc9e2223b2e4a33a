// SPDX-License-Identifier: BSD-2-Clause
//
// The words that system calls speak in. A program has the kernel's own word size, so what Linux
// declares as `long`, `unsigned long`, `size_t` or a pointer is a Word here, in registers and in
// structures; the compiler lays structures out as the program's does. What has 64 bits on every CPU
// is an int64_t or uint64_t.
//
// A CPU whose words have 32 bits has more calls (DYNLINK_SHORT_WORD_CALLS in calls.h): for 64-bit
// file offsets and times beside those in words. Where both give the same, one handler serves both.
#pragma once

#include <cstdint>

namespace syscalls {

using Word = uintptr_t;
using SignedWord = intptr_t;

// Registers that a 64-bit argument takes, its low half in the first.
inline constexpr unsigned kRegistersOfWide = sizeof(uint64_t) / sizeof(Word);

// A set of signals, as arrays of words hold it.
struct UserSignalSet {
  Word words[kRegistersOfWide];
};

constexpr uint64_t FromUserSet(const UserSignalSet& set) {
  uint64_t result = 0;
  for (unsigned i = 0; i < kRegistersOfWide; ++i) {
    result |= uint64_t{set.words[i]} << (i * 8 * sizeof(Word));
  }
  return result;
}

constexpr UserSignalSet ToUserSet(uint64_t set) {
  UserSignalSet result{};
  for (unsigned i = 0; i < kRegistersOfWide; ++i) {
    result.words[i] = static_cast<Word>(set >> (i * 8 * sizeof(Word)));
  }
  return result;
}

// A number for a word; the largest word for what does not fit.
constexpr Word Saturated(uint64_t value) {
  constexpr Word kMost = ~Word{0};
  return value > kMost ? kMost : static_cast<Word>(value);
}

}  // namespace syscalls
