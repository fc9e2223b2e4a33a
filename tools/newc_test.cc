// SPDX-License-Identifier: BSD-2-Clause

#include "tools/newc.h"

#include <gtest/gtest.h>

#include <vector>

namespace tools {
namespace {

struct Parsed {
  std::string name;
  uint32_t mode;
  uint32_t mtime;
  std::string content;

  bool operator==(const Parsed&) const = default;
};

// Reads an archive as cpio(5) says, independently of how it was written.
std::vector<Parsed> Parse(const std::string& archive) {
  std::vector<Parsed> entries;
  size_t at = 0;
  const auto field = [&](int index) {
    return static_cast<uint32_t>(std::stoul(archive.substr(at + 6 + 8 * index, 8), nullptr, 16));
  };
  while (archive.compare(at, 6, "070701") == 0) {
    const uint32_t mode = field(1), mtime = field(5), size = field(6), name_size = field(11);
    const std::string name = archive.c_str() + at + 110;
    EXPECT_LT(name.size(), name_size);
    at = (at + 110 + name_size + 3) & ~size_t{3};
    if (name == "TRAILER!!!") break;
    entries.push_back({name, mode, mtime, archive.substr(at, size)});
    at = (at + size + 3) & ~size_t{3};
  }
  return entries;
}

TEST(Newc, SortsEntriesAndMakesParents) {
  NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/boot/kernel", 0755, "ELF"));
  ASSERT_TRUE(archive.AddSymlink("/bin/sh", "busybox"));
  ASSERT_TRUE(archive.AddDirectory("/tmp", 01777));
  const std::vector<Parsed> expected = {
      {"bin", 0040755, 0, ""},  {"bin/sh", 0120777, 0, "busybox"},
      {"boot", 0040755, 0, ""}, {"boot/kernel", 0100755, 0, "ELF"},
      {"tmp", 0041777, 0, ""},
  };
  EXPECT_EQ(Parse(archive.Serialise()), expected);
}

TEST(Newc, SameEntriesGiveSameBytesInAnyOrder) {
  NewcArchive one, other;
  ASSERT_TRUE(one.AddFile("/a/x", 0644, "1"));
  ASSERT_TRUE(one.AddFile("/b", 0644, "22"));
  ASSERT_TRUE(other.AddFile("/b", 0644, "22"));
  ASSERT_TRUE(other.AddFile("/a/x", 0644, "1"));
  EXPECT_EQ(one.Serialise(), other.Serialise());
}

TEST(Newc, LaterEntryReplacesEarlier) {
  NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/f", 0600, "old"));
  ASSERT_TRUE(archive.AddFile("/f", 0644, "new"));
  EXPECT_EQ(Parse(archive.Serialise()), (std::vector<Parsed>{{"f", 0100644, 0, "new"}}));
}

TEST(Newc, RefusesBadPathsAndChangesNothing) {
  NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/f", 0644, "file"));
  ASSERT_TRUE(archive.AddFile("/d/x", 0644, "file"));
  const std::string before = archive.Serialise();
  for (const char* path : {"", "/", "relative", "/a/", "/a//b", "/a/../b", "/./a", "/f/below"}) {
    EXPECT_FALSE(archive.AddFile(path, 0644, "x")) << path;
  }
  EXPECT_FALSE(archive.AddFile("/d", 0644, "directory with an entry"));
  EXPECT_FALSE(archive.AddSymlink("/link", ""));
  EXPECT_EQ(archive.Serialise(), before);
}

TEST(Newc, FilesStandAtMultiplesOfEight) {
  NewcArchive archive;
  std::string name = "/";
  for (int i = 0; i < 16; ++i) {
    name += 'n';
    ASSERT_TRUE(archive.AddFile(name, 0644, "content " + std::to_string(i)));
  }
  const std::string bytes = archive.Serialise();
  EXPECT_EQ(Parse(bytes).size(), 16u);
  size_t found = 0;
  for (size_t at = bytes.find("content "); at != std::string::npos;
       at = bytes.find("content ", at + 1)) {
    EXPECT_EQ(at % 8, 0u);
    ++found;
  }
  EXPECT_EQ(found, 16u);
}

TEST(Newc, ArchivesCanBeConcatenated) {
  NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/f", 0644, "12345"));
  EXPECT_EQ(archive.Serialise().size() % 512, 0u);
}

}  // namespace
}  // namespace tools
