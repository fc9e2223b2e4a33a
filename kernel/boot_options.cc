// SPDX-License-Identifier: BSD-2-Clause
//
// The command line: words separated by blanks, `name` or `name=value`.
#include "kernel/base/string.h"
#include "kernel/main.h"

namespace kernel {
namespace {

// The word after `at`, or null at the end; `length` is its length.
const char* NextWord(const char* at, size_t* length) {
  while (*at == ' ') at++;
  if (!*at) return nullptr;
  *length = 0;
  while (at[*length] && at[*length] != ' ') ++*length;
  return at;
}

}  // namespace

bool HasBootOption(const char* word) {
  size_t wanted = base::StringLength(word);
  size_t length;
  for (const char* at = BootInfo().command_line; (at = NextWord(at, &length)); at += length) {
    if (length == wanted && __builtin_memcmp(at, word, length) == 0) return true;
  }
  return false;
}

bool BootOption(const char* name, char* value, size_t capacity) {
  size_t name_length = base::StringLength(name);
  size_t length;
  for (const char* at = BootInfo().command_line; (at = NextWord(at, &length)); at += length) {
    if (length <= name_length || at[name_length] != '=') continue;
    if (__builtin_memcmp(at, name, name_length) != 0) continue;
    size_t bytes = length - name_length - 1;
    if (bytes >= capacity) bytes = capacity - 1;
    __builtin_memcpy(value, at + name_length + 1, bytes);
    value[bytes] = '\0';
    return true;
  }
  return false;
}

}  // namespace kernel
