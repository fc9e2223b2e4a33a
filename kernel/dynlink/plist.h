// SPDX-License-Identifier: BSD-2-Clause
//
// Property lists: the XML form of proplib(3) dictionaries, read strictly.
//
//   <plist version="1.0"><dict>
//     <key>times</key><integer>3</integer>     also negative and 0x hexadecimal
//     <key>quiet</key><true/>
//     <key>word</key><string>a &lt; b</string>
//     <key>seed</key><data>AAECAw==</data>     base64
//     <key>list</key><array>...</array>
//   </dict></plist>
//
// A prologue (<?xml ...?>, <!DOCTYPE ...>) and comments are passed over; the outermost value is a
// dictionary. Everything else is an error that names the place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/report.h"
#include "kernel/kpi/kld.h"

namespace kld {

class PropertyList {
 public:
  static constexpr unsigned kMaxDepth = 16;
  static constexpr size_t kMaxBytes = 64 * 1024;

  PropertyList() = default;
  PropertyList(PropertyList&&) = default;
  PropertyList& operator=(PropertyList&&) = default;

  // Reads `text`; `name` is for messages. 0, ENOMEM, or EINVAL after a line in `report`.
  [[nodiscard]] int Parse(std::string_view text, std::string_view name, Report& report);

  // The dictionary; null before Parse.
  const kld_value* root() const { return nodes_.empty() ? nullptr : nodes_[0].get(); }

 private:
  friend class PropertyListReader;

  Array<Owned<kld_value>> nodes_;
  Array<Text> texts_;
};

// The word for a type: "number" ...
const char* TypeName(uint32_t type);

}  // namespace kld
