// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/image.h"

#include <elf.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace oracle {

std::vector<uint8_t> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<uint8_t> bytes(file ? static_cast<size_t>(file.tellg()) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot be read");
  return bytes;
}

bool Image::Open(const std::string& file, const Format& format, std::string& error) {
  try {
    return Parse(file, ReadBytes(file), format, error);
  } catch (const std::runtime_error& failure) {
    error = file + ": " + failure.what();
    return false;
  }
}

bool Image::Parse(const std::string& name, std::vector<uint8_t> bytes, const Format& format,
                  std::string& error) {
  path = name;
  file_ = std::move(bytes);
  try {
    ReadImage(file_, format, *this);
    return true;
  } catch (const std::runtime_error& failure) {
    error = name + ": " + failure.what();
    return false;
  }
}

std::optional<uint64_t> Image::Word(uint64_t vaddr, unsigned size) const {
  for (const Segment& segment : segments) {
    if (segment.type != PT_LOAD || vaddr < segment.vaddr || segment.memsz < size ||
        vaddr - segment.vaddr > segment.memsz - size) {
      continue;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      const uint64_t at = vaddr - segment.vaddr + (big_endian ? i : size - 1 - i);
      value = value << 8 | (at < segment.filesz ? file_[segment.offset + at] : 0);
    }
    return value;
  }
  return std::nullopt;
}

namespace {

uint64_t LowestPage(const std::vector<Segment>& segments) {
  uint64_t lowest = ~uint64_t{0};
  for (const Segment& segment : segments) {
    if (segment.type == PT_LOAD) lowest = std::min(lowest, segment.vaddr & ~uint64_t{0xfff});
  }
  return lowest;
}

}  // namespace

std::vector<uint8_t> Image::Memory() const {
  const uint64_t base = LowestPage(segments);
  std::vector<uint8_t> memory;
  for (const Segment& segment : segments) {
    if (segment.type != PT_LOAD) continue;
    const uint64_t at = segment.vaddr - base;
    if (memory.size() < at + segment.memsz) memory.resize(at + segment.memsz);
    std::copy_n(file_.begin() + static_cast<ptrdiff_t>(segment.offset), segment.filesz,
                memory.begin() + static_cast<ptrdiff_t>(at));
  }
  return memory;
}

void Image::Store(std::vector<uint8_t>& memory, uint64_t vaddr, unsigned size,
                  uint64_t value) const {
  uint8_t* to = At(memory, vaddr, size);
  for (unsigned i = 0; i < size; ++i) {
    to[big_endian ? size - 1 - i : i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

uint8_t* Image::At(std::vector<uint8_t>& memory, uint64_t vaddr, uint64_t size) const {
  const uint64_t at = vaddr - LowestPage(segments);
  if (at > memory.size() || size > memory.size() - at) {
    throw std::runtime_error(path + ": a place is outside the image");
  }
  return memory.data() + at;
}

std::optional<uint64_t> Image::FileOffset(uint64_t vaddr) const {
  for (const Segment& segment : segments) {
    if (segment.type == PT_LOAD && vaddr >= segment.vaddr &&
        vaddr - segment.vaddr < segment.filesz) {
      return segment.offset + (vaddr - segment.vaddr);
    }
  }
  return std::nullopt;
}

}  // namespace oracle
