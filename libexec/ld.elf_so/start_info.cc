// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/start_info.h"

#include <cstring>

namespace ldso {
namespace {

constexpr uintptr_t kStackAlign = 16;

}  // namespace

StartInfo::StartInfo(uintptr_t* stack) : stack_(stack) {
  char** end = environment();
  while (*end) ++end;
  auxv_ = reinterpret_cast<Entry*>(end + 1);
}

StartInfo::Entry* StartInfo::Find(Aux type) const {
  Entry* entry = auxv_;
  for (; entry->type != kAuxNull; ++entry) {
    if (entry->type == type) return entry;
  }
  return nullptr;
}

uintptr_t StartInfo::Get(Aux type, uintptr_t absent) const {
  const Entry* entry = Find(type);
  return entry ? entry->value : absent;
}

void StartInfo::Set(Aux type, uintptr_t value) {
  if (Entry* entry = Find(type)) entry->value = value;
}

void StartInfo::DropArguments(int count) {
  Entry* end = auxv_;
  while (end->type != kAuxNull) ++end;
  ++end;

  uintptr_t* from = stack_ + 1 + count;
  const size_t bytes = reinterpret_cast<char*>(end) - reinterpret_cast<char*>(from);
  const uintptr_t arguments = stack_[0] - count;
  // The new argc goes at most one alignment unit below the first argument that stays.
  auto* to =
      reinterpret_cast<uintptr_t*>(reinterpret_cast<uintptr_t>(from - 1) & ~(kStackAlign - 1));
  std::memmove(to + 1, from, bytes);
  to[0] = arguments;
  *this = StartInfo(to);
}

}  // namespace ldso
