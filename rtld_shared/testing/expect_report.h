// SPDX-License-Identifier: BSD-2-Clause
//
// Comparing reports as a whole: EXPECT_TRUE(OnlyError(collector, {...})) wants exactly one error,
// with every field and both lists as given, and says which field differs.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rtld_shared/seams/diagnostics.h"
#include "rtld_shared/testing/fakes.h"

namespace rtld::testing {

// What is expected: a Report, with its lists as vectors.
struct Expected {
  Report report;
  std::vector<std::string> list = {};
  std::vector<std::string> searched = {};
};

inline ::testing::AssertionResult Matches(const StoredReport& actual, const Expected& expected) {
  const Report &a = actual.flat, &e = expected.report;
  std::string wrong;
  const auto text = [&wrong](const char* field, std::string_view is, std::string_view should) {
    if (is != should) {
      wrong += std::string(" ") + field + " is '" + std::string(is) + "', not '" +
               std::string(should) + "';";
    }
  };
  const auto number = [&wrong](const char* field, uint64_t is, uint64_t should) {
    if (is != should) {
      wrong += std::string(" ") + field + " is " + std::to_string(is) + ", not " +
               std::to_string(should) + ";";
    }
  };
  number("error", static_cast<uint64_t>(a.error), static_cast<uint64_t>(e.error));
  number("reason", static_cast<uint64_t>(a.reason), static_cast<uint64_t>(e.reason));
  number("has_place", a.has_place, e.has_place);
  number("has_type", a.has_type, e.has_type);
  text("image", a.image, e.image);
  text("needed_by", a.needed_by, e.needed_by);
  text("symbol", a.symbol, e.symbol);
  text("wanted", a.wanted, e.wanted);
  text("other", a.other, e.other);
  text("detail", a.detail, e.detail);
  text("type_name", a.type_name, e.type_name);
  number("place", a.place, e.place);
  number("value", a.value, e.value);
  number("limit", a.limit, e.limit);
  number("type", a.type, e.type);
  number("count", a.count, e.count);
  const auto join = [](const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += name + ",";
    return all;
  };
  text("list", join(actual.list), join(expected.list));
  text("searched", join(actual.searched), join(expected.searched));
  if (wrong.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << wrong << " in: " << actual.text;
}

inline ::testing::AssertionResult OnlyError(const Collector& collector, const Expected& expected) {
  if (collector.errors().size() != 1) {
    return ::testing::AssertionFailure()
           << collector.errors().size() << " errors: " << collector.text();
  }
  return Matches(collector.errors()[0], expected);
}

}  // namespace rtld::testing
