// SPDX-License-Identifier: BSD-2-Clause
//
// Faults to put into C++ sources, one at a time, to see whether the tests notice.
//
//   mutate list SEED FILE...   every fault there is, in an order that the seed decides, one a line:
//                              FILE OFFSET OPERATOR LINE TEXT, divided by tabs
//   mutate apply FILE OFFSET OPERATOR   the file with that fault, on standard output
//
// Operators:
//   delete   a statement that does something: an assignment, a call, a jump
//   bound    < for <=, > for >=, and the reverse
//   number   an integer literal, one more
//   sign     + for -, ++ for --, += for -=, and the reverse
//   negate   == for !=, && for ||, a condition for its opposite, !x for x
//   order    a byte swap left out, or the machine's byte order for the file's
//
// The sources are looked at as tokens. They are formatted by clang-format, so that a comparison has
// blanks around it and a template's bracket has not. What does not compile is no fault.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Token {
  size_t offset = 0;
  std::string text;
};

struct Fault {
  size_t offset = 0;
  size_t length = 0;  // of what is replaced
  std::string operator_name, replacement;
};

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsWord(const Token& token) { return IsWord(token.text[0]); }

// Where what begins at `at` ends, if it is a comment, a literal of characters, or a directive of the
// preprocessor; else `at`.
size_t SkipNoCode(std::string_view source, size_t at) {
  const auto line_end = [&](size_t from) {
    return std::min(source.find('\n', from), source.size());
  };
  if (source.substr(at, 2) == "//") return line_end(at);
  if (source.substr(at, 2) == "/*") return std::min(source.find("*/", at), source.size() - 2) + 2;
  if (source[at] == '#') return line_end(at);
  if (source[at] == '"' || (source[at] == '\'' && (at == 0 || !IsWord(source[at - 1])))) {
    size_t end = at + 1;
    while (end < source.size() && source[end] != source[at]) end += source[end] == '\\' ? 2 : 1;
    return end + 1;
  }
  return at;
}

std::vector<Token> TokensOf(std::string_view source) {
  static constexpr std::string_view kLong[] = {"<<=", ">>=", "<=>", "...", "->", "::", "++", "--",
                                               "==",  "!=",  "<=",  ">=",  "&&", "||", "+=", "-=",
                                               "*=",  "/=",  "|=",  "&=",  "^=", "<<", ">>"};
  std::vector<Token> tokens;
  for (size_t at = 0; at < source.size();) {
    const size_t after = SkipNoCode(source, at);
    if (after != at) {
      at = after;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(source[at])) != 0) {
      ++at;
      continue;
    }
    size_t length = 1;
    if (IsWord(source[at])) {
      while (at + length < source.size() &&
             (IsWord(source[at + length]) || source[at + length] == '\'')) {
        ++length;
      }
    } else {
      for (const std::string_view text : kLong) {
        if (source.substr(at, text.size()) == text) {
          length = text.size();
          break;
        }
      }
    }
    tokens.push_back({at, std::string(source.substr(at, length))});
    at += length;
  }
  return tokens;
}

class Finder {
 public:
  explicit Finder(const std::string& source) : source_(source), tokens_(TokensOf(source)) {}

