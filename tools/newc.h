// SPDX-License-Identifier: BSD-2-Clause
//
// Writes boot archives: cpio files in the "newc" format (magic 070701; cpio(5), "New ASCII
// Format"). The same entries give the same bytes, whoever builds them and when: sorted by path,
// owner 0, time 0, inode numbers in order. A file's bytes stand at a multiple of 8.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tools {

class NewcArchive {
 public:
  // Paths are absolute ("/boot/kernel"); the parents of an entry become directories of mode 0755
  // unless they are entries themselves. A later entry of the same path replaces the earlier one.
  // Each of these returns false, and changes nothing, for a path that is not absolute and
  // normalised, or that lies below an entry which is no directory.
  [[nodiscard]] bool AddFile(const std::string& path, uint32_t mode, std::string content);
  [[nodiscard]] bool AddDirectory(const std::string& path, uint32_t mode);
  [[nodiscard]] bool AddSymlink(const std::string& path, const std::string& target);

  // The archive with its trailer, padded to a multiple of 512 bytes, so that another may follow.
  [[nodiscard]] std::string Serialise() const;

 private:
  struct Entry {
    uint32_t mode;  // with the file type bits of stat(2)
    std::string content;
  };

  [[nodiscard]] bool Add(const std::string& path, Entry entry);

  std::map<std::string, Entry> entries_;  // key without the leading '/'
};

}  // namespace tools
