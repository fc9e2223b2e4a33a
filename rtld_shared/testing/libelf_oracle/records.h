// SPDX-License-Identifier: BSD-2-Clause
//
// Records: what the oracle says on the host, in a text file, for test programs of other CPUs, which
// have no libelf. A test that runs on the host with ORACLE_RECORD=FILE in its environment adds to
// the file every image that libelf has read for it and the digest of all words that the oracle
// expects of a comparison. The same test on another CPU finds both by the contents of the files.
//
// One record a line: a key, a blank, the text.

#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/image.h"

namespace oracle {

// Tells files of a test apart: FNV-1a, but eight bytes at a time, little-endian, and each number
// mixed by a shift, for high bits would not reach low ones. The same on every CPU.
class Digest {
 public:
  void Add(const std::vector<uint8_t>& bytes);
  void AddNumber(uint64_t number) {
    value_ = (value_ ^ number) * 0x100000001b3;
    value_ ^= value_ >> 29;
  }
  [[nodiscard]] std::string Text() const;

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

class Records {
 public:
  // Those of the process. They are written if the environment says so.
  static Records& Get();

  // Both throw a std::runtime_error if the file does not open.
  void Read(const std::string& path);
  void StartWriting(const std::string& path);

  [[nodiscard]] bool writing() const { return out_.is_open(); }
  [[nodiscard]] bool reading() const { return !path_.empty(); }
  void Write(const std::string& key, const std::string& text);
  // Throws if there is none: the host's run has not met these files.
  [[nodiscard]] const std::string& Find(const std::string& key) const;

 private:
  std::string path_;
  std::unordered_map<std::string, std::string> texts_;
  std::ofstream out_;
  std::unordered_set<std::string> written_;
};

// The key of an image.
[[nodiscard]] std::string KeyOf(const std::vector<uint8_t>& file, const Format& format);

// An image without its path and its bytes as one line, and back. Names have no blanks. Both throw a
// std::runtime_error.
[[nodiscard]] std::string Describe(const Image& image);
void ReadDescription(std::string_view text, Image& image);

}  // namespace oracle
