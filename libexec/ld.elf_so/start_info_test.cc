// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/start_info.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ldso {
namespace {

// An initial stack at a 16-byte boundary, with room in front.
class Stack {
 public:
  Stack(std::vector<const char*> arguments, std::vector<const char*> environment,
        std::vector<std::pair<uintptr_t, uintptr_t>> auxv) {
    size_t at = kRoom;
    words_[at++] = arguments.size();
    for (const char* argument : arguments) words_[at++] = reinterpret_cast<uintptr_t>(argument);
    words_[at++] = 0;
    for (const char* variable : environment) words_[at++] = reinterpret_cast<uintptr_t>(variable);
    words_[at++] = 0;
    for (const auto& [type, value] : auxv) {
      words_[at++] = type;
      words_[at++] = value;
    }
    words_[at++] = kAuxNull;
    words_[at++] = 0;
  }
  uintptr_t* top() { return words_ + kRoom; }

 private:
  static constexpr size_t kRoom = 4;
  alignas(16) uintptr_t words_[64] = {};
};

std::vector<std::string> Strings(char** vector) {
  std::vector<std::string> strings;
  for (; *vector; ++vector) strings.emplace_back(*vector);
  return strings;
}

using Words = std::vector<std::string>;

TEST(StartInfo, ReadsTheVectors) {
  Stack stack({"prog", "-x"}, {"A=1", "B=2"}, {{kAuxPageSize, 4096}, {kAuxEntry, 0x1234}});
  const StartInfo start(stack.top());
  EXPECT_EQ(start.argc(), 2);
  EXPECT_EQ(Strings(start.argv()), (Words{"prog", "-x"}));
  EXPECT_EQ(Strings(start.environment()), (Words{"A=1", "B=2"}));
  EXPECT_EQ(start.Get(kAuxPageSize), 4096u);
  EXPECT_EQ(start.Get(kAuxEntry), 0x1234u);
  EXPECT_EQ(start.Get(kAuxBase), 0u);
  EXPECT_EQ(start.Get(kAuxBase, 7), 7u);
}

TEST(StartInfo, ChangesOnlyWhatIsThere) {
  Stack stack({"prog"}, {}, {{kAuxEntry, 1}, {kAuxBase, 2}});
  StartInfo start(stack.top());
  start.Set(kAuxBase, 9);
  start.Set(kAuxPhdr, 5);
  EXPECT_EQ(start.Get(kAuxBase), 9u);
  EXPECT_EQ(start.Get(kAuxEntry), 1u);
  EXPECT_EQ(start.Get(kAuxPhdr), 0u);
}

TEST(StartInfo, DroppedArgumentsLeaveAnAlignedStack) {
  for (int count = 0; count <= 4; ++count) {
    Stack stack({"ld.elf_so", "--argv0", "x", "prog", "arg"}, {"A=1"}, {{kAuxEntry, 77}});
    StartInfo start(stack.top());
    start.DropArguments(count);
    Words expected = {"ld.elf_so", "--argv0", "x", "prog", "arg"};
    expected.erase(expected.begin(), expected.begin() + count);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(start.stack()) % 16, 0u) << count;
    EXPECT_GE(start.stack(), stack.top()) << count;
    EXPECT_EQ(start.argc(), 5 - count);
    EXPECT_EQ(Strings(start.argv()), expected) << count;
    EXPECT_EQ(Strings(start.environment()), (Words{"A=1"})) << count;
    EXPECT_EQ(start.Get(kAuxEntry), 77u) << count;
  }
}

}  // namespace
}  // namespace ldso
