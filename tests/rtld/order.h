// SPDX-License-Identifier: BSD-2-Clause
//
// An image that says when it is initialised and terminated: DT_INIT_ARRAY and DT_FINI_ARRAY, two
// entries each, the second of which must come second, or first.
#pragma once

#include "tests/rtld/tiny.h"

#define ANNOUNCE(name)                                               \
  namespace {                                                        \
  [[gnu::constructor(1001)]] void FirstIn() { say("+" name "1 "); }  \
  [[gnu::constructor(1002)]] void SecondIn() { say("+" name "2 "); } \
  [[gnu::destructor(1001)]] void LastOut() { say("-" name "1 "); }   \
  [[gnu::destructor(1002)]] void FirstOut() { say("-" name "2 "); }  \
  }
