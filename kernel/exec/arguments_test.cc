// SPDX-License-Identifier: BSD-2-Clause
// How much a program may be given, whole and in pieces.

#include "kernel/exec/arguments.h"

#include <gtest/gtest.h>

#include <string>

#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"

namespace exec {
namespace {

using base::Errno;
using base::Error;

std::string Text(const Arguments& arguments) {
  return {arguments.strings.data(), arguments.strings.size()};
}

TEST(Arguments, StringsLieOneBehindTheOtherInOneOrMorePieces) {
  Arguments arguments;
  EXPECT_EQ(arguments.Add("sh", false), Error::kOk);
  EXPECT_EQ(arguments.Begin("ab"), Error::kOk);
  EXPECT_EQ(arguments.Begin("cd"), Error::kOk);
  EXPECT_EQ(arguments.Add("e", false), Error::kOk);
  EXPECT_EQ(arguments.Add("", false), Error::kOk);
  EXPECT_EQ(arguments.Begin("A="), Error::kOk);
  EXPECT_EQ(arguments.Add("", true), Error::kOk);
  EXPECT_EQ(Text(arguments), std::string("sh\0abcde\0\0A=\0", 13));
  EXPECT_EQ(arguments.argument_count, 3u);
  EXPECT_EQ(arguments.environment_count, 1u);
}

// Linux: MAX_ARG_STRLEN.
TEST(Arguments, OneStringHasAnEnd) {
  const std::string most(131071, 'x');
  Arguments arguments;
  EXPECT_EQ(arguments.Add(most, false), Error::kOk);
  EXPECT_EQ(arguments.strings.size(), most.size() + 1);
  Arguments too_long;
  EXPECT_EQ(too_long.Add(most + "x", false), Errno(E2BIG));
  // The same in pieces, behind another string.
  constexpr size_t kPiece = 12288;
  for (const size_t length : {most.size(), most.size() + 1}) {
    Arguments pieces;
    EXPECT_EQ(pieces.Add("name", false), Error::kOk);
    size_t left = length;
    for (; left > kPiece; left -= kPiece) {
      EXPECT_EQ(pieces.Begin(std::string(kPiece, 'x')), Error::kOk);
    }
    EXPECT_EQ(pieces.Add(std::string(left, 'x'), false),
              length == most.size() ? Error::kOk : Errno(E2BIG));
  }
}

TEST(Arguments, AllTogetherHaveAnEnd) {
  constexpr size_t kBytes = 1000;
  Arguments arguments;
  Error error = Error::kOk;
  while (base::Ok(error)) error = arguments.Add(std::string(kBytes - 1, 'x'), true);
  EXPECT_EQ(error, Errno(E2BIG));
  EXPECT_EQ(arguments.environment_count, kArgumentsMax / (kBytes + sizeof(uintptr_t)));
  // Nothing of what was refused stays.
  EXPECT_EQ(arguments.strings.size(), arguments.environment_count * kBytes);
}

TEST(Arguments, NoMemoryIsTold) {
  for (uint64_t nth = 1;; ++nth) {
    Arguments arguments;
    mm::FailAllocationAfter(nth);
    size_t bytes = 0;
    Error error = Error::kOk;
    for (const size_t length : {size_t{7}, size_t{100}, size_t{1000}}) {
      error = arguments.Add(std::string(length, 'x'), false);
      if (!base::Ok(error)) break;
      bytes += length + 1;
    }
    mm::FailAllocationAfter(0);
    EXPECT_EQ(arguments.strings.size(), bytes);
    if (base::Ok(error)) {
      EXPECT_EQ(nth, 4u);
      break;
    }
    EXPECT_EQ(error, Errno(ENOMEM));
  }
}

}  // namespace
}  // namespace exec
