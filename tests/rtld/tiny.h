// SPDX-License-Identifier: BSD-2-Clause
//
// Everything that test programs and libraries have for a C library.
#pragma once

#include <cstddef>
#include <cstdint>

#define EXPORTED [[gnu::visibility("default")]]

extern "C" {
// Text, a number and a blank, to standard output. In libtiny.so.
EXPORTED void say(const char* text);
EXPORTED void say_number(long value);
EXPORTED void say_hex(unsigned long value);

// The program; its result is the exit status.
int test_main(int argc, char** argv, char** environment);
}
