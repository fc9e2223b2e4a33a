// SPDX-License-Identifier: BSD-2-Clause
//
// Where a PLT entry goes, found by executing its instructions: the judge of traits/plt.h, which it
// shares nothing with. The SPARC Architecture Manual, Version 9, appendix A.

#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "arch/sparc64/elf_traits.h"

namespace arch::sparc64 {

// The few instructions that PLT entries consist of. A program that uses any other is none.
template <class Word>
class PltMachine {
 public:
  // word(address, bytes): what an image at the bias holds at a link-time address.
  PltMachine(const Word& word, uint64_t bias) : word_(word), bias_(bias) {}

  // Runs from a run-time address until control leaves the entry; where to. Registers that a caller
  // may rely on must be as they were.
  [[nodiscard]] std::optional<uint64_t> Run(uint64_t address) {
    constexpr uint64_t kReturn = 0x123456789abcdef0;
    registers_[kO7] = kReturn;
    pc_ = address;
    next_ = address + 4;
    for (int step = 0; step < 16; ++step) {
      if (!Step()) return std::nullopt;
      // Transfers within the entry are part of it (call .+8).
      if (pc_ - address < 32) continue;
      const bool kept = registers_[kO7] == kReturn && !changed_others_;
      return kept ? std::optional<uint64_t>(pc_) : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static constexpr unsigned kG1 = 1, kG5 = 5, kO7 = 15;

  static uint64_t SignExtend(uint32_t value, unsigned bits) {
    const uint64_t sign = uint64_t{1} << (bits - 1);
    return ((value & (2 * sign - 1)) ^ sign) - sign;
  }
  void Set(unsigned rd, uint64_t value) {
    if (rd == 0) return;
    registers_[rd] = value;
    changed_others_ = changed_others_ || (rd != kG1 && rd != kG5 && rd != kO7);
  }
  void Advance(uint64_t to) {
    pc_ = next_;
    next_ = to;
  }

  bool Step() {
    const std::optional<uint64_t> found = word_(pc_ - bias_, 4);
    if (!found) return false;
    const auto code = static_cast<uint32_t>(*found);
    const unsigned op = code >> 30, rd = code >> 25 & 31;
    if (op == 0) return Branch(code, rd);
    if (op == 1) {  // call
      registers_[kO7] = pc_;
      Advance(pc_ + (SignExtend(code, 30) << 2));
      return true;
    }
    const unsigned op3 = code >> 19 & 63, rs1 = code >> 14 & 31;
    const bool immediate = (code >> 13 & 1) != 0;
    const uint64_t second = immediate ? SignExtend(code, 13) : registers_[code & 31];
    const uint64_t first = registers_[rs1];
    if (op == 3) {  // ldx
      if (op3 != 0x0b) return false;
      const std::optional<uint64_t> loaded = word_(first + second - bias_, 8);
      if (!loaded) return false;
      Set(rd, *loaded);
    } else if (op3 == 0x02) {  // or
      Set(rd, first | second);
    } else if (op3 == 0x25 && immediate && (code >> 12 & 1) != 0) {  // sllx
      Set(rd, first << (code & 63));
    } else if (op3 == 0x38) {  // jmpl
      Set(rd, pc_);
      Advance(first + second);
      return true;
    } else {
      return false;
    }
    Advance(next_ + 4);
    return true;
  }

  // sethi, and the branch that is always taken and has no delay slot.
  bool Branch(uint32_t code, unsigned rd) {
    const unsigned op2 = code >> 22 & 7;
    if (op2 == 4) {
      Set(rd, uint64_t{code & 0x3fffff} << 10);
      Advance(next_ + 4);
      return true;
    }
    if (op2 != 2 || rd != 0x18) return false;  // ba,a
    pc_ += SignExtend(code, 22) << 2;
    next_ = pc_ + 4;
    return true;
  }

  const Word& word_;
  const uint64_t bias_;
  std::array<uint64_t, 32> registers_ = {};
  uint64_t pc_ = 0, next_ = 0;
  bool changed_others_ = false;
};

// For rtld_shared/testing/libelf_oracle/comparison_of.h.
template <class Word>
[[nodiscard]] std::optional<uint64_t> JumpTargetOf(Traits, const Word& word, uint64_t place,
                                                   uint64_t addend, uint64_t bias) {
  // With an addend the place is the pointer that an entry elsewhere loads.
  return PltMachine<Word>(word, bias).Run(bias + (addend == 0 ? place : -addend - 4));
}

}  // namespace arch::sparc64
