// SPDX-License-Identifier: BSD-2-Clause
//
// What the user asked for: LD_* variables, and the command line of `ld.elf_so PROGRAM`.
#pragma once

#include <cstdint>
#include <string_view>

namespace ldso {

// Topics of LD_DEBUG.
enum Debug : uint32_t {
  kDebugFiles = 1,       // images: where they come from and go to
  kDebugLibs = 2,        // every place a library is looked for
  kDebugReloc = 4,       // the phases of relocation
  kDebugBindings = 8,    // every symbol bound
  kDebugStatistics = 16  // counts and times
};

struct Options {
  std::string_view library_path;  // directories, separated by ':' or ';'
  std::string_view preload;       // LD_PRELOAD: names, separated by ':' or ' '
  std::string_view more_preload;  // --preload, which comes first
  bool bind_now = false;
  bool list = false;    // LD_TRACE_LOADED_OBJECTS or --list
  bool verify = false;  // --verify
  bool help = false;
  uint32_t debug = 0;
  std::string_view unknown_debug;  // a topic of LD_DEBUG that does not exist

  // Of the command line only.
  int own_arguments = 0;  // leading arguments that the program does not see
  const char* argv0 = nullptr;
  const char* program = nullptr;
  const char* error = nullptr;  // what is wrong with the command line
  const char* error_word = "";
};

// Takes LD_* from the environment. A process that runs with more rights than its user (AT_SECURE)
// takes nothing from it.
void ReadEnvironment(char* const* environment, bool secure, Options& options);

// Takes the arguments in front of the program's name. False if they make no sense: `error` says
// why.
// --help needs no program. What the command line says overrides the environment.
[[nodiscard]] bool ReadCommandLine(int argc, char* const* argv, Options& options);

extern const char kHelpText[];

// Whether the character is in the text. (string_view's own find wants memchr of a C library.)
[[nodiscard]] bool Contains(std::string_view text, char wanted);

// Cuts the first element off a list whose separators are the characters of `separators`; elements
// may be empty. False when the list is at its end (data() == nullptr).
[[nodiscard]] bool NextElement(std::string_view& list, std::string_view separators,
                               std::string_view& element);

}  // namespace ldso
