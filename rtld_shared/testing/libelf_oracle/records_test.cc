// SPDX-License-Identifier: BSD-2-Clause
//
// An image that was written down is the same image when it is read.

#include "rtld_shared/testing/libelf_oracle/records.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace oracle {
namespace {

std::string SomeImage() {
  for (const auto& folder : std::filesystem::directory_iterator("arch")) {
    const std::filesystem::path image = folder.path() / "testdata" / "user.so";
    if (std::filesystem::exists(image)) return image;
  }
  return {};
}

class RecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(image_.Open(SomeImage(), {}, error)) << error;
    ASSERT_GT(image_.symbols.size(), 10u);
    ASSERT_GT(image_.relocations.size(), 10u);
  }
  Image image_;
};

TEST_F(RecordsTest, ImageSurvives) {
  const std::string text = Describe(image_);
  Image copy;
  ReadDescription(text, copy);
  EXPECT_EQ(Describe(copy), text);
  EXPECT_EQ(copy.machine, image_.machine);
  EXPECT_EQ(copy.big_endian, image_.big_endian);
  EXPECT_EQ(copy.tags, image_.tags);
  EXPECT_EQ(copy.needed, image_.needed);
  EXPECT_EQ(copy.by_name, image_.by_name);
  EXPECT_EQ(copy.segments.size(), image_.segments.size());
  EXPECT_EQ(copy.symbols.back().name, image_.symbols.back().name);
  EXPECT_EQ(copy.symbols.back().value, image_.symbols.back().value);
  EXPECT_EQ(copy.relocations.back().place, image_.relocations.back().place);
  EXPECT_EQ(copy.relocations.back().addend, image_.relocations.back().addend);
}

TEST_F(RecordsTest, CutLinesAreErrors) {
  const std::string text = Describe(image_);
  for (size_t length = 0; length < text.size(); length += 7) {
    Image copy;
    EXPECT_THROW(ReadDescription(text.substr(0, length), copy), std::runtime_error) << length;
  }
}

TEST_F(RecordsTest, KeysTellContentsApart) {
  EXPECT_NE(KeyOf({1, 2}, {}), KeyOf({2, 1}, {}));
  EXPECT_NE(KeyOf({1, 2}, {}), KeyOf({1, 2}, {.hash_word = 8}));
  EXPECT_NE(KeyOf({1, 2}, {}), KeyOf({1, 2}, {.composed = true}));
  EXPECT_NE(KeyOf({1, 2}, {}), KeyOf({1, 2}, {.got = Got{.type = 1}}));
  EXPECT_EQ(KeyOf({1, 2}, {}), KeyOf({1, 2}, {}));
}

TEST(Records, ReadAgainWhatWasWritten) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/records";
  Records records;
  EXPECT_THROW(records.Read(path), std::runtime_error);
  records.StartWriting(path);
  records.Write("one", "first text");
  records.Write("one", "first text");
  records.Write("two", "=x ");
  Records reader;
  reader.Read(path);
  EXPECT_EQ(reader.Find("one"), "first text");
  EXPECT_EQ(reader.Find("two"), "=x ");
  EXPECT_THROW(static_cast<void>(reader.Find("three")), std::runtime_error);
}

}  // namespace
}  // namespace oracle
