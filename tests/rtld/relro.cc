// SPDX-License-Identifier: BSD-2-Clause
//
// Writes to data that is constant after relocation; with an argument, to that of its library.
#include "tests/rtld/tiny.h"

extern "C" EXPORTED const char* const* library_words();

namespace {

const char* const words[] = {"one", "two"};

}  // namespace

int test_main(int argc, char**, char**) {
  const char* const* place = argc > 1 ? library_words() : words;
  say(place[0]);
  say(" ");
  *const_cast<const char* volatile*>(place) = "changed";
  say(place[0]);
  return 0;
}
