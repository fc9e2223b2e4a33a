// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/versions.h"

#include <elf.h>

#include <stdexcept>

namespace oracle {
namespace {

uint64_t TagOf(const Image& image, uint64_t tag) {
  const auto found = image.tags.find(tag);
  return found == image.tags.end() ? 0 : found->second;
}

uint64_t Number(const Image& image, uint64_t vaddr, unsigned size) {
  if (const std::optional<uint64_t> word = image.Word(vaddr, size)) return *word;
  throw std::runtime_error(image.path + ": versions are in no segment");
}

std::string String(const Image& image, uint64_t offset) {
  std::string text;
  for (uint64_t at = TagOf(image, DT_STRTAB) + offset;; ++at) {
    const char letter = static_cast<char>(Number(image, at, 1));
    if (letter == 0) return text;
    text += letter;
  }
}

}  // namespace

// Elf32_Verdef and its like are the 64-bit ones.
Versions VersionsOf(const Image& image) {
  Versions versions;
  uint64_t at = TagOf(image, DT_VERDEF);
  for (uint64_t i = 0; i < TagOf(image, DT_VERDEFNUM); ++i) {
    const uint64_t name = at + Number(image, at + 12, 4);
    versions.defined.insert(String(image, Number(image, name, 4)));
    at += Number(image, at + 16, 4);
  }
  at = TagOf(image, DT_VERNEED);
  for (uint64_t i = 0; i < TagOf(image, DT_VERNEEDNUM); ++i) {
    const std::string file = String(image, Number(image, at + 4, 4));
    uint64_t aux = at + Number(image, at + 8, 4);
    for (uint64_t j = 0, count = Number(image, at + 2, 2); j < count; ++j) {
      versions.needed.push_back({.file = file,
                                 .name = String(image, Number(image, aux + 8, 4)),
                                 .weak = (Number(image, aux + 4, 2) & VER_FLG_WEAK) != 0});
      aux += Number(image, aux + 12, 4);
    }
    at += Number(image, at + 12, 4);
  }
  return versions;
}

}  // namespace oracle
