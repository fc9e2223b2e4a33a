// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int chosen();
EXPORTED extern int (*chosen_pointer)();
EXPORTED int local_chosen();
}

namespace {

int Own() { return 44; }
extern "C" int (*choose_own())() { return Own; }
[[gnu::ifunc("choose_own")]] int own_choice();

// What a resolver was told of the CPU.
uintptr_t told = 0;
constexpr size_t kWords = 3;
uintptr_t told_words[kWords] = {};  // what the second argument points to
bool told_more = false;

// A mark in the first argument says that there is a second one to look at.
constexpr uintptr_t kMark =
    sizeof(uintptr_t) == 8 ? uintptr_t{1} << (sizeof(uintptr_t) * 8 - 2) : 0;

int Told() { return 55; }
int Untold() { return 66; }
extern "C" int (*choose_by_capabilities(uintptr_t capabilities, const uintptr_t* more))() {
  told = capabilities;
  if ((capabilities & kMark) != 0) {
    told_more = true;
    for (size_t i = 0; i < kWords; ++i) told_words[i] = more[i];
  }
  return (capabilities & ~kMark) != 0 ? Told : Untold;
}
[[gnu::ifunc("choose_by_capabilities")]] int choice_by_capabilities();

// The value of the first entry of that type in the auxiliary vector, which is behind the environment.
uintptr_t Auxiliary(char** environment, uintptr_t type) {
  while (*environment) ++environment;
  for (auto* entry = reinterpret_cast<const uintptr_t*>(environment + 1); entry[0] != 0;
       entry += 2) {
    if (entry[0] == type) return entry[1];
  }
  return 0;
}

bool IsToldRight(char** environment) {
  constexpr uintptr_t kAtHwcap = 16, kAtHwcap2 = 26;
  const uintptr_t capabilities = Auxiliary(environment, kAtHwcap);
  if ((told & ~kMark) != capabilities) return false;
  return !told_more || (told_words[0] == sizeof told_words && told_words[1] == capabilities &&
                        told_words[2] == Auxiliary(environment, kAtHwcap2));
}

}  // namespace

int test_main(int, char**, char** environment) {
  int (*volatile pointer)() = chosen;
  say_number(chosen());
  say_number(pointer());
  say_number(chosen_pointer());
  say_number(local_chosen());
  say_number(own_choice());
  say_number(choice_by_capabilities());
  say(IsToldRight(environment) ? "told\n" : "told something else\n");
  return 0;
}
