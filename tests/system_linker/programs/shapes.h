/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What libleft.so, libright.so and the program have in common: vtables, type information, unique
 * variables and template instances of which each has its own copy, and one must win.
 */
#pragma once

#include <map>
#include <stdexcept>
#include <string>

struct Shape {
  virtual ~Shape() = default;
  virtual std::string Name() const { return "shape"; }
};

struct Round : virtual Shape {
  std::string Name() const override { return "round"; }
};

struct Flat : virtual Shape {
  std::string Name() const override { return "flat"; }
};

struct Coin : Round, Flat {
  std::string Name() const override { return "coin"; }
};

struct Unshapely : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
struct Counter {
  static inline int made = 0;
  Counter() { ++made; }
};

inline std::map<std::string, int>& Registry() {
  static std::map<std::string, int> registry;
  return registry;
}

Shape* MakeLeft();
Shape* MakeRight();
