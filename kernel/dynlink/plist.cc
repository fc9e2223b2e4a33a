// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/dynlink/plist.h"

#include "kernel/kpi/errno.h"

namespace kld {

const char* TypeName(uint32_t type) {
  constexpr const char* kNames[] = {"nothing", "bool", "number", "string", "data", "array", "dict"};
  return type < std::size(kNames) ? kNames[type] : "nothing";
}

// One reading; recursion is bounded by PropertyList::kMaxDepth.
class PropertyListReader {
 public:
  PropertyListReader(std::string_view text, std::string_view name, PropertyList& list,
                     Report& report)
      : text_(text), name_(name), list_(list), report_(report) {}

  int Run() {
    Prologue();
    kld_value* root = nullptr;
    const bool good = Expect("<plist") && Skip('>') && Value(0, &root) && Expect("</plist>") &&
                      AtEnd() && (root->type == KLD_DICT || Bad("the outermost value is no dict"));
    return good ? 0 : error_;
  }

 private:
  // ---- Characters ----

  bool Starts(std::string_view what) const {
    return text_.size() - at_ >= what.size() &&
           std::memcmp(text_.data() + at_, what.data(), what.size()) == 0;
  }
  bool Take(std::string_view what) {
    if (!Starts(what)) return false;
    at_ += what.size();
    return true;
  }
  // Blanks and comments.
  void Blank() {
    for (;;) {
      while (at_ < text_.size() &&
             (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) {
        ++at_;
      }
      if (!Starts("<!--")) return;
      while (at_ < text_.size() && !Starts("-->")) ++at_;
      if (!Take("-->")) return;
    }
  }
  bool Skip(char until) {
    while (at_ < text_.size() && text_[at_] != until) ++at_;
    if (at_ == text_.size()) return Bad("a tag does not end");
    ++at_;
    return true;
  }
  void Prologue() {
    for (Blank(); Starts("<?") || Starts("<!DOCTYPE"); Blank()) {
      if (!Skip('>')) return;
    }
  }
  bool Expect(std::string_view what) {
    Blank();
    if (Take(what)) return true;
    return BadWanted(what);
  }
  bool AtEnd() {
    Blank();
    return at_ == text_.size() || Bad("there is more behind </plist>");
  }

  // ---- Errors ----

  unsigned LineNumber() const {
    unsigned line = 1;
    for (size_t i = 0; i < at_ && i < text_.size(); ++i) line += text_[i] == '\n';
    return line;
  }
  bool Bad(const char* why) {
    if (error_ != 0) return false;
    error_ = EINVAL;
    report_.Line("%.*s:%u: property list: %s", static_cast<int>(name_.size()), name_.data(),
                 LineNumber(), why);
    return false;
  }
  bool BadWanted(std::string_view what) {
    if (error_ != 0) return false;
    error_ = EINVAL;
    report_.Line("%.*s:%u: property list: %.*s expected", static_cast<int>(name_.size()),
                 name_.data(), LineNumber(), static_cast<int>(what.size()), what.data());
    return false;
  }
  bool NoMemory() {
    if (error_ != 0) return false;
    error_ = ENOMEM;
    report_.Line("%.*s: no memory for the property list", static_cast<int>(name_.size()),
                 name_.data());
    return false;
  }

  // ---- Values ----

  bool NewValue(uint32_t type, kld_value** out) {
    Owned<kld_value> node(New<kld_value>());
    if (!node) return NoMemory();
    node->type = type;
    *out = node.get();
    return list_.nodes_.Add(std::move(node)) || NoMemory();
  }

  bool Value(unsigned depth, kld_value** out) {
    if (depth == PropertyList::kMaxDepth) return Bad("nested too deeply");
    Blank();
    if (Take("<true/>")) return Bool(1, out);
    if (Take("<false/>")) return Bool(0, out);
    if (Take("<integer>")) return Number(out);
    if (Take("<string/>")) return NewValue(KLD_STRING, out) && SetBytes(**out, Text());
    if (Take("<string>")) return String(out);
    if (Take("<data/>")) return NewValue(KLD_DATA, out) && SetBytes(**out, Text());
    if (Take("<data>")) return Data(out);
    if (Take("<array/>")) return NewValue(KLD_ARRAY, out);
    if (Take("<array>")) return Array(depth, out);
    if (Take("<dict/>")) return NewValue(KLD_DICT, out);
    if (Take("<dict>")) return Dict(depth, out);
    return Bad("a value expected");
  }

  bool Bool(int64_t value, kld_value** out) {
    if (!NewValue(KLD_BOOL, out)) return false;
    (*out)->number = value;
    return true;
  }

  bool Number(kld_value** out) {
    if (!NewValue(KLD_NUMBER, out)) return false;
    const bool negative = Take("-");
    const unsigned base = Take("0x") ? 16 : 10;
    uint64_t value = 0;
    size_t digits = 0;
    for (; at_ < text_.size() && text_[at_] != '<'; ++at_, ++digits) {
      const char c = text_[at_];
      unsigned digit = base;
      if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
      if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a' + 10);
      if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A' + 10);
      if (digit >= base) return Bad("no number");
      if (__builtin_mul_overflow(value, uint64_t{base}, &value) ||
          __builtin_add_overflow(value, uint64_t{digit}, &value)) {
        return Bad("a number of more than 64 bits");
      }
    }
    const uint64_t limit = uint64_t{1} << 63;
    if (digits == 0) return Bad("no number");
    if (value > limit || (value == limit && !negative)) return Bad("a number of more than 64 bits");
    (*out)->number = static_cast<int64_t>(negative ? -value : value);
    return Take("</integer>") || BadWanted("</integer>");
  }

  // Text up to the next tag, entities replaced.
  bool Characters(Text& out) {
    const size_t first = at_;
    size_t size = 0;
    if (!Decode(nullptr, &size)) return false;
    char* const buffer = static_cast<char*>(Allocate(size + 1));
    if (buffer == nullptr) return NoMemory();
    at_ = first;
    size = 0;
    const bool good = Decode(buffer, &size) && (out.Set({buffer, size}) || NoMemory());
    Free(buffer);
    return good;
  }
  bool Decode(char* to, size_t* size) {
    while (at_ < text_.size() && text_[at_] != '<') {
      char c = text_[at_];
      if (c != '&') {
        ++at_;
      } else if (!Entity(&c)) {
        return Bad("an entity other than &lt; &gt; &amp; &quot; &apos;");
      }
      if (c == '\0') return Bad("a NUL character");
      if (to != nullptr) to[*size] = c;
      ++*size;
    }
    return true;
  }
  bool Entity(char* out) {
    constexpr std::string_view kNames[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
    for (size_t i = 0; i < std::size(kNames); ++i) {
      *out = "<>&\"'"[i];
      if (Take(kNames[i])) return true;
    }
    return false;
  }

  bool SetBytes(kld_value& value, Text text) {
    value.bytes = text.c_str();
    value.size = text.size();
    return list_.texts_.Add(std::move(text)) || NoMemory();
  }

  bool String(kld_value** out) {
    Text text;
    return NewValue(KLD_STRING, out) && Characters(text) &&
           (Take("</string>") || BadWanted("</string>")) && SetBytes(**out, std::move(text));
  }

  static int Base64Digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
  }

  // RFC 4648; blanks between the characters are allowed.
  bool Data(kld_value** out) {
    Text text;
    if (!NewValue(KLD_DATA, out) || !Characters(text)) return false;
    kld::Array<char> bytes;
    unsigned held = 0, bits = 0;
    size_t digits = 0, padding = 0;
    for (const char c : text.view()) {
      if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
      ++digits;
      if (c == '=') {
        ++padding;
        continue;
      }
      const int digit = Base64Digit(c);
      if (digit < 0 || padding != 0) return Bad("no base64");
      held = held << 6 | static_cast<unsigned>(digit);
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      if (!bytes.Add(static_cast<char>(held >> bits))) return NoMemory();
      held &= (1u << bits) - 1;
    }
    if (digits % 4 != 0 || padding > 2 || held != 0) return Bad("no base64");
    Text result;
    if (!result.Set({bytes.data(), bytes.size()})) return NoMemory();
    return (Take("</data>") || BadWanted("</data>")) && SetBytes(**out, std::move(result));
  }

  void AddMember(kld_value& parent, kld_value& member, const kld_value**& last) {
    *last = &member;
    last = &member.next;
    ++parent.size;
  }

  bool Array(unsigned depth, kld_value** out) {
    if (!NewValue(KLD_ARRAY, out)) return false;
    kld_value& array = **out;
    const kld_value** last = &array.first;
    for (Blank(); !Take("</array>"); Blank()) {
      kld_value* member = nullptr;
      if (!Value(depth + 1, &member)) return false;
      AddMember(array, *member, last);
    }
    return true;
  }

  bool Dict(unsigned depth, kld_value** out) {
    if (!NewValue(KLD_DICT, out)) return false;
    kld_value& dict = **out;
    const kld_value** last = &dict.first;
    for (Blank(); !Take("</dict>"); Blank()) {
      Text key;
      kld_value* member = nullptr;
      if (!Expect("<key>") || !Characters(key) || !Expect("</key>")) return false;
      for (const kld_value* other = dict.first; other != nullptr; other = other->next) {
        if (key == std::string_view(other->key)) return Bad("a key that occurs twice");
      }
      if (!Value(depth + 1, &member)) return false;
      member->key = key.c_str();
      if (!list_.texts_.Add(std::move(key))) return NoMemory();
      AddMember(dict, *member, last);
    }
    return true;
  }

  std::string_view text_;
  std::string_view name_;
  PropertyList& list_;
  Report& report_;
  size_t at_ = 0;
  int error_ = 0;
};

int PropertyList::Parse(std::string_view text, std::string_view name, Report& report) {
  if (text.size() > kMaxBytes) {
    report.Line("%.*s: property list: longer than %zu bytes", static_cast<int>(name.size()),
                name.data(), kMaxBytes);
    return EINVAL;
  }
  return PropertyListReader(text, name, *this, report).Run();
}

}  // namespace kld
