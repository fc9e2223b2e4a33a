// SPDX-License-Identifier: BSD-2-Clause
// The initial stack, word by word, and script lines.

#include "kernel/exec/stack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "kernel/exec/script.h"

namespace exec {
namespace {

constexpr uintptr_t kTop = 0x7000'0000'1000;

// A stack built in a buffer, read by the addresses that the program would use.
class Built {
 public:
  explicit Built(const StackInput& input) : bytes_(StackBytes(input)) {
    BuildStack(input, kTop, bytes_.data());
  }
  uintptr_t pointer() const { return kTop - bytes_.size(); }
  uint64_t Word(size_t index) const {
    uint64_t word;
    std::memcpy(&word, bytes_.data() + 8 * index, 8);
    return word;
  }
  std::string String(uintptr_t address) const {
    return reinterpret_cast<const char*>(bytes_.data() + (address - pointer()));
  }
  std::string Bytes(uintptr_t address, size_t count) const {
    return {reinterpret_cast<const char*>(bytes_.data() + (address - pointer())), count};
  }
  size_t size() const { return bytes_.size(); }

 private:
  std::vector<std::byte> bytes_;
};

TEST(Stack, HasExactlyTheLayoutOfTheAbi) {
  using namespace std::string_view_literals;
  const AuxEntry aux[] = {{kAtPagesz, 4096}, {kAtEntry, 0x401000}};
  StackInput input;
  input.strings = "sh\0-c\0HOME=/\0"sv;
  input.argument_count = 2;
  input.environment_count = 1;
  input.path = "/bin/sh";
  input.platform = "cpu";
  for (size_t i = 0; i < kRandomBytes; ++i) input.random[i] = static_cast<uint8_t>(i + 1);
  input.aux = aux;
  const Built stack(input);

  EXPECT_EQ(stack.pointer() % 16, 0u);
  EXPECT_EQ(stack.Word(0), 2u);
  EXPECT_EQ(stack.String(stack.Word(1)), "sh");
  EXPECT_EQ(stack.String(stack.Word(2)), "-c");
  EXPECT_EQ(stack.Word(3), 0u);
  EXPECT_EQ(stack.String(stack.Word(4)), "HOME=/");
  EXPECT_EQ(stack.Word(5), 0u);
  // The auxiliary vector: what was given, in order, then what the builder adds.
  const uint64_t types[] = {kAtPagesz, kAtEntry, kAtRandom, kAtPlatform, kAtExecfn, kAtNull};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(stack.Word(6 + 2 * i), types[i]) << i;
  EXPECT_EQ(stack.Word(7), 4096u);
  EXPECT_EQ(stack.Word(9), 0x401000u);
  EXPECT_EQ(stack.Bytes(stack.Word(11), kRandomBytes), "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20");
  EXPECT_EQ(stack.String(stack.Word(13)), "cpu");
  EXPECT_EQ(stack.String(stack.Word(15)), "/bin/sh");
  EXPECT_EQ(stack.Word(17), 0u);
  // Strings lie in one piece, argv before envp before the path, under a zero word.
  EXPECT_EQ(stack.Word(2), stack.Word(1) + 3);
  EXPECT_EQ(stack.Word(4), stack.Word(1) + 6);
  EXPECT_EQ(stack.Word(15), stack.Word(1) + 13);
  EXPECT_EQ(stack.Word(15) + 8, kTop - 8);
  EXPECT_EQ(stack.Word(stack.size() / 8 - 1), 0u);
}

TEST(Stack, IsAlignedWhateverTheStringsLengths) {
  for (size_t length = 0; length < 40; ++length) {
    StackInput input;
    const std::string path(length, 'p');
    input.path = path;
    const Built stack(input);
    EXPECT_EQ(stack.pointer() % 16, 0u) << length;
    EXPECT_EQ(stack.Word(0), 0u);
    EXPECT_EQ(stack.Word(1), 0u);  // argv's end
    EXPECT_EQ(stack.Word(2), 0u);  // envp's end
    EXPECT_EQ(stack.Word(3), uint64_t{kAtRandom});
    EXPECT_EQ(stack.String(stack.Word(8)), path);
  }
}

TEST(Script, ReadsInterpreterAndOneArgument) {
  using namespace std::string_view_literals;
  const struct {
    std::string_view line;
    const char* interpreter;
    const char* argument;
  } kCases[] = {
      {"#!/bin/sh\necho", "/bin/sh", ""},
      {"#! /bin/sh -e \n", "/bin/sh", "-e"},
      {"#!\t/usr/bin/env\tawk -f\n", "/usr/bin/env", "awk -f"},
      {"#!/bin/sh -x", "/bin/sh", "-x"},
      {"#!\n/bin/sh\n", "", ""},
      {"#!   \n", "", ""},
      {"# !/bin/sh\n", "", ""},
      {"\x7f"
       "ELF",
       "", ""},
      {"#!/no/end/of/line", "", ""},
      {"#!/end/of/file\0"sv, "/end/of/file", ""},
      {"#!/end/of/file -x \0"sv, "/end/of/file", "-x"},
  };
  for (const auto& c : kCases) {
    const ScriptLine line = ParseScriptLine(c.line);
    EXPECT_EQ(line.interpreter, c.interpreter) << c.line;
    EXPECT_EQ(line.argument, c.argument) << c.line;
  }
}

}  // namespace
}  // namespace exec
