// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/calculations.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace oracle {
namespace {

// Terms of "S + A - 0x800"; false if it is not such a sum.
bool ParseTerms(const std::string& text, std::vector<Term>& terms) {
  std::istringstream in(text);
  std::string word;
  bool negative = false;
  bool want_term = true;
  while (in >> word) {
    if (!want_term) {
      if (word != "+" && word != "-") return false;
      negative = word == "-";
      want_term = true;
      continue;
    }
    Term term{.negative = negative};
    if (word.size() == 1 && std::string_view("ABSPZMT").find(word[0]) != std::string_view::npos) {
      term.variable = word[0];
    } else {
      size_t used = 0;
      if (word[0] < '0' || word[0] > '9') return false;
      term.number = std::stoull(word, &used, 0);
      if (used != word.size()) return false;
    }
    terms.push_back(term);
    want_term = false;
  }
  return !want_term;
}

bool ParseField(std::string text, Field& field) {
  if (text == "-") return true;
  field.pair = text.starts_with("pair");
  if (!field.pair && !text.starts_with("word")) return false;
  text.erase(0, 4);
  if (!field.pair && !text.empty()) {
    switch (text.back()) {
      case 's':
        field.check = Field::Check::kSigned;
        break;
      case 'u':
        field.check = Field::Check::kUnsigned;
        break;
      case 'e':
        field.check = Field::Check::kEither;
        break;
    }
    if (field.check != Field::Check::kWraps) text.pop_back();
  }
  for (const unsigned bytes : {1, 2, 4, 8}) {
    if (text == std::to_string(bytes * 8)) field.bytes = bytes;
  }
  return field.bytes != 0;
}

bool ParseCalculation(const std::string& text, Calculation& calculation) {
  using Kind = Calculation::Kind;
  if (text == "none" || text == "static" || text == "copy") {
    calculation.kind = text == "none"     ? Kind::kNone
                       : text == "static" ? Kind::kStatic
                                          : Kind::kCopy;
    return calculation.field.bytes == 0;
  }
  if (calculation.field.bytes == 0) return false;
  const bool is_call = text.starts_with("call(");
  const bool is_descriptor = text.starts_with("desc(");
  if (calculation.field.pair != is_descriptor) return false;
  if (!is_call && !is_descriptor) {
    calculation.kind = Kind::kSum;
    return ParseTerms(text, calculation.terms);
  }
  if (text.back() != ')') return false;
  calculation.kind = is_call ? Kind::kCall : Kind::kDescriptor;
  return ParseTerms(text.substr(5, text.size() - 6), calculation.terms);
}

bool ParseLine(std::istringstream& line, Calculations& calculations) {
  std::string word;
  line >> word;
  if (word == "machine") return static_cast<bool>(line >> calculations.machine);
  if (word == "hash") return static_cast<bool>(line >> calculations.hash_word);
  if (word == "tls") {
    std::string variant, tcb;
    line >> variant >> calculations.tls_variant >> tcb >> calculations.tcb_size;
    return line && variant == "variant" && tcb == "tcb";
  }
  if (word[0] < '0' || word[0] > '9') return false;
  Calculation calculation;
  std::string field, text;
  line >> calculation.name >> field >> std::ws;
  std::getline(line, text);
  return !text.empty() && ParseField(field, calculation.field) &&
         ParseCalculation(text, calculation) &&
         calculations.types.emplace(std::stoul(word), std::move(calculation)).second;
}

}  // namespace

bool Field::Holds(uint64_t value, unsigned address_bytes) const {
  if (bytes >= address_bytes || check == Check::kWraps) return true;
  // The value cut to an address, read as unsigned and as signed.
  const unsigned unused = 64 - address_bytes * 8;
  const uint64_t plain = value << unused >> unused;
  const int64_t with_sign = static_cast<int64_t>(value << unused) >> unused;
  const int64_t limit = int64_t{1} << (bytes * 8 - 1);
  const bool as_unsigned = plain >> (bytes * 8) == 0;
  const bool as_signed = with_sign >= -limit && with_sign < limit;
  switch (check) {
    case Check::kSigned:
      return as_signed;
    case Check::kUnsigned:
      return as_unsigned;
    default:
      return as_signed || as_unsigned;
  }
}

bool Calculation::Uses(char variable) const {
  for (const Term& term : terms) {
    if (term.variable == variable) return true;
  }
  return false;
}

uint64_t Evaluate(const Calculation& calculation, const Values& values) {
  uint64_t sum = 0;
  for (const Term& term : calculation.terms) {
    uint64_t value = term.number;
    switch (term.variable) {
      case 'A':
        value = values.addend;
        break;
      case 'B':
        value = values.bias;
        break;
      case 'S':
        value = values.symbol;
        break;
      case 'P':
        value = values.place;
        break;
      case 'Z':
        value = values.size;
        break;
      case 'M':
        value = values.module;
        break;
      case 'T':
        value = values.tls;
        break;
    }
    sum += term.negative ? -value : value;
  }
  return sum;
}

const Calculation* Calculations::Find(uint32_t type) const {
  const auto found = types.find(type);
  return found == types.end() ? nullptr : &found->second;
}

bool ParseCalculations(std::string_view text, Calculations& calculations, std::string& error) {
  std::istringstream in{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    if (ParseLine(words, calculations)) continue;
    error = "line " + std::to_string(number) + ": " + line;
    return false;
  }
  if (calculations.machine != 0 && calculations.tls_variant != 0) return true;
  error = "no machine or no tls line";
  return false;
}

bool ReadCalculations(const std::string& path, Calculations& calculations, std::string& error) {
  std::ifstream file(path);
  if (!file) {
    error = path + ": cannot be read";
    return false;
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (ParseCalculations(text, calculations, error)) return true;
  error = path + ": " + error;
  return false;
}

}  // namespace oracle
