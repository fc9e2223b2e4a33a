// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/options.h"

#include <algorithm>

namespace kld {

std::optional<char> Options::Fail(std::string text) {
  error_ = std::move(text);
  return std::nullopt;
}

std::optional<char> Options::NextLong(std::string_view name) {
  if (std::find(long_names_.begin(), long_names_.end(), name) == long_names_.end()) {
    return Fail("unknown option --" + std::string(name));
  }
  ++index_;
  argument_ = name;
  return kLong;
}

std::optional<char> Options::Next() {
  if (ended_ || !error_.empty() || index_ == arguments_.size()) return std::nullopt;
  const std::string& word = arguments_[index_];
  if (letter_ == 0) {
    if (word.size() < 2 || word[0] != '-') return std::nullopt;
    if (word == "--") {
      ++index_;
      ended_ = true;
      return std::nullopt;
    }
    if (word[1] == '-') return NextLong(std::string_view(word).substr(2));
    letter_ = 1;
  }

  const char option = word[letter_++];
  const size_t at = option == ':' ? std::string_view::npos : accepted_.find(option);
  if (at == std::string_view::npos) return Fail(std::string("unknown option -") + option);
  const bool last = letter_ == word.size();
  if (last) {
    letter_ = 0;
    ++index_;
  }
  if (at + 1 == accepted_.size() || accepted_[at + 1] != ':') return option;

  if (!last) {
    argument_ = word.substr(letter_);
    letter_ = 0;
    ++index_;
  } else if (index_ < arguments_.size()) {
    argument_ = arguments_[index_++];
  } else {
    return Fail(std::string("option -") + option + " needs an argument");
  }
  return option;
}

}  // namespace kld
