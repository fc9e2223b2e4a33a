// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

namespace {

const char* const words[] = {"three", "four"};

}  // namespace

extern "C" EXPORTED const char* const* library_words() { return words; }
