// SPDX-License-Identifier: BSD-2-Clause

#include "tools/newc.h"

#include <cstdio>
#include <utility>

namespace tools {
namespace {

constexpr uint32_t kTypeMask = 0170000;
constexpr uint32_t kDirectory = 0040000;
constexpr uint32_t kRegular = 0100000;
constexpr uint32_t kSymlink = 0120000;

bool IsNormalised(const std::string& path) {
  if (path.size() < 2 || path.front() != '/' || path.back() == '/') return false;
  size_t start = 1;
  while (start <= path.size()) {
    size_t end = path.find('/', start);
    if (end == std::string::npos) end = path.size();
    const std::string part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

void Pad(std::string& out, size_t multiple) {
  out.append((multiple - out.size() % multiple) % multiple, '\0');
}

// Content starts at a multiple of 8, as ELF structures want it that are read where they stand. The
// format only knows multiples of 4: the rest are NULs that belong to the name.
constexpr size_t kHeaderSize = 110;
constexpr size_t kContentAlign = 8;

size_t PaddedNameSize(size_t at, size_t length) {
  const size_t end = at + kHeaderSize + length + 1;
  const size_t content = (end + kContentAlign - 1) / kContentAlign * kContentAlign;
  return content - end < 4 ? length + 1 : length + 1 + 4;
}

void AppendEntry(std::string& out, uint32_t inode, uint32_t mode, uint32_t links,
                 const std::string& name, const std::string& content) {
  const size_t name_size = PaddedNameSize(out.size(), name.size());
  const uint32_t fields[13] = {
      inode,
      mode,
      0,
      0,
      links,
      0,
      static_cast<uint32_t>(content.size()),
      0,
      0,
      0,
      0,
      static_cast<uint32_t>(name_size),
      0,
  };
  out += "070701";
  for (const uint32_t field : fields) {
    char text[9];
    std::snprintf(text, sizeof text, "%08X", field);
    out += text;
  }
  out += name;
  out.append(name_size - name.size(), '\0');
  Pad(out, 4);  // every archive starts at a multiple of 512, so offsets in `out` are the file's
  out += content;
  Pad(out, 4);
}

}  // namespace

bool NewcArchive::AddFile(const std::string& path, uint32_t mode, std::string content) {
  return content.size() <= UINT32_MAX && Add(path, {kRegular | (mode & 07777), std::move(content)});
}

bool NewcArchive::AddDirectory(const std::string& path, uint32_t mode) {
  return Add(path, {kDirectory | (mode & 07777), ""});
}

bool NewcArchive::AddSymlink(const std::string& path, const std::string& target) {
  return !target.empty() && Add(path, {kSymlink | 0777, target});
}

bool NewcArchive::Add(const std::string& path, Entry entry) {
  if (!IsNormalised(path)) return false;
  const std::string key = path.substr(1);

  // 1. Nothing may be changed before it is known that every parent is, or can be, a directory.
  for (size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
    const auto parent = entries_.find(key.substr(0, slash));
    if (parent != entries_.end() && (parent->second.mode & kTypeMask) != kDirectory) return false;
  }
  // 2. A directory with entries stays one.
  if ((entry.mode & kTypeMask) != kDirectory) {
    const auto child = entries_.upper_bound(key + "/");
    if (child != entries_.end() && child->first.compare(0, key.size() + 1, key + "/") == 0) {
      return false;
    }
  }
  for (size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
    entries_.try_emplace(key.substr(0, slash), Entry{kDirectory | 0755, ""});
  }
  entries_[key] = std::move(entry);
  return true;
}

std::string NewcArchive::Serialise() const {
  std::string out;
  uint32_t inode = 1;
  // A parent sorts before its children: it is their prefix.
  for (const auto& [name, entry] : entries_) {
    const uint32_t links = (entry.mode & kTypeMask) == kDirectory ? 2 : 1;
    AppendEntry(out, inode++, entry.mode, links, name, entry.content);
  }
  AppendEntry(out, 0, 0, 1, "TRAILER!!!", "");
  Pad(out, 512);
  return out;
}

}  // namespace tools
