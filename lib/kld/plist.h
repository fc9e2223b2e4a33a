// SPDX-License-Identifier: BSD-2-Clause
//
// Parameters for SYS_kldload: a proplib(3) dictionary in its XML form. Keys are parameter names, or
// DEPENDENCY.NAME for a file that comes in by DT_NEEDED.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kld {

enum class ParameterType {
  kGuess,    // true/false/yes/no: boolean; an integer in C's notation: number; else string
  kBoolean,  // true, false, yes, no
  kNumber,
  kString,
};

struct Parameter {
  ParameterType type = ParameterType::kGuess;
  std::string name;
  std::string value;
};

// Splits "name=value" into `parameter`. Names are letters, digits, '_', '-' and '.'. False if
// `text` is no assignment, as a path with '/' before its '='.
[[nodiscard]] bool ParseAssignment(std::string_view text, Parameter& parameter);

// Whether `parameter.value` is of its type.
[[nodiscard]] bool IsWellTyped(const Parameter& parameter);

// The dictionary, or "" if there are no parameters. All of them are well typed; a name given twice
// has its last value.
[[nodiscard]] std::string MakePlist(const std::vector<Parameter>& parameters);

}  // namespace kld
