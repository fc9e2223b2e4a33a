// SPDX-License-Identifier: BSD-2-Clause
//
// Taking a test's tree down again. A directory and its parent hold each other, so that a tree lives
// until its names are removed.
#pragma once

#include <string>
#include <vector>

#include "kernel/vfs/vfs.h"

namespace testing_vfs {

inline void RemoveEntries(vfs::Node& directory) {
  std::vector<std::string> names;
  uint64_t cursor = 0;
  vfs::DirectoryEntry entry;
  char name[vfs::kNameMax];
  while (directory.Next(&cursor, &entry, name)) names.emplace_back(entry.name);
  for (const std::string& each : names) {
    const auto node = directory.Lookup(each);
    const bool is_directory = node.value()->Stat().kind == vfs::Kind::kDirectory;
    if (is_directory) RemoveEntries(*node.value());
    (void)directory.Unlink(each, is_directory);
  }
}

inline void RemoveTree() { RemoveEntries(*vfs::KernelContext().root); }

}  // namespace testing_vfs
