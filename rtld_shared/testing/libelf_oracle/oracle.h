// SPDX-License-Identifier: BSD-2-Clause
//
// The oracle: which words of an image must hold what after relocation.
//
// It finds symbols by their names as strings, in a plain map, and computes words from the psABI's
// formulae (calculations.h). Nothing is shared with rtld_shared, and nothing is clever.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/image.h"

namespace oracle {

// An image and where it will run.
struct Placed {
  const Image* image = nullptr;
  uint64_t bias = 0;        // run-time address minus link-time address
  uint64_t tls_module = 0;  // 0: has no PT_TLS
  uint64_t tls_offset = 0;  // T of calculations.h
};

// Gives every image with a PT_TLS its module id, from 1 on, and its offset in the static block as
// the psABIs lay it out ("ELF Handling For Thread-Local Storage", section 3.4).
void LayOutTls(const Calculations& calculations, std::vector<Placed>& images);

enum class Scope {
  kModule,   // a versioned reference: its Verneed file; else the image itself, then its DT_NEEDED
  kProgram,  // all images in the order given
};

// One word that relocation stores.
struct Word {
  enum class Kind {
    kValue,  // `value` is stored
    kCall,   // what the resolver at the run-time address `value` returns is stored, plus addend
    kCopy,   // `bytes` bytes from the run-time address `value`
    kDescriptor,  // a TLS descriptor pair for `value` = offset in the block of `tls_module`;
                  // module 0: the weak undefined variable, `value` = addend. Which of the words
                  // is the argument: Calculations::argument_first
  };
  using Slot = Calculation::Slot;
  Kind kind = Kind::kValue;
  // Not kNone: `bytes` bytes are not `value`, or what the resolver returns, but made of it.
  Slot slot = Slot::kNone;
  uint64_t place = 0;  // link-time address
  unsigned bytes = 0;
  uint64_t value = 0;
  uint64_t addend = 0;      // kCall, and for Slot::kJump as the relocation has it
  uint64_t tls_module = 0;  // kDescriptor
  bool fits = true;         // false: relocation must fail, the value does not fit the field
  uint32_t type = 0;
  std::string symbol;
};

struct Undefined {
  std::string symbol, version;
  friend auto operator<=>(const Undefined&, const Undefined&) = default;
};

struct Expectation {
  std::vector<Word> words;           // in the order of the tables
  std::vector<Undefined> undefined;  // strong references without a definition, one per relocation
};

// What relocating images[which] must do. False, with a message in `error`, if a relocation is of a
// type that dynamic images may not have or names a symbol that the image does not have.
[[nodiscard]] bool Expect(const Calculations& calculations, const std::vector<Placed>& images,
                          size_t which, Scope scope, Expectation& expectation, std::string& error);

// The definition that a name of a version binds to: index into image.symbols, or -1.
// An empty version asks for the default one if `exactly`, else for what the file had first. Unless
// `exactly`, a definition without a version satisfies every version.
[[nodiscard]] int FindDefinition(const Image& image, const std::string& name,
                                 const std::string& version, bool exactly);

}  // namespace oracle
