// SPDX-License-Identifier: BSD-2-Clause
//
// Checks inside a running kernel: a failed one is a line on the console and the test goes on.
#pragma once

#include <cstdint>

namespace core_test {

inline constexpr uint64_t kMillisecond = 1'000'000;  // in nanoseconds

void Note(bool holds, const char* file, int line, const char* what);
void NoteEqual(uint64_t left, uint64_t right, const char* file, int line, const char* what);

// Groups of checks; each prints its name when it is done.
void TestFrames();
void TestKernelSpace();
void TestFullWindow();
void TestHeap();
void TestWalker();
void TestAddressSpaces();
void TestFailures();
void TestThreads();
void TestSync();
void TestFrameWalk();
void TestKpi();

}  // namespace core_test

#define CHECK_THAT(condition) ::core_test::Note((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(left, right)                                                              \
  ::core_test::NoteEqual(static_cast<uint64_t>(left), static_cast<uint64_t>(right), __FILE__, \
                         __LINE__, #left " == " #right)