  std::vector<Fault> Faults() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      // What the compiler checks is not for tests to notice.
      if (Is(i, "static_assert") || Is(i, "requires")) {
        while (i < tokens_.size() && !Is(i, ";") && !Is(i, "{")) ++i;
        continue;
      }
      Replace(i);
      Number(i);
      Condition(i);
      ByteOrder(i);
      Statement(i);
    }
    return std::move(faults_);
  }

 private:
  bool Is(size_t i, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].text == text;
  }
  size_t EndOf(size_t i) const { return tokens_[i].offset + tokens_[i].text.size(); }
  bool HasBlanks(size_t i) const {
    const size_t at = tokens_[i].offset;
    return at > 0 && std::isspace(static_cast<unsigned char>(source_[at - 1])) != 0 &&
           std::isspace(static_cast<unsigned char>(source_[EndOf(i)])) != 0;
  }
  void Add(size_t offset, size_t length, std::string name, std::string replacement) {
    faults_.push_back({offset, length, std::move(name), std::move(replacement)});
  }

  void Replace(size_t i) {
    struct Pair {
      std::string_view from, to, name;
      bool blanks;
    };
    static constexpr Pair kPairs[] = {
        {"<", "<=", "bound", true},   {"<=", "<", "bound", true},   {">", ">=", "bound", true},
        {">=", ">", "bound", true},   {"+", "-", "sign", true},     {"-", "+", "sign", true},
        {"+=", "-=", "sign", true},   {"-=", "+=", "sign", true},   {"++", "--", "sign", false},
        {"--", "++", "sign", false},  {"==", "!=", "negate", true}, {"!=", "==", "negate", true},
        {"&&", "||", "negate", true}, {"||", "&&", "negate", true}, {"!", "", "negate", false}};
    for (const Pair& pair : kPairs) {
      if (!Is(i, pair.from) || (pair.blanks && !HasBlanks(i))) continue;
      Add(tokens_[i].offset, pair.from.size(), std::string(pair.name), std::string(pair.to));
    }
  }

  void Number(size_t i) {
    const std::string& text = tokens_[i].text;
    if (std::isdigit(static_cast<unsigned char>(text[0])) == 0) return;
    Add(tokens_[i].offset, text.size(), "number", "(" + text + " + 1)");
  }

  // if (X) becomes if (!(X)); so do loops.
  void Condition(size_t i) {
    if ((!Is(i, "if") && !Is(i, "while")) || !Is(i + 1, "(")) return;
    const size_t close = Matching(i + 1);
    if (close == 0) return;
    const size_t from = EndOf(i + 1), to = tokens_[close].offset;
    const std::string condition = source_.substr(from, to - from);
    // With a declaration it is no expression.
    if (condition.find(';') != std::string::npos) return;
    Add(from, to - from, "negate", "!(" + condition + ")");
  }

  void ByteOrder(size_t i) {
    if (Is(i, "kOrder") && i >= 2 && Is(i - 1, "::")) {
      const size_t start = tokens_[i - 2].offset;
      Add(start, EndOf(i) - start, "order", "std::endian::native");
    }
    if ((Is(i, "ByteSwap") || Is(i, "Convert")) && Is(i + 1, "(") && Matching(i + 1) != 0) {
      Add(tokens_[i].offset, tokens_[i].text.size(), "order", "");
    }
  }

  size_t Matching(size_t open) const {
    int depth = 0;
    for (size_t i = open; i < tokens_.size(); ++i) {
      if (Is(i, "(")) ++depth;
      if (Is(i, ")") && --depth == 0) return i;
    }
    return 0;
  }

  // One that begins behind `i`.
  void Statement(size_t i) {
    static constexpr std::string_view kDeclare[] = {
        "using",     "static",  "constexpr", "const",     "auto",     "struct",
        "class",     "enum",    "template",  "typedef",   "friend",   "inline",
        "namespace", "public",  "private",   "protected", "typename", "explicit",
        "if",        "for",     "while",     "do",        "else",     "switch",
        "case",      "default", "virtual",   "union",     "extern"};
    if (!Is(i, ";") && !Is(i, "{") && !Is(i, "}") && !Is(i, ")") && !Is(i, ":") && !Is(i, "else"))
      return;
    const size_t first = i + 1;
    if (first + 1 >= tokens_.size()) return;
    if (!IsWord(tokens_[first]) && !Is(first, "++") && !Is(first, "--") && !Is(first, "*")) return;
    for (const std::string_view word : kDeclare) {
      if (Is(first, word)) return;
    }
    const bool jump = Is(first, "return") || Is(first, "break") || Is(first, "continue");
    // TYPE NAME declares.
    if (!jump && IsWord(tokens_[first]) && IsWord(tokens_[first + 1])) return;
    int depth = 0;
    bool acts = jump || !IsWord(tokens_[first]);
    for (size_t j = first; j < tokens_.size(); ++j) {
      const std::string& text = tokens_[j].text;
      if (text == "(" || text == "[" || text == "{") ++depth;
      if (text == ")" || text == "]" || text == "}") --depth;
      // Not a body: that is more than a statement.
      if (depth < 0 || (depth > 0 && text == ";")) return;
      acts = acts || text == "(" || text == "++" || text == "--" ||
             (text.size() <= 3 && text.back() == '=');
      if (depth == 0 && text == ";") {
        if (acts)
          Add(tokens_[first].offset, tokens_[j].offset - tokens_[first].offset, "delete", "");
        return;
      }
    }
  }

  const std::string& source_;
  std::vector<Token> tokens_;
  std::vector<Fault> faults_;
};

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "mutate: cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stood there and what stands there now, on one line.
std::string Describe(const std::string& source, const Fault& fault) {
  std::string text = source.substr(fault.offset, fault.length) + " => " + fault.replacement;
  std::string line;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : c;
  }
  return line;
}

int List(uint64_t seed, const std::vector<std::string>& files) {
  std::vector<std::string> lines;
  for (const std::string& file : files) {
    const std::string source = Read(file);
    for (const Fault& fault : Finder(source).Faults()) {
      const auto at = source.begin() + static_cast<std::ptrdiff_t>(fault.offset);
      const auto line = 1 + std::count(source.begin(), at, '\n');
      lines.push_back(file + "\t" + std::to_string(fault.offset) + "\t" + fault.operator_name +
                      "\t" + std::to_string(line) + "\t" + Describe(source, fault));
    }
  }
  std::mt19937_64 random(seed);
  // std::shuffle may differ between libraries; the order must not.
  for (size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[random() % i]);
  for (const std::string& line : lines) std::puts(line.c_str());
  return 0;
}

int Apply(const std::string& file, size_t offset, const std::string& operator_name) {
  std::string source = Read(file);
  for (const Fault& fault : Finder(source).Faults()) {
    if (fault.offset != offset || fault.operator_name != operator_name) continue;
    source.replace(fault.offset, fault.length, fault.replacement);
    std::fwrite(source.data(), 1, source.size(), stdout);
    return 0;
  }
  std::fprintf(stderr, "mutate: %s has no fault %s at %zu\n", file.c_str(), operator_name.c_str(),
               offset);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 3 && words[0] == "list") {
    return List(std::strtoull(words[1].c_str(), nullptr, 10), {words.begin() + 2, words.end()});
  }
  if (words.size() == 4 && words[0] == "apply") {
    return Apply(words[1], std::strtoull(words[2].c_str(), nullptr, 10), words[3]);
  }
  std::fprintf(stderr, "usage: mutate list SEED FILE... | mutate apply FILE OFFSET OPERATOR\n");
  return 2;
}
