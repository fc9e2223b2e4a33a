// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/search.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ldso {
namespace {

std::string Expanded(std::string_view text, std::string_view origin, size_t room = kMaxPath) {
  std::string out(room, '\0');
  out.resize(Expand(text, origin, out));
  return out;
}

TEST(Search, DirectoryOf) {
  EXPECT_EQ(DirectoryOf("/a/b/c"), "/a/b");
  EXPECT_EQ(DirectoryOf("a/b"), "a");
  EXPECT_EQ(DirectoryOf("c"), ".");
  EXPECT_EQ(DirectoryOf("/c"), "/");
}

TEST(Search, OriginIsExpanded) {
  EXPECT_EQ(Expanded("$ORIGIN", "/x"), "/x");
  EXPECT_EQ(Expanded("${ORIGIN}/../lib", "/x/bin"), "/x/bin/../lib");
  EXPECT_EQ(Expanded("a/$ORIGIN/$ORIGIN", "o"), "a/o/o");
  EXPECT_EQ(Expanded("/plain", ""), "/plain");
}

TEST(Search, UnknownTokensSpoilAnElement) {
  for (const char* text : {"$LIB", "${ORIGIN", "$ORIGINAL", "$", "/a$b"}) {
    EXPECT_EQ(Expanded(text, "/x"), "") << text;
  }
  EXPECT_EQ(Expanded("$ORIGIN/lib", ""), "");
}

TEST(Search, WhatDoesNotFitIsNoPath) {
  EXPECT_EQ(Expanded("12345", "", 5), "12345");
  EXPECT_EQ(Expanded("123456", "", 5), "");
  EXPECT_EQ(Expanded("$ORIGIN", "123456", 5), "");
}

// "SOURCE DIRECTORY", expanded, in order; '!' for an element that is passed over.
std::vector<std::string> Walk(const Needer* needer, std::string_view library_path,
                              bool secure = false) {
  std::vector<std::string> seen;
  EXPECT_FALSE(ForEachDirectory(needer, library_path, secure, [&](const Directory& directory) {
    const std::string path = Expanded(directory.text, directory.origin);
    seen.push_back(std::string(directory.source) + " " + (path.empty() ? "!" : path));
    return false;
  }));
  return seen;
}

using Lines = std::vector<std::string>;

TEST(Search, RpathOfTheWholeChainComesFirst) {
  const Needer program = {"/bin/prog", "/p1:$ORIGIN/p2", "", nullptr};
  const Needer middle = {"/lib/m.so", "/ignored", "/m", &program};
  const Needer leaf = {"/opt/l.so", "/l", "", &middle};
  EXPECT_EQ(Walk(&leaf, "/env"),
            (Lines{"DT_RPATH /l", "DT_RPATH /p1", "DT_RPATH /bin/p2", "LD_LIBRARY_PATH /env",
                   "default /lib", "default /usr/lib"}));
}

TEST(Search, RunpathComesAfterTheEnvironmentAndIsNotInherited) {
  const Needer program = {"/bin/prog", "", "/p", nullptr};
  const Needer leaf = {"/opt/l.so", "/never", "$ORIGIN/x:/y", &program};
  EXPECT_EQ(Walk(&leaf, "/e1;/e2"),
            (Lines{"LD_LIBRARY_PATH /e1", "LD_LIBRARY_PATH /e2", "DT_RUNPATH /opt/x",
                   "DT_RUNPATH /y", "default /lib", "default /usr/lib"}));
}

TEST(Search, EmptyElementsAreTheCurrentDirectory) {
  EXPECT_EQ(Walk(nullptr, ":/a"),
            (Lines{"LD_LIBRARY_PATH .", "LD_LIBRARY_PATH /a", "default /lib", "default /usr/lib"}));
}

TEST(Search, SecureProcessesHaveNoEnvironmentAndNoOrigin) {
  const Needer program = {"/bin/prog", "", "$ORIGIN/x:/y", nullptr};
  EXPECT_EQ(Walk(&program, "/env", true),
            (Lines{"DT_RUNPATH !", "DT_RUNPATH /y", "default /lib", "default /usr/lib"}));
}

TEST(Search, DefaultsAreOnlyForWhoWantsThem) {
  const Needer program = {.path = "/bin/prog", .rpath = "/p", .no_default_path = true};
  EXPECT_EQ(Walk(&program, "/env"), (Lines{"DT_RPATH /p", "LD_LIBRARY_PATH /env"}));
  // It is no matter of those that brought the image in.
  const Needer leaf = {.path = "/opt/l.so", .runpath = "/y", .brought_in_by = &program};
  EXPECT_EQ(Walk(&leaf, ""), (Lines{"DT_RUNPATH /y", "default /lib", "default /usr/lib"}));
}

TEST(Search, StopsWhereItIsTold) {
  int visits = 0;
  EXPECT_TRUE(ForEachDirectory(nullptr, "/a:/b", false, [&](const Directory& directory) {
    ++visits;
    return directory.text == "/b";
  }));
  EXPECT_EQ(visits, 2);
}

}  // namespace
}  // namespace ldso
