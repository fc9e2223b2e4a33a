// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <sstream>

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
  // A program of another CPU is run by an emulator, which is a program of the host: a variable like
  // LD_PRELOAD is not meant for it. qemu-user's -E gives it to what it runs.
  std::istringstream emulator(getenv("EMULATOR") ? getenv("EMULATOR") : "");
  std::vector<std::string> words{std::istream_iterator<std::string>(emulator), {}};
  std::vector<std::string> variables = environment;
  if (!words.empty()) {
    for (const std::string& variable : variables) words.insert(words.end(), {"-E", variable});
    variables.clear();
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::vector<char*> argv = Vector(words), envp = Vector(variables);
  const Capture out, err;
  const pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    if (chdir(directory.c_str()) == 0 && dup2(out.descriptor(), 1) == 1 &&
        dup2(err.descriptor(), 2) == 2) {
      execvpe(argv[0], argv.data(), envp.data());
    }
    _exit(126);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) abort();
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, out.Text(), err.Text()};
}
