// SPDX-License-Identifier: BSD-2-Clause

#include "tools/json.h"

#include <cctype>
#include <cstdlib>
#include <utility>

namespace tools {
namespace {

constexpr int kMaxDepth = 100;

// The UTF-8 of one UTF-16 unit. Surrogates are encoded one by one: nothing here looks at them.
void AppendUnit(std::string& out, unsigned unit) {
  if (unit < 0x80) {
    out += static_cast<char>(unit);
  } else if (unit < 0x800) {
    out += static_cast<char>(0xc0 | unit >> 6);
    out += static_cast<char>(0x80 | (unit & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | unit >> 12);
    out += static_cast<char>(0x80 | (unit >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (unit & 0x3f));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Json> Whole() {
    std::optional<Json> value = Value(0);
    Blanks();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  void Blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Take(char c) {
    Blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<Json> Value(int depth) {
    Blanks();
    if (at_ >= text_.size() || depth > kMaxDepth) return std::nullopt;
    switch (text_[at_]) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"': {
        Json value{Json::Kind::kString, {}, {}, {}};
        if (!String(value.text)) return std::nullopt;
        return value;
      }
      default:
        return Word();
    }
  }

  std::optional<Json> Object(int depth) {
    Json value{Json::Kind::kObject, {}, {}, {}};
    ++at_;
    if (Take('}')) return value;
    do {
      std::string name;
      Blanks();
      if (!String(name) || !Take(':')) return std::nullopt;
      std::optional<Json> member = Value(depth + 1);
      if (!member) return std::nullopt;
      value.members[name] = std::move(*member);
    } while (Take(','));
    if (!Take('}')) return std::nullopt;
    return value;
  }

  std::optional<Json> Array(int depth) {
    Json value{Json::Kind::kArray, {}, {}, {}};
    ++at_;
    if (Take(']')) return value;
    do {
      std::optional<Json> element = Value(depth + 1);
      if (!element) return std::nullopt;
      value.elements.push_back(std::move(*element));
    } while (Take(','));
    if (!Take(']')) return std::nullopt;
    return value;
  }

  bool String(std::string& out) {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c != '\\') {
        out += c;
      } else if (!Escape(out)) {
        return false;
      }
    }
    return false;
  }

  // Leaves `at_` on the escape's last character.
  bool Escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (++at_ >= text_.size()) return false;
    if (const size_t index = kNames.find(text_[at_]); index != kNames.npos) {
      out += kMeanings[index];
      return true;
    }
    if (text_[at_] != 'u' || at_ + 4 >= text_.size()) return false;
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char digit = text_[++at_];
      if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) return false;
      unit = unit * 16 +
             static_cast<unsigned>(std::strtoul(std::string(1, digit).c_str(), nullptr, 16));
    }
    AppendUnit(out, unit);
    return true;
  }

  std::optional<Json> Word() {
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  std::string_view("+-.").find(text_[at_]) != text_.npos)) {
      ++at_;
    }
    const std::string word(text_.substr(start, at_ - start));
    if (word == "null") return Json{};
    if (word == "true" || word == "false") return Json{Json::Kind::kBool, word, {}, {}};
    char* end = nullptr;
    std::strtod(word.c_str(), &end);
    if (word.empty() || *end != '\0') return std::nullopt;
    return Json{Json::Kind::kNumber, word, {}, {}};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

const Json& Json::operator[](const std::string& name) const {
  static const Json kNone;
  const auto found = members.find(name);
  return found == members.end() ? kNone : found->second;
}

std::optional<Json> ParseJson(std::string_view text) { return Parser(text).Whole(); }

}  // namespace tools
