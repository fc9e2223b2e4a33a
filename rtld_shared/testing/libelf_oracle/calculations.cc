// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/calculations.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace oracle {
namespace {

// '>' for ">>", else the character that the word is; 0 if it is no operation.
char OperationOf(const std::string& word) {
  if (word == ">>") return '>';
  return word.size() == 1 && std::string_view("+-&|^").find(word[0]) != std::string_view::npos
             ? word[0]
             : '\0';
}

// Terms of "S + A - 0x800"; false if it is not such a sum.
bool ParseTerms(const std::string& text, std::vector<Term>& terms) {
  std::istringstream in(text);
  std::string word;
  char operation = '+';
  bool want_term = true;
  while (in >> word) {
    if (!want_term) {
      operation = OperationOf(word);
      if (operation == 0) return false;
      want_term = true;
      continue;
    }
    Term term{.operation = operation};
    if (word.size() == 1 && std::string_view("ABRSPZMTO").find(word[0]) != std::string_view::npos) {
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

// "2@20+14": the parts of a word. They lie inside it and not on each other.
bool ParseParts(const std::string& text, Field& field) {
  std::istringstream in(text);
  uint64_t taken = 0;
  while (in) {
    Field::Part part;
    if (!(in >> part.bits)) return false;
    if (in.peek() == '@' && !(in.get() && in >> part.position)) return false;
    if (part.bits == 0 || part.bits + part.position > 8 * field.bytes) return false;
    const uint64_t mask = ((uint64_t{2} << (part.bits - 1)) - 1) << part.position;
    if ((taken & mask) != 0) return false;
    taken |= mask;
    field.parts.push_back(part);
    if (in.peek() == EOF) return true;
    if (in.get() != '+') return false;
  }
  return false;
}

bool ParseField(std::string text, Field& field) {
  if (text == "-") return true;
  const auto take = [&text](std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.erase(0, word.size());
    return true;
  };
  if (take("code")) {
    field.code = true;
    std::istringstream in(text);
    return in >> field.bytes && in.peek() == EOF && field.bytes != 0;
  }
  field.words = take("word") ? 1 : take("pair") ? 2 : take("triple") ? 3 : 0;
  if (field.words == 0 || text.empty()) return false;
  if (field.words == 1) {
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
  const size_t dot = text.find('.');
  for (const unsigned bytes : {1, 2, 4, 8}) {
    if (text.substr(0, dot) == std::to_string(bytes * 8)) field.bytes = bytes;
  }
  if (field.bytes == 0) return false;
  return dot == std::string::npos || (field.words == 1 && ParseParts(text.substr(dot + 1), field));
}

// Takes "NAME(" from the front of a text and ")" from its end.
bool TakeCall(const std::string& name, std::string& text) {
  if (!text.starts_with(name + "(") || text.back() != ')') return false;
  text = text.substr(name.size() + 1, text.size() - name.size() - 2);
  return true;
}

// Types of "3 then 18".
bool ParseSequence(const std::string& text, std::vector<uint32_t>& types) {
  std::istringstream in(text);
  std::string then = "then";
  while (then == "then") {
    uint32_t type = 0;
    if (!(in >> type)) return false;
    types.push_back(type);
    then.clear();
    in >> then;
  }
  return then.empty();
}

bool ParseCalculation(std::string text, Calculation& calculation) {
  using Kind = Calculation::Kind;
  using Slot = Calculation::Slot;
  if (text == "none" || text == "static" || text == "copy") {
    calculation.kind = text == "none"     ? Kind::kNone
                       : text == "static" ? Kind::kStatic
                                          : Kind::kCopy;
    return calculation.field.bytes == 0;
  }
  const Field& field = calculation.field;
  if (field.bytes == 0) return false;
  if (text.find(" then ") != std::string::npos) {
    calculation.kind = Kind::kSequence;
    return field.words == 1 && !field.code && ParseSequence(text, calculation.types);
  }
  if (TakeCall("fetch", text)) {
    calculation.slot = Slot::kFetch;
  } else if (TakeCall("jump", text)) {
    calculation.slot = Slot::kJump;
  }
  calculation.kind = TakeCall("call", text)   ? Kind::kCall
                     : TakeCall("desc", text) ? Kind::kDescriptor
                                              : Kind::kSum;
  const unsigned words = calculation.slot == Slot::kFetch        ? 3
                         : calculation.kind == Kind::kDescriptor ? 2
                                                                 : 1;
  return field.words == words && field.code == (calculation.slot == Slot::kJump) &&
         ParseTerms(text, calculation.terms);
}

// The other words of a line that is either there or not.
bool ParseRest(std::istringstream& line, std::string_view rest, bool& there) {
  std::string text;
  std::getline(line >> std::ws, text);
  there = text == rest;
  return there;
}

bool ParseLine(std::istringstream& line, Calculations& calculations) {
  std::string word;
  line >> word;
  if (word == "machine") return static_cast<bool>(line >> calculations.machine);
  if (word == "hash") return static_cast<bool>(line >> calculations.format.hash_word);
  if (word == "plt") return static_cast<bool>(line >> calculations.plt_mark);
  if (word == "desc") return ParseRest(line, "argument first", calculations.argument_first);
  if (word == "weak") return ParseRest(line, "at place", calculations.weak_at_place);
  if (word == "r_info") {
    calculations.format.composed = true;
    return line >> word && word == "composed";
  }
  if (word == "got") {
    Got& got = calculations.format.got.emplace();
    line >> got.type >> std::hex >> got.local_tag >> got.first_tag >> got.all_tag;
    return static_cast<bool>(line);
  }
  if (word == "descriptor") return static_cast<bool>(line >> calculations.descriptor);
  if (word == "info") {
    return line >> calculations.type_bits && calculations.type_bits > 0 &&
           calculations.type_bits < 32;
  }
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

// The steps of sequences, which may be of any lines.
bool FindSteps(Calculations& calculations, std::string& error) {
  for (auto& [number, calculation] : calculations.types) {
    for (const uint32_t type : calculation.types) {
      const Calculation* step = calculations.Find(type);
      if (step == nullptr || step->kind != Calculation::Kind::kSum) {
        error = calculation.name + ": " + std::to_string(type) + " is no sum";
        return false;
      }
      calculation.steps.push_back(*step);
    }
  }
  return true;
}

}  // namespace

unsigned Field::bits() const {
  unsigned sum = 0;
  for (const Part& part : parts) sum += part.bits;
  return parts.empty() ? 8 * bytes : sum;
}

bool Field::Holds(uint64_t value, unsigned address_bytes) const {
  if (bits() >= 8 * address_bytes || check == Check::kWraps) return true;
  // The value cut to an address, read as unsigned and as signed.
  const unsigned unused = 64 - address_bytes * 8;
  const uint64_t plain = value << unused >> unused;
  const int64_t with_sign = static_cast<int64_t>(value << unused) >> unused;
  const int64_t limit = int64_t{1} << (bits() - 1);
  const bool as_unsigned = plain >> bits() == 0;
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

uint64_t Field::Insert(uint64_t old, uint64_t value) const {
  if (parts.empty()) return value;
  unsigned left = bits();
  for (const Part& part : parts) {
    left -= part.bits;
    const uint64_t ones = (uint64_t{2} << (part.bits - 1)) - 1;
    old &= ~(ones << part.position);
    old |= (value >> left & ones) << part.position;
  }
  return old;
}

bool Calculation::Uses(char variable) const {
  if (!steps.empty()) return steps[0].Uses(variable);
  for (const Term& term : terms) {
    if (term.variable == variable) return true;
  }
  return false;
}

uint64_t Evaluate(const Calculation& calculation, const Values& values) {
  if (calculation.kind == Calculation::Kind::kSequence) {
    Values step = values;
    for (const Calculation& one : calculation.steps) {
      step.addend = Evaluate(one, step);
      step.symbol = step.size = step.module = step.tls = 0;
      step.symbol_or_bias = step.bias;
    }
    return step.addend;
  }
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
      case 'R':
        value = values.symbol_or_bias;
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
      case 'O':
        value = values.other;
        break;
    }
    switch (term.operation) {
      case '+':
        sum += value;
        break;
      case '-':
        sum -= value;
        break;
      case '&':
        sum &= value;
        break;
      case '|':
        sum |= value;
        break;
      case '^':
        sum ^= value;
        break;
      default:
        sum = calculation.field.check == Field::Check::kSigned
                  ? static_cast<uint64_t>(static_cast<int64_t>(sum) >> value)
                  : sum >> value;
        break;
    }
  }
  return sum;
}

const Calculation* Calculations::Find(uint32_t type) const {
  const auto found = types.find(type);
  return found == types.end() ? nullptr : &found->second;
}

uint32_t Calculations::TypeOf(uint32_t half) const {
  return type_bits == 32 ? half : half & ((uint32_t{1} << type_bits) - 1);
}

uint64_t Calculations::OtherOf(uint32_t half) const {
  return type_bits == 32 ? 0
                         : static_cast<uint64_t>(int64_t{static_cast<int32_t>(half)} >> type_bits);
}

namespace {

// `folder` is where included files are; nothing: there may be none.
bool ParseText(std::string_view text, const std::string& folder, Calculations& calculations,
               std::string& error);

bool ReadText(const std::string& path, Calculations& calculations, std::string& error) {
  std::ifstream file(path);
  if (!file) {
    error = path + ": cannot be read";
    return false;
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (ParseText(text, path.substr(0, path.rfind('/') + 1), calculations, error)) return true;
  error = path + ": " + error;
  return false;
}

bool ParseText(std::string_view text, const std::string& folder, Calculations& calculations,
               std::string& error) {
  std::istringstream in{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    constexpr std::string_view kInclude = "include ";
    if (line.starts_with(kInclude) && !folder.empty()) {
      if (!ReadText(folder + line.substr(kInclude.size()), calculations, error)) return false;
      continue;
    }
    std::istringstream words(line);
    if (ParseLine(words, calculations)) continue;
    error = "line " + std::to_string(number) + ": " + line;
    return false;
  }
  return true;
}

// What is known only when all lines are read.
bool Finish(Calculations& calculations, std::string& error) {
  if (calculations.machine != 0 && calculations.tls_variant != 0) {
    return FindSteps(calculations, error);
  }
  error = "no machine or no tls line";
  return false;
}

}  // namespace

bool ParseCalculations(std::string_view text, Calculations& calculations, std::string& error) {
  return ParseText(text, {}, calculations, error) && Finish(calculations, error);
}

bool ReadCalculations(const std::string& path, Calculations& calculations, std::string& error) {
  if (!ReadText(path, calculations, error)) return false;
  if (Finish(calculations, error)) return true;
  error = path + ": " + error;
  return false;
}

}  // namespace oracle
