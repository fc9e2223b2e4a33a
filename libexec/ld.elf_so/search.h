// SPDX-License-Identifier: BSD-2-Clause
//
// Where libraries are looked for. A name with a '/' is a path. Any other is looked for in
//
//   1. DT_RPATH of the image that needs it, of the one that brought that in, and so on up to the
//      program, each only if it has no DT_RUNPATH; nothing of it if the image that needs the
//      library has a DT_RUNPATH;
//   2. LD_LIBRARY_PATH or --library-path;
//   3. DT_RUNPATH of the image that needs it;
//   4. /lib and /usr/lib, unless the image that needs it has DF_1_NODEFLIB.
//
// $ORIGIN and ${ORIGIN} stand for the directory of the image whose path it is. An element with a
// token that is not known is passed over. An empty element is the current directory.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "libexec/ld.elf_so/options.h"

namespace ldso {

inline constexpr size_t kMaxPath = 4096;

inline constexpr std::string_view kDefaultPath = "/lib:/usr/lib";

// The image that needs a library, and those that brought it in.
struct Needer {
  std::string_view path;  // absolute, or relative to the current directory
  std::string_view rpath;
  std::string_view runpath;
  const Needer* brought_in_by = nullptr;
  bool no_default_path = false;  // DF_1_NODEFLIB
};

// "/a/b/c" -> "/a/b", "c" -> ".", "/c" -> "/".
[[nodiscard]] std::string_view DirectoryOf(std::string_view path);

// Writes `text` with $ORIGIN replaced into `out`; 0 if a token is unknown, a '$' stands alone, or
// it does not fit. `origin` empty: $ORIGIN is unknown (a process with more rights than its user).
[[nodiscard]] size_t Expand(std::string_view text, std::string_view origin, std::span<char> out);

// One directory to look in. `source` says whose it is, for messages.
struct Directory {
  std::string_view text;    // not expanded
  std::string_view origin;  // of the image it belongs to
  std::string_view source;  // "DT_RPATH", "LD_LIBRARY_PATH", ...
};

// Calls visit(directory) for each directory in order, until it returns true; whether one did.
// `needer` may be nullptr (preloads), `secure` leaves out LD_LIBRARY_PATH and $ORIGIN.
template <class Visit>
bool ForEachDirectory(const Needer* needer, std::string_view library_path, bool secure,
                      Visit&& visit) {
  const auto walk = [&](std::string_view list, std::string_view separators, std::string_view image,
                        std::string_view source) {
    std::string_view origin = secure || image.empty() ? std::string_view() : DirectoryOf(image);
    std::string_view element;
    while (NextElement(list, separators, element)) {
      if (visit(Directory{element.empty() ? "." : element, origin, source})) return true;
    }
    return false;
  };

  if (needer && needer->runpath.empty()) {
    for (const Needer* image = needer; image; image = image->brought_in_by) {
      if (!image->runpath.empty() || image->rpath.empty()) continue;
      if (walk(image->rpath, ":", image->path, "DT_RPATH")) return true;
    }
  }
  if (!secure && !library_path.empty() && walk(library_path, ":;", {}, "LD_LIBRARY_PATH")) {
    return true;
  }
  if (needer && !needer->runpath.empty() &&
      walk(needer->runpath, ":", needer->path, "DT_RUNPATH")) {
    return true;
  }
  if (needer && needer->no_default_path) return false;
  return walk(kDefaultPath, ":", {}, "default");
}

}  // namespace ldso
