// SPDX-License-Identifier: BSD-2-Clause
//
// What execve takes and what it refuses.
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "kernel/testing/user/abi.h"

namespace abi {
namespace {

constexpr char kSelf[] = "/proc/self/exe";
constexpr char kDamaged[] = "/tmp/damaged";
constexpr char kUser[] = "/tmp/user-of-damaged";

std::string OwnImage() {
  std::string image;
  char part[4096];
  const int file = open(kSelf, O_RDONLY);
  for (ssize_t got; (got = read(file, part, sizeof part)) > 0;) image.append(part, got);
  close(file);
  return image;
}

void WriteProgram(const char* path, const std::string& image) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  CHECK(write(file, image.data(), image.size()) == static_cast<ssize_t>(image.size()));
  close(file);
}

// This program with an interpreter, for which a header that it can do without makes room. The name,
// with its NUL, is where the program itself has it.
std::string WithInterpreter(std::string image, std::string_view name) {
  const size_t at = image.find(name);
  const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(image.data());
  auto* const segments = reinterpret_cast<ElfW(Phdr)*>(image.data() + header.e_phoff);
  const ElfW(Phdr)* holder = nullptr;
  ElfW(Phdr)* spare = nullptr;
  for (ElfW(Phdr)* each = segments; each != segments + header.e_phnum; ++each) {
    if (each->p_type == PT_LOAD && at - each->p_offset < each->p_filesz) holder = each;
    if (each->p_type == PT_GNU_STACK) spare = each;
  }
  CHECK(holder && spare);
  if (!holder || !spare) return image;
  spare->p_type = PT_INTERP;
  spare->p_offset = at;
  spare->p_vaddr = spare->p_paddr = holder->p_vaddr + (at - holder->p_offset);
  spare->p_filesz = spare->p_memsz = name.size();
  return image;
}

// Linux begins what it cannot go on with, and kills it.
void ExpectNoProgram(const char* path, int error) {
  const pid_t child = fork();
  if (child == 0) {
    char name[] = "damaged";
    char* arguments[] = {name, nullptr};
    execve(path, arguments, arguments + 1);
    _exit(errno == error ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
}

// One string may be as long as Linux lets it, and all of it arrives.
void TestLongArguments() {
  constexpr size_t kMost = 131071;
  for (const size_t length : {size_t{100000}, kMost, kMost + 1}) {
    const pid_t child = fork();
    if (child == 0) {
      char name[] = "abi";
      char check[] = "check-length";
      std::string digits = std::to_string(length);
      std::string text(length, 'x');
      char* arguments[] = {name, check, digits.data(), text.data(), nullptr};
      execve(kSelf, arguments, arguments + 4);
      _exit(errno == E2BIG ? 2 : 3);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == (length <= kMost ? 0 : 2));
  }
}

// A program that begins where no user may be, and one that such a file is the run-time linker of.
void TestImpossibleEntry() {
  constexpr auto kImpossible =
      static_cast<uintptr_t>(sizeof(uintptr_t) == 8 ? 0x8000000000000000 : 0xf0000000);
  std::string image = OwnImage();
  CHECK(image.size() > sizeof(ElfW(Ehdr)));
  const std::string user = WithInterpreter(image, {kDamaged, sizeof kDamaged});
  reinterpret_cast<ElfW(Ehdr)*>(image.data())->e_entry = kImpossible;
  WriteProgram(kDamaged, image);
  WriteProgram(kUser, user);
  ExpectNoProgram(kDamaged, ENOEXEC);
  ExpectNoProgram(kUser, ELIBBAD);
  CHECK(unlink(kDamaged) == 0 && unlink(kUser) == 0);
}

}  // namespace

int CheckLength(const char* digits, const char* text) {
  const std::string expected(std::stoul(digits), 'x');
  return expected == text ? 0 : 1;
}

void ExecGroups() {
  Group("long arguments", TestLongArguments);
  Group("impossible entry", TestImpossibleEntry);
}

}  // namespace abi
