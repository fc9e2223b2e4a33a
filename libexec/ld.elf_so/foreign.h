// SPDX-License-Identifier: BSD-2-Clause
//
// Libraries that only another run-time linker can start: a C library keeps private state that its
// own linker sets up, so it cannot be mapped like any other.
#pragma once

#include <string_view>

namespace ldso {

// Whether `soname` is a C library, or the run-time linker of one: glibc's and musl's names.
[[nodiscard]] constexpr bool IsForeignLibc(std::string_view soname) {
  constexpr std::string_view kPrefixes[] = {"libc.so", "libc.musl-", "ld-linux", "ld-musl-",
                                            "ld64.so"};
  for (const std::string_view prefix : kPrefixes) {
    if (soname.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace ldso
