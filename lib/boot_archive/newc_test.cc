// SPDX-License-Identifier: BSD-2-Clause
#include "lib/boot_archive/newc.h"

#include <cstdio>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace boot_archive {
namespace {

// Builds archives the way cpio(5) describes them, independently of the reader.
std::string Member(const std::string& name, const std::string& data, uint32_t mode = 0100644,
                   uint32_t inode = 7) {
  char header[111];
  snprintf(header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
           inode, mode, 11u, 12u, 1u, 0x5f5e100u, static_cast<unsigned>(data.size()), 0u, 0u, 5u,
           6u, static_cast<unsigned>(name.size() + 1), 0u);
  std::string member = std::string(header) + name + '\0';
  while (member.size() % 4 != 0) member += '\0';
  member += data;
  while (member.size() % 4 != 0) member += '\0';
  return member;
}

std::string Trailer() { return Member("TRAILER!!!", "", 0, 0); }

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

std::string Text(std::span<const std::byte> bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

struct Walk {
  std::vector<std::string> names;
  Fault fault;
  size_t offset;
};

Walk WalkAll(const std::string& archive) {
  // An exact-size copy, so that a read past the end is a heap overflow under ASan.
  std::vector<std::byte> copy(Bytes(archive).begin(), Bytes(archive).end());
  Reader reader(copy);
  Walk walk;
  Entry entry;
  while (reader.Next(&entry)) walk.names.emplace_back(entry.name);
  walk.fault = reader.fault();
  walk.offset = reader.offset();
  return walk;
}

TEST(NewcTest, GivesEveryFieldOfAnEntry) {
  const std::string archive = Member("dev/null", "abcde", 0020666, 0x1234) + Trailer();
  Reader reader(Bytes(archive));
  Entry entry;
  ASSERT_TRUE(reader.Next(&entry));
  EXPECT_EQ(entry.name, "dev/null");
  EXPECT_EQ(Text(entry.data), "abcde");
  EXPECT_EQ(entry.inode, 0x1234u);
  EXPECT_EQ(entry.mode, 0020666u);
  EXPECT_EQ(entry.uid, 11u);
  EXPECT_EQ(entry.gid, 12u);
  EXPECT_EQ(entry.links, 1u);
  EXPECT_EQ(entry.mtime, 0x5f5e100u);
  EXPECT_EQ(entry.device_major, 5u);
  EXPECT_EQ(entry.device_minor, 6u);
  EXPECT_FALSE(entry.is_file());
  EXPECT_FALSE(reader.Next(&entry));
  EXPECT_EQ(reader.fault(), Fault::kNone);
}

TEST(NewcTest, NamesOfAllLengthsKeepTheirData) {
  for (size_t length = 1; length <= 9; ++length) {
    for (size_t size = 0; size <= 5; ++size) {
      const std::string name(length, 'n');
      const std::string data(size, 'd');
      const std::string archive = Member(name, data) + Member("last", "x") + Trailer();
      Entry entry;
      ASSERT_TRUE(Find(Bytes(archive), name, &entry));
      EXPECT_EQ(Text(entry.data), data);
      ASSERT_TRUE(Find(Bytes(archive), "last", &entry));
      EXPECT_EQ(Text(entry.data), "x");
    }
  }
}

TEST(NewcTest, ConcatenatedArchivesAreOneAndTheLastFileWins) {
  const std::string archive = Member("a", "1") + Member("b", "2") + Trailer() +
                              std::string(512, '\0') + Member("./a", "3") + Trailer() +
                              std::string(3, '\0');
  const Walk walk = WalkAll(archive);
  EXPECT_EQ(walk.names, (std::vector<std::string>{"a", "b", "a"}));
  EXPECT_EQ(walk.fault, Fault::kNone);
  Entry entry;
  ASSERT_TRUE(Find(Bytes(archive), "/a", &entry));
  EXPECT_EQ(Text(entry.data), "3");
}

TEST(NewcTest, NamesAreNormalised) {
  EXPECT_EQ(Normalise("/boot/kernel"), "boot/kernel");
  EXPECT_EQ(Normalise("./boot/kernel"), "boot/kernel");
  EXPECT_EQ(Normalise("//.//boot"), "boot");
  EXPECT_EQ(Normalise("."), "");
  EXPECT_EQ(Normalise("/"), "");
  EXPECT_EQ(Normalise(".hidden"), ".hidden");
  EXPECT_EQ(Normalise("../up"), "../up");
}

TEST(NewcTest, OnlyRegularFilesAreFound) {
  const std::string archive =
      Member("boot", "", 0040755) + Member("link", "boot/kernel", 0120777) + Trailer();
  Entry entry;
  EXPECT_FALSE(Find(Bytes(archive), "boot", &entry));
  EXPECT_FALSE(Find(Bytes(archive), "link", &entry));
  EXPECT_FALSE(Find(Bytes(archive), "none", &entry));
}

TEST(NewcTest, EmptyAndZeroArchives) {
  EXPECT_EQ(WalkAll("").fault, Fault::kNoTrailer);
  EXPECT_EQ(WalkAll(Trailer()).fault, Fault::kNone);
  EXPECT_EQ(WalkAll(std::string(64, '\0')).fault, Fault::kHeaderTruncated);
}

TEST(NewcTest, EveryTruncationIsAFaultAndKeepsWhatStoodBefore) {
  const std::string first = Member("first", "0123456789");
  const std::string second = Member("second", "abcdefg");
  const std::string archive = first + second + Trailer();
  // The trailer's own padding may go.
  const size_t needed = first.size() + second.size() + 110 + sizeof "TRAILER!!!";
  for (size_t size = 0; size < needed; ++size) {
    const Walk walk = WalkAll(std::string(archive.data(), size));
    EXPECT_NE(walk.fault, Fault::kNone) << size;
    const size_t whole = size < first.size() - 2                   ? 0
                         : size < first.size() + second.size() - 1 ? 1
                                                                   : 2;
    EXPECT_EQ(walk.names.size(), whole) << size;
  }
  EXPECT_EQ(WalkAll(std::string(archive.data(), needed)).fault, Fault::kNone);
}

TEST(NewcTest, FaultsAreNamedAndPlaced) {
  const std::string good = Member("good", "data");
  struct Case {
    const char* what;
    size_t at;
    std::string bytes;
    Fault fault;
  };
  const Case kCases[] = {
      {"magic", 0, "070707", Fault::kBadMagic},
      {"digit", 6 + 8 * 6 + 3, "g", Fault::kBadDigit},
      {"sign", 6 + 8 * 6, "-0000001", Fault::kBadDigit},
      {"huge file", 6 + 8 * 6, "ffffffff", Fault::kDataTruncated},
      {"huge name", 6 + 8 * 11, "fffffffe", Fault::kNameTruncated},
      {"empty name", 6 + 8 * 11, "00000000", Fault::kNameUnterminated},
      {"name without NUL", 110 + 4, "x", Fault::kNameUnterminated},
  };
  for (const Case& c : kCases) {
    std::string bad = Member("bad0", "data");
    bad.replace(c.at, c.bytes.size(), c.bytes);
    const Walk walk = WalkAll(good + bad + Trailer());
    EXPECT_EQ(walk.names, std::vector<std::string>{"good"}) << c.what;
    EXPECT_EQ(walk.fault, c.fault) << c.what << ": " << Describe(walk.fault);
    EXPECT_EQ(walk.offset, good.size()) << c.what;
  }
}

TEST(NewcTest, EveryCharacterAtEveryPlaceOfAFieldIsADigitOrAFault) {
  for (int place = 0; place < 8; ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string archive = Member("f", "", 0100644, 0x89abcdef) + Trailer();
      archive[static_cast<size_t>(6 + place)] = static_cast<char>(c);  // of the inode
      Reader reader(Bytes(archive));
      Entry entry;
      const bool is_digit =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      ASSERT_EQ(reader.Next(&entry), is_digit) << place << " " << c;
      if (!is_digit) {
        EXPECT_EQ(reader.fault(), Fault::kBadDigit);
        continue;
      }
      EXPECT_EQ(entry.inode, std::stoul(archive.substr(6, 8), nullptr, 16));
    }
  }
}

TEST(NewcTest, NoSingleByteChangeReadsOutsideTheArchive) {
  const std::string archive = Member("first", "0123456789") + Member("second", "ab") + Trailer();
  for (size_t i = 0; i < archive.size(); ++i) {
    for (const char c : {'\0', '0', 'f', '\xff'}) {
      std::string mutant = archive;
      mutant[i] = c;
      const Walk walk = WalkAll(mutant);
      EXPECT_LE(walk.names.size(), 3u);
      EXPECT_LE(walk.offset, mutant.size());
    }
  }
}

}  // namespace
}  // namespace boot_archive
