// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED const char* greeting() { return "hello"; }
// Goes through the PLT: whoever interposes greeting() changes it for the library too.
EXPORTED void greet() { say(greeting()); }
}
