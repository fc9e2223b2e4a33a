// SPDX-License-Identifier: BSD-2-Clause
//
// A program that a test talks with: it writes lines to the program's standard input and waits for
// words on its standard output and standard error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gdb_test {

using Deadline = std::chrono::steady_clock::time_point;

class Child {
 public:
  enum Stream { kOut = 0, kErr = 1 };

  // Starts `arguments`, found in $PATH, in a process group of its own. Every wait ends at
  // `deadline`.
  Child(const std::vector<std::string>& arguments, Deadline deadline);
  // Kills the group if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Write(std::string_view text);
  void Signal(int signal);
  // Waits for `word` in what has come and has not been returned yet, and returns everything up to
  // its end. When the stream or the time ends before: the rest, and the test fails.
  std::string Until(Stream stream, std::string_view word);
  // The end of both streams and of the program: its exit status, -1 for any other end.
  int Wait();
  // Everything so far.
  std::string All(Stream stream);

 private:
  struct Text {
    std::string all;
    size_t taken = 0;
    bool ended = false;
  };

  void Read(Stream stream, int descriptor);

  const Deadline deadline_;
  pid_t pid_ = -1;
  int input_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  Text texts_[2];
  std::thread readers_[2];
};

}  // namespace gdb_test
