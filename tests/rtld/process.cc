// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

std::vector<char*> Vector(const std::vector<std::string>& words) {
  std::vector<char*> vector;
  for (const std::string& word : words) vector.push_back(const_cast<char*>(word.c_str()));
  vector.push_back(nullptr);
  return vector;
}

// A file without a name: unlike a pipe it never fills up.
class Capture {
 public:
  Capture() : file_(tmpfile()) {
    if (!file_) abort();
  }
  ~Capture() { fclose(file_); }
  int descriptor() const { return fileno(file_); }
  std::string Text() const {
    std::string text;
    rewind(file_);
    for (int c; (c = getc(file_)) != EOF;) text += static_cast<char>(c);
    return text;
  }

 private:
  FILE* file_;
};

}  // namespace

Finished RunProcess(const std::string& directory, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment) {
  const std::vector<char*> argv = Vector(arguments), envp = Vector(environment);
  const Capture out, err;
  const pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    if (chdir(directory.c_str()) == 0 && dup2(out.descriptor(), 1) == 1 &&
        dup2(err.descriptor(), 2) == 2) {
      execve(argv[0], argv.data(), envp.data());
    }
    _exit(126);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) abort();
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, out.Text(), err.Text()};
}
