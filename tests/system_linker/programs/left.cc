// SPDX-License-Identifier: BSD-2-Clause
//
// libleft.so: classes of the C++ library and of ours, exceptions, and thread-local variables by the
// model for any library.

#include <iostream>
#include <sstream>

#include "base.h"
#include "shapes.h"

thread_local std::string left_text = "left";
static thread_local int left_only[3] = {1, 2, 3};

Shape* MakeLeft() {
  static Counter<int> counter;
  Registry()["left"] = answer() + base_tls + left_only[base_tls_zero];
  std::ostringstream text;
  text << left_text << Counter<int>::made;
  try {
    if (text.str().empty()) throw Unshapely("empty");
  } catch (const Unshapely& error) {
    std::cerr << error.what() << "\n";
  }
  return new Coin;
}

Shape* (*const left_pointer)() = MakeLeft;
