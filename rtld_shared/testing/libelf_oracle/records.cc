// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/records.h"

#include <bit>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace oracle {
namespace {

// Writer and Reader of a line have the same functions, so that one list of fields serves both.
class LineWriter {
 public:
  template <class T>
  void Number(const T& number) {
    char digits[20];
    std::snprintf(digits, sizeof(digits), "%" PRIx64 " ", static_cast<uint64_t>(number));
    text_ += digits;
  }
  void Text(const std::string& text) {
    if (text.find_first_of(" \n") != text.npos) throw std::runtime_error("a name with blanks");
    text_ += "=" + text + " ";
  }
  template <class T>
  void Count(const std::vector<T>& list) {
    Number(list.size());
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  template <class T>
  void Number(T& number) {
    uint64_t value = 0;
    for (const char digit : Word()) {
      const bool letter = digit >= 'a';
      value = value << 4 | static_cast<uint64_t>(digit - (letter ? 'a' - 10 : '0'));
    }
    number = static_cast<T>(value);
  }
  void Text(std::string& text) {
    const std::string_view word = Word();
    if (!word.starts_with('=')) throw std::runtime_error("a name was expected");
    text = word.substr(1);
  }
  template <class T>
  void Count(std::vector<T>& list) {
    uint64_t count = 0;
    Number(count);
    if (count > rest_.size()) throw std::runtime_error("the line is too short");
    list.resize(static_cast<size_t>(count));
  }

 private:
  std::string_view Word() {
    const size_t end = rest_.find(' ');
    if (end == rest_.npos) throw std::runtime_error("the line is too short");
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return word;
  }

  std::string_view rest_;
};

template <class Line, class S>
void SegmentFields(Line& line, S& segment) {
  line.Number(segment.type);
  line.Number(segment.flags);
  for (auto* number :
       {&segment.vaddr, &segment.memsz, &segment.offset, &segment.filesz, &segment.align}) {
    line.Number(*number);
  }
}

template <class Line, class S>
void SymbolFields(Line& line, S& symbol) {
  line.Text(symbol.name);
  line.Text(symbol.version.name);
  line.Text(symbol.version.file);
  for (auto* flag : {&symbol.version.hidden, &symbol.version.weak, &symbol.version.local,
                     &symbol.version.oldest}) {
    line.Number(*flag);
  }
  line.Number(symbol.value);
  line.Number(symbol.size);
  for (auto* number : {&symbol.bind, &symbol.type, &symbol.other, &symbol.section}) {
    line.Number(*number);
  }
}

template <class Line, class R>
void RelocationFields(Line& line, R& relocation) {
  line.Number(relocation.place);
  line.Number(relocation.type);
  line.Number(relocation.symbol);
  line.Number(relocation.slot);
  bool has_addend = relocation.addend.has_value();
  line.Number(has_addend);
  if (!has_addend) return;
  uint64_t addend = relocation.addend.value_or(0);
  line.Number(addend);
  if constexpr (!std::is_const_v<R>) relocation.addend = addend;
}

template <class Line, class I>
void ImageFields(Line& line, I& image, std::vector<std::pair<uint64_t, uint64_t>>& tags) {
  line.Text(image.soname);
  line.Number(image.machine);
  line.Number(image.flags);
  line.Number(image.address_bytes);
  line.Number(image.big_endian);
  line.Count(image.segments);
  for (auto& segment : image.segments) SegmentFields(line, segment);
  line.Count(tags);
  for (auto& [tag, value] : tags) {
    line.Number(tag);
    line.Number(value);
  }
  line.Count(image.needed);
  for (auto& name : image.needed) line.Text(name);
  line.Count(image.symbols);
  for (auto& symbol : image.symbols) SymbolFields(line, symbol);
  line.Count(image.relocations);
  for (auto& relocation : image.relocations) RelocationFields(line, relocation);
  line.Count(image.packed);
  for (auto& place : image.packed) line.Number(place);
}

}  // namespace

void Digest::Add(const std::vector<uint8_t>& bytes) {
  const uint8_t* at = bytes.data();
  for (const uint8_t* const end = at + bytes.size() / 8 * 8; at != end; at += 8) {
    uint64_t number = 0;
    std::memcpy(&number, at, sizeof(number));
    if constexpr (std::endian::native == std::endian::big) number = __builtin_bswap64(number);
    AddNumber(number);
  }
  uint64_t rest = 0;
  for (size_t i = 0; i < bytes.size() % 8; ++i) rest |= uint64_t{at[i]} << (8 * i);
  AddNumber(rest);
  AddNumber(bytes.size());
}

std::string Digest::Text() const {
  char text[20];
  std::snprintf(text, sizeof(text), "%016" PRIx64, value_);
  return text;
}

Records& Records::Get() {
  static Records records;
  static const bool kAsked = [] {
    const char* path = std::getenv("ORACLE_RECORD");
    if (path != nullptr) records.StartWriting(path);
    return path != nullptr;
  }();
  static_cast<void>(kAsked);
  return records;
}

void Records::StartWriting(const std::string& path) {
  out_.open(path, std::ios::app);
  if (!out_) throw std::runtime_error(path + ": cannot be written");
}

void Records::Read(const std::string& path) {
  if (path == path_) return;
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  path_ = path;
  for (std::string line; std::getline(in, line);) {
    const size_t blank = line.find(' ');
    if (blank == line.npos) throw std::runtime_error(path + ": a line without a blank");
    texts_.emplace(line.substr(0, blank), line.substr(blank + 1));
  }
}

void Records::Write(const std::string& key, const std::string& text) {
  if (written_.insert(key).second) out_ << key << ' ' << text << std::endl;
}

const std::string& Records::Find(const std::string& key) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) {
    throw std::runtime_error((path_.empty() ? "no file" : path_) + " has no record " + key);
  }
  return found->second;
}

std::string KeyOf(const std::vector<uint8_t>& file, const Format& format) {
  Digest digest;
  digest.AddNumber(format.hash_word);
  digest.AddNumber(format.composed);
  const Got got = format.got.value_or(Got{});
  digest.AddNumber(got.type);
  for (const uint64_t tag : {got.local_tag, got.first_tag, got.all_tag}) digest.AddNumber(tag);
  digest.Add(file);
  return "image-" + digest.Text();
}

std::string Describe(const Image& image) {
  LineWriter line;
  std::vector<std::pair<uint64_t, uint64_t>> tags(image.tags.begin(), image.tags.end());
  ImageFields(line, image, tags);
  return line.text();
}

void ReadDescription(std::string_view text, Image& image) {
  LineReader line(text);
  std::vector<std::pair<uint64_t, uint64_t>> tags;
  ImageFields(line, image, tags);
  image.tags.insert(tags.begin(), tags.end());
  for (size_t i = 0; i < image.symbols.size(); ++i) {
    image.by_name[image.symbols[i].name].push_back(static_cast<uint32_t>(i));
  }
}

}  // namespace oracle
