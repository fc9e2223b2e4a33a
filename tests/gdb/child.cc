// SPDX-License-Identifier: BSD-2-Clause

#include "tests/gdb/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace gdb_test {

Child::Child(const std::vector<std::string>& arguments, Deadline deadline) : deadline_(deadline) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int in[2], out[2], err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "pipe2: " << errno;
    return;
  }
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  if (pid_ > 0) setpgid(pid_, pid_);  // whoever of the two comes first
  close(in[0]);
  close(out[1]);
  close(err[1]);
  input_ = in[1];
  readers_[kOut] = std::thread([this, fd = out[0]] { Read(kOut, fd); });
  readers_[kErr] = std::thread([this, fd = err[0]] { Read(kErr, fd); });
}

Child::~Child() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (std::thread& reader : readers_) {
    if (reader.joinable()) reader.join();
  }
  if (input_ >= 0) close(input_);
}

void Child::Read(Stream stream, int descriptor) {
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    Text& text = texts_[stream];
    if (got > 0) text.all.append(buffer, static_cast<size_t>(got));
    text.ended = got <= 0;
    changed_.notify_all();
    if (text.ended) break;
  }
  close(descriptor);
}

void Child::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(input_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    ASSERT_GT(written, 0) << "the program does not read";
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void Child::Signal(int signal) { EXPECT_EQ(kill(pid_, signal), 0); }

std::string Child::Until(Stream stream, std::string_view word) {
  std::unique_lock lock(mutex_);
  Text& text = texts_[stream];
  for (;;) {
    const size_t at = text.all.find(word, text.taken);
    const bool found = at != std::string::npos;
    bool late = false;
    if (!found && !text.ended) {
      late = changed_.wait_until(lock, deadline_) == std::cv_status::timeout;
      if (!late) continue;
    }
    const size_t end = found ? at + word.size() : text.all.size();
    const std::string taken = text.all.substr(text.taken, end - text.taken);
    text.taken = end;
    if (!found) {
      ADD_FAILURE() << (late ? "timed out" : "ended") << " before \"" << word << "\" came:\n"
                    << taken;
    }
    return taken;
  }
}

int Child::Wait() {
  {
    std::unique_lock lock(mutex_);
    const bool ended = changed_.wait_until(
        lock, deadline_, [this] { return texts_[kOut].ended && texts_[kErr].ended; });
    if (!ended) {
      ADD_FAILURE() << "timed out; standard error:\n" << texts_[kErr].all;
      return -1;
    }
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Child::All(Stream stream) {
  const std::lock_guard lock(mutex_);
  return texts_[stream].all;
}

}  // namespace gdb_test
