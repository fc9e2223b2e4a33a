// SPDX-License-Identifier: BSD-2-Clause
//
// What a program can learn of itself: dl_iterate_phdr and the debugger's list agree.
#include "libexec/ld.elf_so/debugger.h"
#include "tests/rtld/tiny.h"

extern "C" {
EXPORTED int dl_iterate_phdr(int (*visit)(void* info, size_t size, void* argument), void* argument);
EXPORTED int left_value();
}

namespace {

struct Info {
  uintptr_t address;
  const char* name;
};

void SayLast(const char* path) {
  const char* last = path;
  for (; *path; ++path) {
    if (*path == '/') last = path + 1;
  }
  say(last);
  say(" ");
}

int Visit(void* info, size_t, void* argument) {
  auto& map = *static_cast<ldso::LinkMap**>(argument);
  const auto* image = static_cast<const Info*>(info);
  SayLast(image->name);
  if (!map || map->address != image->address) say("(differs) ");
  if (map) map = map->next;
  return 0;
}

}  // namespace

int test_main(int, char**, char**) {
  ldso::LinkMap* map = _r_debug.map;
  dl_iterate_phdr(Visit, &map);
  say(map ? "more " : "same ");
  say(_r_debug.state == ldso::kConsistent && _r_debug.map->name[0] == '\0' ? "consistent\n"
                                                                           : "inconsistent\n");
  return left_value() == 141 ? 0 : 1;
}
