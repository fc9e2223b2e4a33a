// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/stack.h"

#include <cstring>

namespace exec {
namespace {

using Word = uintptr_t;
constexpr size_t kWord = sizeof(Word);
constexpr size_t kStackAlign = 16;
constexpr size_t kAddedAux = 4;  // AT_RANDOM, AT_PLATFORM, AT_EXECFN, AT_NULL

// Offsets below the top of what lies there.
struct Below {
  size_t path;
  size_t strings;
  size_t platform;
  size_t random;
  size_t words;  // the stack pointer
};

Below Place(const StackInput& input) {
  Below below;
  below.path = kWord + input.path.size() + 1;
  below.strings = below.path + input.strings.size();
  below.platform = below.strings + input.platform.size() + 1;
  below.random = below.platform + kRandomBytes;
  const size_t words = 1 + input.argument_count + 1 + input.environment_count + 1 +
                       2 * (input.aux.size() + kAddedAux);
  below.words = (below.random + words * kWord + kStackAlign - 1) & ~(kStackAlign - 1);
  return below;
}

class WordWriter {
 public:
  explicit WordWriter(std::byte* to) : to_(to) {}
  void Put(Word word) {
    std::memcpy(to_, &word, kWord);
    to_ += kWord;
  }
  void PutAux(uint64_t type, uint64_t value) {
    Put(static_cast<Word>(type));
    Put(static_cast<Word>(value));
  }

 private:
  std::byte* to_;
};

}  // namespace

size_t StackBytes(const StackInput& input) { return Place(input).words; }

void BuildStack(const StackInput& input, uintptr_t top, std::byte* to) {
  const Below below = Place(input);
  std::byte* const end = to + below.words;
  std::memset(to, 0, below.words);
  if (!input.path.empty()) std::memcpy(end - below.path, input.path.data(), input.path.size());
  if (!input.strings.empty()) {
    std::memcpy(end - below.strings, input.strings.data(), input.strings.size());
  }
  if (!input.platform.empty()) {
    std::memcpy(end - below.platform, input.platform.data(), input.platform.size());
  }
  std::memcpy(end - below.random, input.random, kRandomBytes);

  WordWriter words(to);
  words.Put(input.argument_count);
  const char* const strings = input.strings.data();
  size_t at = 0;
  for (const size_t count : {input.argument_count, input.environment_count}) {
    for (size_t i = 0; i < count; ++i) {
      words.Put(top - below.strings + at);
      while (strings[at]) ++at;
      ++at;
    }
    words.Put(0);
  }
  for (const AuxEntry& entry : input.aux) words.PutAux(entry.type, entry.value);
  words.PutAux(kAtRandom, top - below.random);
  words.PutAux(kAtPlatform, top - below.platform);
  words.PutAux(kAtExecfn, top - below.path);
  words.PutAux(kAtNull, 0);
}

}  // namespace exec
