// SPDX-License-Identifier: BSD-2-Clause
//
// getopt without globals: POSIX's utility syntax guidelines 3 to 10 (clustered flags, an option's
// argument attached or apart, "--" ends the options), plus "--name" long options without argument.
// Parsing stops at the first operand unless the caller takes operands out with TakeOperand() and
// goes on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kld {

using Arguments = std::span<const std::string>;

class Options {
 public:
  // `accepted` as in getopt(3): letters, each followed by ':' if it takes an argument. `long_names`
  // holds names without the dashes.
  Options(Arguments arguments, std::string_view accepted,
          std::span<const std::string_view> long_names = {})
      : arguments_(arguments), accepted_(accepted), long_names_(long_names) {}

  // The next option's letter, kLong for a long one (see name()), or nullopt at an operand, at the
  // end, and after a bad option; then error() tells.
  static constexpr char kLong = '\1';
  [[nodiscard]] std::optional<char> Next();

  // The argument of the option Next() returned.
  const std::string& argument() const { return argument_; }
  const std::string& name() const { return argument_; }

  // What is wrong with the command line, or "" (as "unknown option -x").
  const std::string& error() const { return error_; }

  // The operands not taken yet.
  Arguments operands() const { return arguments_.subspan(index_); }

  // Removes the first operand; options may follow it.
  const std::string& TakeOperand() { return arguments_[index_++]; }

 private:
  std::optional<char> Fail(std::string text);
  std::optional<char> NextLong(std::string_view name);

  Arguments arguments_;
  std::string_view accepted_;
  std::span<const std::string_view> long_names_;
  size_t index_ = 0;
  size_t letter_ = 0;  // within a cluster; 0 = at the start of an argument
  bool ended_ = false;
  std::string argument_;
  std::string error_;
};

}  // namespace kld
