// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/terminal.h"

#include <unistd.h>

#include <cerrno>

namespace kld {
namespace {

constexpr size_t kBufferBytes = 8192;

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(written);
  }
}

}  // namespace

StandardTerminal::~StandardTerminal() { Flush(); }

void StandardTerminal::Out(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= kBufferBytes) Flush();
}

void StandardTerminal::Err(std::string_view text) {
  Flush();
  WriteAll(STDERR_FILENO, text);
}

void StandardTerminal::Flush() {
  WriteAll(STDOUT_FILENO, pending_);
  pending_.clear();
}

}  // namespace kld
