// SPDX-License-Identifier: BSD-2-Clause
//
// Boot archives made in a test: one newc member for each file, as cpio(5) describes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace stand::testing {

class ArchiveBuilder {
 public:
  ArchiveBuilder& Add(const std::string& path, std::string_view text) {
    return Add(path, std::as_bytes(std::span(text.data(), text.size())));
  }

  ArchiveBuilder& Add(const std::string& path, std::span<const std::byte> data,
                      unsigned mode = 0100644) {
    char header[111];
    std::snprintf(header, sizeof header,
                  "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1u, mode, 0u, 0u,
                  1u, 0u, static_cast<unsigned>(data.size()), 0u, 0u, 0u, 0u,
                  static_cast<unsigned>(path.size() + 1), 0u);
    text_ += header;
    text_ += path;
    text_ += '\0';
    Pad();
    text_.append(reinterpret_cast<const char*>(data.data()), data.size());
    Pad();
    return *this;
  }

  // The archive with its trailer.
  std::string Build() const {
    ArchiveBuilder whole = *this;
    whole.Add("TRAILER!!!", std::span<const std::byte>(), 0);
    return whole.text_;
  }

 private:
  void Pad() {
    while (text_.size() % 4 != 0) text_ += '\0';
  }

  std::string text_;
};

}  // namespace stand::testing
