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
//                wordN.PARTS     the same with a part of the word, the rest of which stays as it
//                                is: BITS, or from the value's highest bits down several
//                                BITS@POSITION joined by '+'; s, u or e behind them
//                pairN tripleN   two, three words of N bits
//                codeN           N bytes of instructions
//   calculation  none            nothing to do
//                static          only static linkers may see it
//                copy            Z bytes from S to P
//                SUM             terms joined by + - & | ^ >>, applied from left to right; >> keeps
//                                the sign where the field is checked as signed
//                call(SUM)       what the resolver at SUM returns
//                desc(SUM)       a TLS descriptor for the variable at SUM
//                fetch(X)        for a SUM or a call X: the triple of words that lies there, once
//                                all images are relocated
//                jump(X)         instructions that go there; with an addend, which is no part of X,
//                                the address that instructions elsewhere take and go there
//                N then N ...    the calculations of the types N in sequence: each has what the
//                                one before gives as its addend, and no symbol but the first
//   term         A addend, B bias, S symbol, P place, Z symbol's size, M its image's TLS module id,
//                R the symbol, or the bias where the relocation names none,
//                T offset of its image's TLS block from the end of a thread control block of no
//                size (variant I) or its start (variant II), O see `info`, or a number
//
// Beside them stand
//
//   machine NUMBER                   e_machine
//   tls variant NUMBER tcb BYTES     how TLS blocks lie: variant I behind a control block of BYTES
//   hash BYTES                       size of a word of DT_HASH where it is not 4
//   info BITS                        the type is so many bits of r_info where it is not the lower
//                                    half; the rest of that half is O, a signed number
//   descriptor BYTES                 a function's address is that of a descriptor of that size
//   include FILE                     the lines of another file, named from this file's folder
//   r_info composed                  r_info is a 4-byte symbol number, then a byte for a second
//                                    symbol and three bytes of types, the first one last; a type's
//                                    number is the first plus 2^8 times the second and so on
//   got TYPE LOCAL FIRST ALL         DT_PLTGOT is relocated without entries, as if by REL entries
//                                    of TYPE. The tag LOCAL says how many words are addresses of
//                                    the image; a word follows for each symbol from number FIRST
//                                    to the end of the table, which has ALL
//   plt MASK                         an undefined function with a value is a canonical PLT entry
//                                    only if its st_other has the bit
//   desc argument first              a TLS descriptor is the argument, then the function; of REL
//                                    ones only those that name no symbol have an addend in it
//   weak at place                    an undefined weak symbol is at P wherever P is subtracted;
//                                    without this, only if the field is narrower than an address

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oracle {

struct Field {
  enum class Check { kWraps, kSigned, kUnsigned, kEither };
  struct Part {
    unsigned bits = 0, position = 0;
  };
  unsigned bytes = 0;  // of one word; 0: none
  unsigned words = 1;
  bool code = false;
  std::vector<Part> parts;  // from the value's highest bits down; none: the whole word
  Check check = Check::kWraps;

  // All of the value that is stored.
  [[nodiscard]] unsigned bits() const;
  // Whether `value`, a result in addresses of `address_bytes`, may be stored.
  [[nodiscard]] bool Holds(uint64_t value, unsigned address_bytes) const;
  // The word with the value in it, where it was `old` before.
  [[nodiscard]] uint64_t Insert(uint64_t old, uint64_t value) const;
};

struct Term {
  char operation = '+';  // + - & | ^, or > for >>: on what is to the left, and this
  char variable = 0;     // one of "ABRSPZMTO", or 0 for `number`
  uint64_t number = 0;
};

struct Calculation {
  enum class Kind { kNone, kStatic, kCopy, kSum, kCall, kDescriptor, kSequence };
  // How a PLT slot that is more than an address comes from the sum or the call.
  enum class Slot { kNone, kFetch, kJump };
  std::string name;
  Field field;
  Kind kind = Kind::kNone;
  Slot slot = Slot::kNone;
  std::vector<Term> terms;
  std::vector<uint32_t> types;     // kSequence: by number,
  std::vector<Calculation> steps;  // and what they are; each a sum

  [[nodiscard]] bool Uses(char variable) const;
};

// What the variables stand for. All arithmetic is modulo 2^64 and cut to the field at the end.
struct Values {
  uint64_t addend = 0, bias = 0, symbol = 0, place = 0, size = 0, module = 0, tls = 0, other = 0;
  uint64_t symbol_or_bias = 0;
};

// A table of addresses that is relocated without entries: see "got" above.
struct Got {
  uint32_t type = 0;
  uint64_t local_tag = 0, first_tag = 0, all_tag = 0;
};

// How images of the CPU are read where it departs from the generic form.
struct Format {
  unsigned hash_word = 4;
  bool composed = false;
  std::optional<Got> got = {};
};

[[nodiscard]] uint64_t Evaluate(const Calculation& calculation, const Values& values);

struct Calculations {
  uint16_t machine = 0;
  int tls_variant = 0;
  uint64_t tcb_size = 0;
  unsigned type_bits = 32;
  unsigned descriptor = 0;
  unsigned plt_mark = 0;  // of st_other; 0: none is needed
  bool argument_first = false;
  bool weak_at_place = false;
  Format format;
  std::map<uint32_t, Calculation> types;

  // Null if there is none of that number.
  [[nodiscard]] const Calculation* Find(uint32_t type) const;
  // The two parts of r_info's lower half.
  [[nodiscard]] uint32_t TypeOf(uint32_t half) const;
  [[nodiscard]] uint64_t OtherOf(uint32_t half) const;
};

// Reads a file's text, which includes no other. False leaves a message with the line number in `error`.
[[nodiscard]] bool ParseCalculations(std::string_view text, Calculations& calculations,
                                     std::string& error);
[[nodiscard]] bool ReadCalculations(const std::string& path, Calculations& calculations,
                                    std::string& error);

}  // namespace oracle
