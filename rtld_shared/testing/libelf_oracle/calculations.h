// SPDX-License-Identifier: BSD-2-Clause
//
// Calculations: what a psABI says its relocations mean, read from the text file
// `arch/<cpu>/relocations`. The oracle computes from it; nothing here shares code or tables with
// rtld_shared or with the CPU's traits.
//
// The file has one line for each relocation type: number, name, field, calculation. Lines that
// begin with '#' and empty lines are skipped.
//
//   field        -               nothing is stored by formula
//                wordN           N bits at the place, N = 8, 16, 32, 64; the value wraps
//                wordNs wordNu   the value must fit as signed, as unsigned
//                wordNe          one of the two
//                pairN           two words of N bits
//   calculation  none            nothing to do
//                static          only static linkers may see it
//                copy            Z bytes from S to P
//                TERMS           a sum of terms with + and -
//                call(TERMS)     what the resolver at TERMS returns
//                desc(TERMS)     a TLS descriptor for the variable at TERMS
//   term         A addend, B bias, S symbol, P place, Z symbol's size, M its image's TLS module id,
//                T offset of its image's TLS block from the end of a thread control block of no
//                size (variant I) or its start (variant II), or a number
//
// Beside them stand
//
//   machine NUMBER                   e_machine
//   tls variant NUMBER tcb BYTES     how TLS blocks lie: variant I behind a control block of BYTES
//   hash BYTES                       size of a word of DT_HASH where it is not 4

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace oracle {

struct Field {
  enum class Check { kWraps, kSigned, kUnsigned, kEither };
  unsigned bytes = 0;  // of one word; 0: none
  bool pair = false;
  Check check = Check::kWraps;

  // Whether `value`, a result in addresses of `address_bytes`, may be stored.
  [[nodiscard]] bool Holds(uint64_t value, unsigned address_bytes) const;
};

struct Term {
  bool negative = false;
  char variable = 0;  // one of "ABSPZMT", or 0 for `number`
  uint64_t number = 0;
};

struct Calculation {
  enum class Kind { kNone, kStatic, kCopy, kSum, kCall, kDescriptor };
  std::string name;
  Field field;
  Kind kind = Kind::kNone;
  std::vector<Term> terms;

  [[nodiscard]] bool Uses(char variable) const;
};

// What the variables stand for. All arithmetic is modulo 2^64 and cut to the field at the end.
struct Values {
  uint64_t addend = 0, bias = 0, symbol = 0, place = 0, size = 0, module = 0, tls = 0;
};

[[nodiscard]] uint64_t Evaluate(const Calculation& calculation, const Values& values);

struct Calculations {
  uint16_t machine = 0;
  int tls_variant = 0;
  uint64_t tcb_size = 0;
  unsigned hash_word = 4;
  std::map<uint32_t, Calculation> types;

  // Null if there is none of that number.
  [[nodiscard]] const Calculation* Find(uint32_t type) const;
};

// Reads the file's text. False leaves a message with the line number in `error`.
[[nodiscard]] bool ParseCalculations(std::string_view text, Calculations& calculations,
                                     std::string& error);
[[nodiscard]] bool ReadCalculations(const std::string& path, Calculations& calculations,
                                    std::string& error);

}  // namespace oracle
