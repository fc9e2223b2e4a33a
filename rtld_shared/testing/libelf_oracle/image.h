// SPDX-License-Identifier: BSD-2-Clause
//
// Image: a dynamic ELF file of any machine, read with libelf from its program headers and dynamic
// section. Shares no code with rtld_shared: it is what rtld_shared is compared with.
//
// Everything is read once and kept in plain structs, in host byte order. An image that is damaged
// is an error here; the oracle has no use for hostile files. Programs of CPUs for which there is no
// libelf read what it said on the host (records.h).

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/calculations.h"

namespace oracle {

struct Segment {
  uint32_t type = 0, flags = 0;
  uint64_t vaddr = 0, memsz = 0, offset = 0, filesz = 0, align = 0;
};

// Version of a symbol. `name` is empty for the base version and for images without versions.
struct Version {
  std::string name;
  std::string file;  // of a reference: the Verneed entry's
  bool hidden = false;
  bool weak = false;  // of a reference: VER_FLG_WEAK
  bool local = false;
  bool oldest = false;  // of a definition: the base, or the file's first version
};

struct Symbol {
  std::string name;
  Version version;
  uint64_t value = 0, size = 0;
  unsigned bind = 0, type = 0, other = 0, section = 0;

  [[nodiscard]] unsigned visibility() const { return other & 3; }
};

struct Relocation {
  uint64_t place = 0;
  uint32_t type = 0, symbol = 0;
  std::optional<uint64_t> addend;  // none: REL, it is in the word at the place
  bool slot = false;               // of DT_JMPREL
};

class Image {
 public:
  // Reads the file. False leaves a message in `error`.
  [[nodiscard]] bool Open(const std::string& path, const Format& format, std::string& error);

  // The same for bytes that are in no file; `path` is only its name in messages.
  [[nodiscard]] bool Parse(const std::string& path, std::vector<uint8_t> bytes,
                           const Format& format, std::string& error);

  // e_machine of a file, or 0 if it is not an ELF file.
  [[nodiscard]] static uint16_t MachineOf(const std::string& path);

  // `size` bytes at a link-time address as they are before relocation, in host order; nothing if no
  // segment has them.
  [[nodiscard]] std::optional<uint64_t> Word(uint64_t vaddr, unsigned size) const;
  // Where in the file a link-time address is; nothing if no segment has it.
  [[nodiscard]] std::optional<uint64_t> FileOffset(uint64_t vaddr) const;
  // The whole image before relocation, from its lowest page-aligned segment address on: file
  // contents, zeros elsewhere.
  [[nodiscard]] std::vector<uint8_t> Memory() const;
  // Writes `value` of `size` bytes into a copy made by Memory; reads it.
  void Store(std::vector<uint8_t>& memory, uint64_t vaddr, unsigned size, uint64_t value) const;
  [[nodiscard]] uint8_t* At(std::vector<uint8_t>& memory, uint64_t vaddr, uint64_t size) const;

  std::string path, soname;
  uint16_t machine = 0;
  uint32_t flags = 0;
  unsigned address_bytes = 0;
  bool big_endian = false;
  std::vector<Segment> segments;
  std::map<uint64_t, uint64_t> tags;  // the first of each tag
  std::vector<std::string> needed;
  std::vector<Symbol> symbols;
  std::unordered_map<std::string, std::vector<uint32_t>> by_name;  // indexes of symbols, ascending
  std::vector<Relocation> relocations;  // DT_REL, DT_RELA, DT_JMPREL, words of Format::got
  std::vector<uint64_t> packed;         // places of DT_RELR

 private:
  std::vector<uint8_t> file_;
};

// Fills in all of an image but its path from the bytes of its file. Throws a std::runtime_error that
// says what is wrong with it.
void ReadImage(std::vector<uint8_t>& file, const Format& format, Image& image);

// The contents of a file; throws if it cannot be read.
[[nodiscard]] std::vector<uint8_t> ReadBytes(const std::string& path);

}  // namespace oracle
