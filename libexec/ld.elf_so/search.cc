// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/search.h"

#include <cstring>

namespace ldso {
namespace {

bool StartsWith(std::string_view text, size_t at, std::string_view word) {
  return word.size() <= text.size() - at &&
         std::memcmp(text.data() + at, word.data(), word.size()) == 0;
}

// The length of the $ORIGIN token at `at`, or 0.
size_t OriginToken(std::string_view text, size_t at) {
  constexpr std::string_view kBraced = "${ORIGIN}", kPlain = "$ORIGIN";
  if (StartsWith(text, at, kBraced)) return kBraced.size();
  if (!StartsWith(text, at, kPlain)) return 0;
  // $ORIGINAL is another token.
  const size_t end = at + kPlain.size();
  if (end == text.size()) return kPlain.size();
  const char next = text[end];
  const bool word = (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z') ||
                    (next >= '0' && next <= '9') || next == '_';
  return word ? 0 : kPlain.size();
}

}  // namespace

std::string_view DirectoryOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string_view(path.data(), slash == 0 ? 1 : slash);
}

size_t Expand(std::string_view text, std::string_view origin, std::span<char> out) {
  size_t length = 0;
  const auto append = [&](std::string_view piece) {
    if (piece.size() > out.size() - length) return false;
    std::memcpy(out.data() + length, piece.data(), piece.size());
    length += piece.size();
    return true;
  };
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      if (!append(std::string_view(text.data() + i, 1))) return 0;
      ++i;
      continue;
    }
    const size_t token = OriginToken(text, i);
    if (token == 0 || origin.empty() || !append(origin)) return 0;
    i += token;
  }
  return length;
}

}  // namespace ldso
