// SPDX-License-Identifier: BSD-2-Clause
//
// What the loader says: whole lines, prefixed "loader: ", to the console and into the block that
// the kernel puts into its dmesg ring.
#pragma once

#include <span>
#include <string_view>

#include "arch/contract/boot/boot.h"
#include "stand/text.h"

namespace stand {

class Messages {
 public:
  // `kept` is Handoff::messages; it is cut when full, the console is not.
  explicit Messages(std::span<char> kept) : kept_(kept) {}

  // One line. The parts are what TextWriter::Append takes.
  template <class... Parts>
  void Say(const Parts&... parts) {
    char line[512];
    TextWriter writer{std::span<char>(line)};
    writer.Append("loader: ");
    (writer.Append(parts), ...);
    Put(writer.text());
  }

  std::string_view kept() const { return kept_.text(); }

 private:
  void Put(std::string_view line) {
    for (const char c : line) boot::PutChar(c);
    boot::PutChar('\n');
    kept_.Append(line);
    kept_.Append('\n');
  }

  TextWriter kept_;
};

}  // namespace stand
