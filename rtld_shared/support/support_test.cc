// SPDX-License-Identifier: BSD-2-Clause
//
// The helpers against the compiler's own. What is C is compiled for this test under other names, so
// that the host's stay in use by everybody else.

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "rtld_shared/support/integer.h"

extern "C" {
void* TestedMemcpy(void* to, const void* from, size_t size);
void* TestedMemmove(void* to, const void* from, size_t size);
void* TestedMemset(void* to, int value, size_t size);
int TestedMemcmp(const void* left, const void* right, size_t size);
size_t TestedStrlen(const char* text);
int TestedPopcount32(int32_t value);
int TestedPopcount64(int64_t value);
}

namespace support {
namespace {

const uint64_t kNumbers[] = {1,
                             2,
                             3,
                             7,
                             10,
                             0xffff,
                             0x10000,
                             0x7fffffff,
                             0x80000000,
                             0xffffffff,
                             0x100000000,
                             0x123456789abcdef0,
                             0x7fffffffffffffff,
                             0x8000000000000000,
                             0xfffffffffffffffe,
                             0xffffffffffffffff};

TEST(Integer, DividesLikeTheCpu) {
  for (const uint64_t a : kNumbers) {
    for (const uint64_t b : kNumbers) {
      const Division result = Divide(a, b);
      EXPECT_EQ(result.quotient, a / b) << a << " / " << b;
      EXPECT_EQ(result.remainder, a % b) << a << " % " << b;
    }
  }
  EXPECT_EQ(Divide(0, 5).quotient, 0u);
}

TEST(Integer, CountsLikeTheCpu) {
  for (const uint64_t n : kNumbers) {
    EXPECT_EQ(TrailingZeros64(n), __builtin_ctzll(n)) << n;
    EXPECT_EQ(LeadingZeros64(n), __builtin_clzll(n)) << n;
    EXPECT_EQ(SwapBytes64(n), __builtin_bswap64(n)) << n;
    EXPECT_EQ(TestedPopcount64(static_cast<int64_t>(n)), __builtin_popcountll(n)) << n;
    EXPECT_EQ(TestedPopcount32(static_cast<int32_t>(LowHalf(n))), __builtin_popcount(LowHalf(n)))
        << n;
  }
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_EQ(TrailingZeros(uint32_t{1} << bit), bit);
    EXPECT_EQ(LeadingZeros(uint32_t{1} << bit), 31 - bit);
  }
}

std::vector<unsigned char> Pattern(size_t size) {
  std::vector<unsigned char> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(i * 7 + 1);
  return bytes;
}

TEST(Memory, CopiesEverySizeAtEveryAlignment) {
  for (size_t size = 0; size < 40; ++size) {
    for (size_t from = 0; from < 9; ++from) {
      for (size_t to = 0; to < 9; ++to) {
        std::vector<unsigned char> source = Pattern(64), target(64, 0xee), expected = target;
        std::copy_n(source.begin() + static_cast<long>(from), size,
                    expected.begin() + static_cast<long>(to));
        EXPECT_EQ(TestedMemcpy(target.data() + to, source.data() + from, size), target.data() + to);
        ASSERT_EQ(target, expected);
        // Overlapping, in both directions.
        std::vector<unsigned char> moved = Pattern(64), wanted = moved;
        std::memmove(wanted.data() + to, wanted.data() + from, size);
        EXPECT_EQ(TestedMemmove(moved.data() + to, moved.data() + from, size), moved.data() + to);
        ASSERT_EQ(moved, wanted);
      }
    }
  }
}

TEST(Memory, SetsOnlyWhatItIsTold) {
  for (size_t size = 0; size < 40; ++size) {
    for (size_t at = 0; at < 9; ++at) {
      std::vector<unsigned char> target = Pattern(64), expected = target;
      std::fill_n(expected.begin() + static_cast<long>(at), size, 0xc3);
      EXPECT_EQ(TestedMemset(target.data() + at, 0x1c3, size), target.data() + at);
      ASSERT_EQ(target, expected);
    }
  }
}

TEST(Memory, CountsUpToTheNul) {
  const std::string text(200, '\xff');
  for (size_t length = 0; length <= text.size(); ++length) {
    EXPECT_EQ(TestedStrlen(text.data() + text.size() - length), length);
  }
}

TEST(Memory, ComparesBytesAsUnsigned) {
  for (size_t size = 0; size < 40; ++size) {
    const std::vector<unsigned char> a = Pattern(size + 1);
    std::vector<unsigned char> b = a;
    EXPECT_EQ(TestedMemcmp(a.data(), b.data(), size), 0);
    for (size_t i = 0; i < size; ++i) {
      b = a;
      b[i] ^= 0x80;
      const int order = TestedMemcmp(a.data(), b.data(), size);
      EXPECT_EQ(order < 0, std::memcmp(a.data(), b.data(), size) < 0);
      EXPECT_NE(order, 0);
      EXPECT_EQ(TestedMemcmp(a.data(), b.data(), i), 0);
    }
  }
}

}  // namespace
}  // namespace support
