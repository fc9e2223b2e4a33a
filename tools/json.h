// SPDX-License-Identifier: BSD-2-Clause
//
// Just enough JSON (RFC 8259) to read Bazel's build events. Numbers stay text.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  std::string text;  // of a string; "true", "false" or the digits otherwise
  std::vector<Json> elements;
  std::map<std::string, Json> members;

  // The member of that name; a null value if this is no object or has none.
  [[nodiscard]] const Json& operator[](const std::string& name) const;
};

// Nothing if `text` is not exactly one value.
[[nodiscard]] std::optional<Json> ParseJson(std::string_view text);

}  // namespace tools
