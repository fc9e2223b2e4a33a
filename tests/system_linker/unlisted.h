// SPDX-License-Identifier: BSD-2-Clause
//
// What a linker has changed in an image beside the words of its relocation tables, and what tells why.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"
#include "tests/system_linker/glibc_habits.h"

namespace tests {

// `size` bytes of an image as a linker left them, at a link-time address; null if there are none.
using Memory = std::function<const uint8_t*(uint64_t vaddr, uint64_t size)>;

// An address-sized word, its place a multiple of that size.
struct ChangedWord {
  uint64_t place = 0;  // link-time address
  uint64_t before = 0, value = 0;
};

// Words in writable segments with bytes that no word of the expectation covers and that are neither
// the file's, nor zero behind those.
[[nodiscard]] std::vector<ChangedWord> ChangedUnlisted(const oracle::Image& image,
                                                       const oracle::Expectation& expectation,
                                                       const Memory& memory);

// The first segment of a type; null if there is none.
[[nodiscard]] const oracle::Segment* SegmentOf(const oracle::Image& image, uint32_t type);

// The path in PT_INTERP; empty if there is none.
[[nodiscard]] std::string InterpreterOf(const oracle::Image& image);

// Whether it is an address in a dynamic section that has become a run-time address: glibc does that
// where the section is writable.
[[nodiscard]] bool IsRelocatedTag(const oracle::Image& image, uint64_t bias,
                                  const ChangedWord& changed);

// Whether a linker leaves word for debuggers at that place of a program.
[[nodiscard]] bool IsDebuggersPlace(const GlibcHabits& habits, const oracle::Image& program,
                                    uint64_t place);

// The first two words behind DT_PLTGOT, where glibc fills them in also without lazy binding.
enum class LazyEntry { kNone, kFunction, kRecord };
[[nodiscard]] LazyEntry LazyEntryAt(const GlibcHabits& habits, const oracle::Image& image,
                                    uint64_t place);

}  // namespace tests
