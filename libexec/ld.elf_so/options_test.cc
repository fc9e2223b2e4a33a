// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ldso {
namespace {

std::vector<char*> Vector(std::vector<std::string>& words) {
  std::vector<char*> vector;
  for (std::string& word : words) vector.push_back(word.data());
  vector.push_back(nullptr);
  return vector;
}

Options FromEnvironment(std::vector<std::string> words, bool secure = false) {
  // The strings have to outlive the views.
  static std::vector<std::vector<std::string>> kept;
  kept.push_back(std::move(words));
  const std::vector<char*> vector = Vector(kept.back());
  Options options;
  ReadEnvironment(vector.data(), secure, options);
  return options;
}

TEST(Options, EnvironmentIsRead) {
  const Options options =
      FromEnvironment({"HOME=/", "LD_LIBRARY_PATH=/a:/b", "LD_PRELOAD=x.so y.so", "LD_BIND_NOW=1",
                       "LD_TRACE_LOADED_OBJECTS=", "LD_DEBUG=libs,files"});
  EXPECT_EQ(options.library_path, "/a:/b");
  EXPECT_EQ(options.preload, "x.so y.so");
  EXPECT_TRUE(options.bind_now);
  EXPECT_FALSE(options.list);
  EXPECT_EQ(options.debug, kDebugLibs | kDebugFiles);
  EXPECT_EQ(options.unknown_debug, "");
}

TEST(Options, NamesThatOnlyBeginAlikeAreNotMeant) {
  const Options options = FromEnvironment({"LD_LIBRARY_PATHS=/a", "LD_PRELOA=x", "LD_DEBUG"});
  EXPECT_EQ(options.library_path, "");
  EXPECT_EQ(options.preload, "");
  EXPECT_EQ(options.debug, 0u);
}

TEST(Options, UnknownTopicsAreKeptForAMessage) {
  const Options options = FromEnvironment({"LD_DEBUG=reloc,nonsense"});
  EXPECT_EQ(options.debug, kDebugReloc);
  EXPECT_EQ(options.unknown_debug, "nonsense");
  EXPECT_EQ(FromEnvironment({"LD_DEBUG=all"}).debug,
            kDebugFiles | kDebugLibs | kDebugReloc | kDebugBindings | kDebugStatistics);
}

TEST(Options, ASecureProcessTakesNothing) {
  const Options options = FromEnvironment(
      {"LD_LIBRARY_PATH=/a", "LD_PRELOAD=x", "LD_DEBUG=all", "LD_TRACE_LOADED_OBJECTS=1"}, true);
  EXPECT_EQ(options.library_path, "");
  EXPECT_EQ(options.preload, "");
  EXPECT_EQ(options.debug, 0u);
  EXPECT_FALSE(options.list);
}

TEST(Options, CommandLine) {
  std::vector<std::string> words = {"ld.elf_so", "--library-path", "/x",   "--preload",
                                    "p.so",      "--argv0",        "name", "--list",
                                    "prog",      "--list",         "arg"};
  const std::vector<char*> argv = Vector(words);
  Options options;
  options.library_path = "/environment";
  ASSERT_TRUE(ReadCommandLine(static_cast<int>(words.size()), argv.data(), options));
  EXPECT_EQ(options.library_path, "/x");
  EXPECT_EQ(options.more_preload, "p.so");
  EXPECT_STREQ(options.argv0, "name");
  EXPECT_TRUE(options.list);
  EXPECT_STREQ(options.program, "prog");
  EXPECT_EQ(options.own_arguments, 8);
}

TEST(Options, DoubleDashEndsTheOptions) {
  std::vector<std::string> words = {"ld.elf_so", "--", "-odd-name"};
  const std::vector<char*> argv = Vector(words);
  Options options;
  ASSERT_TRUE(ReadCommandLine(3, argv.data(), options));
  EXPECT_STREQ(options.program, "-odd-name");
  EXPECT_EQ(options.own_arguments, 2);
}

TEST(Options, BadCommandLines) {
  const struct {
    std::vector<std::string> words;
    std::string error, word;
  } cases[] = {
      {{"ld.elf_so"}, "no program given", ""},
      {{"ld.elf_so", "--list"}, "no program given", ""},
      {{"ld.elf_so", "--nonsense", "prog"}, "is no option", "--nonsense"},
      {{"ld.elf_so", "--preload"}, "needs an argument", "--preload"},
  };
  for (auto test : cases) {
    const std::vector<char*> argv = Vector(test.words);
    Options options;
    EXPECT_FALSE(ReadCommandLine(static_cast<int>(test.words.size()), argv.data(), options));
    EXPECT_EQ(options.error, test.error);
    EXPECT_EQ(options.error_word, test.word);
  }
}

TEST(Options, HelpNeedsNoProgram) {
  std::vector<std::string> words = {"ld.elf_so", "--help"};
  const std::vector<char*> argv = Vector(words);
  Options options;
  EXPECT_TRUE(ReadCommandLine(2, argv.data(), options));
  EXPECT_TRUE(options.help);
}

TEST(Options, ElementsOfLists) {
  std::vector<std::string> seen;
  std::string_view list = "a::b;", element;
  while (NextElement(list, ":;", element)) seen.emplace_back(element);
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "", "b", ""}));
  list = {};
  EXPECT_FALSE(NextElement(list, ":", element));
}

}  // namespace
}  // namespace ldso
