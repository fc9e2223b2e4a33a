// SPDX-License-Identifier: BSD-2-Clause
//
// Where a command prints. Text goes out as it is given; the real terminal keeps standard output in
// a buffer until it is flushed or something is said on standard error, so that the two stay in
// order when both are the console.
#pragma once

#include <string>
#include <string_view>

namespace kld {

class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
};

// File descriptors 1 and 2.
class StandardTerminal final : public Terminal {
 public:
  ~StandardTerminal() override;
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;

 private:
  void Flush();

  std::string pending_;
};

}  // namespace kld
