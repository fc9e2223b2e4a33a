// SPDX-License-Identifier: BSD-2-Clause
//
// argv and envp of a program that is about to start. Pure but for the heap.
#pragma once

#include <string_view>

#include "kernel/base/result.h"
#include "kernel/base/vector.h"

namespace exec {

inline constexpr size_t kArgumentsMax = size_t{192} << 10;  // strings and pointers of all
inline constexpr size_t kArgumentMax = size_t{128} << 10;   // one string with its NUL, as on Linux

// One block: argv's strings, then envp's, each with its NUL.
struct Arguments {
  base::Vector<char> strings;
  size_t argument_count = 0;
  size_t environment_count = 0;
  size_t unfinished = 0;  // bytes of the last string, which has no NUL yet

  // What the string that the next Add ends begins with. E2BIG, ENOMEM.
  base::Error Begin(std::string_view part);
  // Environment strings come after all arguments.
  base::Error Add(std::string_view text, bool environment);
};

}  // namespace exec
