// SPDX-License-Identifier: BSD-2-Clause
//
// All versions that an image defines and needs, whether one of its symbols has them or not: a
// linker asks for each before it relocates anything.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/image.h"

namespace oracle {

struct NeededVersion {
  std::string file, name;  // the Verneed entry's
  bool weak = false;       // VER_FLG_WEAK
};

struct Versions {
  std::set<std::string> defined;  // the base version too, which is the image's own name
  std::vector<NeededVersion> needed;
};

// Throws a std::runtime_error if a table leaves the image.
[[nodiscard]] Versions VersionsOf(const Image& image);

}  // namespace oracle
