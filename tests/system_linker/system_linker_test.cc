// SPDX-License-Identifier: BSD-2-Clause
//
// Programs of one CPU as its glibc starts them, and as rtld_shared links the same files at the same
// addresses: every word that relocation stores is the same.
//
//   pie, exec -> libleft, libright, libold -> libbase, libstdc++, libc
//             -> libmany11 -> libmany10 -> ... -> libmany0

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/system_linker/compare.h"
#include "tests/system_linker/glibc_habits.h"
#include "tests/system_linker/machine_of_file.h"
#include "tests/system_linker/snapshot.h"

namespace tests {
namespace {

using arch::testing::Machine;

constexpr char kFolder[] = "tests/system_linker/";

std::string FileOf(const std::string& name) {
  return std::filesystem::absolute(kFolder + name).lexically_normal();
}

class SystemLinker : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    machine_ = MachineOfFile(FileOf(GetParam()));
    ASSERT_NE(machine_, nullptr) << "no CPU of the tree has " << FileOf(GetParam());
    std::string error;
    ASSERT_TRUE(
        oracle::ReadCalculations("arch/" + machine_->name + "/relocations", calculations_, error))
        << error;
    ASSERT_TRUE(
        Take(LaunchOf(*machine_, FileOf("snapshot.so")), FileOf(GetParam()), snapshot_, error))
        << error;
  }

  const Machine* machine_ = nullptr;
  oracle::Calculations calculations_;
  Snapshot snapshot_;
};

INSTANTIATE_TEST_SUITE_P(Programs, SystemLinker, testing::Values("pie", "exec"),
                         [](const auto& info) { return std::string(info.param); });

TEST(GlibcHabits, AreReadAndOtherLinesRefused) {
  const std::string path = testing::TempDir() + "glibc_habits";
  GlibcHabits habits;
  std::string error;
  std::ofstream(path) << "# of two CPUs\nstatic pairs 7000 4\ndebugger 16 35\nlazy entries\n";
  ASSERT_TRUE(ReadGlibcHabits(path, habits, error)) << error;
  EXPECT_EQ(habits.static_pairs_tag, 0x7000u);
  EXPECT_EQ(habits.static_pairs_bit, 4u);
  EXPECT_EQ(habits.debugger_map, 0x16u);
  EXPECT_EQ(habits.debugger_relative, 0x35u);
  EXPECT_TRUE(habits.lazy_entries && !habits.local_entries);
  for (const char* line : {"lazy", "static pairs 7000", "debugger 16", "local habits"}) {
    std::ofstream(path) << line << "\n";
    EXPECT_FALSE(ReadGlibcHabits(path, habits, error)) << line;
    EXPECT_EQ(error, path + ": what is '" + line + "'?");
  }
}

TEST_P(SystemLinker, StoresWhatRtldSharedStores) {
  SystemCounts counts;
  EXPECT_EQ(CompareWithSystem(*machine_, calculations_, snapshot_, counts), "");
  // The program, what is preloaded, sixteen libraries of ours, the C and C++ libraries, the linker.
  EXPECT_GE(counts.images, 23u);
  EXPECT_GE(counts.words, 3000u);
  // The program has a block, and copies no variable of the linker.
  EXPECT_EQ(counts.tls_blocks, 1u);
  EXPECT_EQ(counts.changed, 0u);
  const std::string judge = "compared.glibc." + machine_->name + ".";
  RecordProperty(judge + "images", static_cast<int>(counts.images));
  RecordProperty(judge + "words", static_cast<int>(counts.words));
  std::cout << GetParam() << ": " << counts.images << " images, " << counts.words << " words, "
            << counts.resolvers << " results of resolvers, " << counts.descriptors
            << " TLS descriptors, " << counts.local_entries << " local entries, " << counts.slots
            << " slots made in another way, " << counts.unlisted << " words of glibc's own\n";
}

// What follows is about the comparison: one program is enough.
using SystemLinkerChanged = SystemLinker;
INSTANTIATE_TEST_SUITE_P(Program, SystemLinkerChanged, testing::Values("pie"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SystemLinkerChanged, AWordThatDiffersIsFound) {
  // libbase's pointer into its own data, or into the program's copy of it.
  bool changed = false;
  for (SnapshotObject& object : snapshot_.objects) {
    if (!object.path.ends_with("libbase.so")) continue;
    for (SnapshotObject::Memory& memory : object.writable) {
      for (uint8_t& byte : memory.bytes) byte ^= 0x10;
    }
    changed = true;
  }
  ASSERT_TRUE(changed);
  SystemCounts counts;
  const std::string text = CompareWithSystem(*machine_, calculations_, snapshot_, counts);
  EXPECT_NE(text.find("libbase.so at "), std::string::npos) << text;
}

TEST_P(SystemLinkerChanged, AWordThatNoRelocationListsIsFound) {
  // The end of libbase's variables.
  bool changed = false;
  for (SnapshotObject& object : snapshot_.objects) {
    if (!object.path.ends_with("libbase.so")) continue;
    object.writable.back().bytes.back() ^= 0x10;
    changed = true;
  }
  ASSERT_TRUE(changed);
  SystemCounts counts;
  const std::string text = CompareWithSystem(*machine_, calculations_, snapshot_, counts);
  EXPECT_NE(text.find("libbase.so at "), std::string::npos) << text;
  EXPECT_NE(text.find("no relocation is listed, but "), std::string::npos) << text;
}

TEST_P(SystemLinkerChanged, ATlsBlockElsewhereIsFound) {
  snapshot_.objects[0].tls_block += 8;
  SystemCounts counts;
  const std::string text = CompareWithSystem(*machine_, calculations_, snapshot_, counts);
  EXPECT_NE(text.find("pie: TLS block at "), std::string::npos) << text;
  EXPECT_EQ(counts.tls_blocks, 0u);
}

TEST_P(SystemLinkerChanged, AnotherOrderOfLoadingIsFound) {
  // The last of the row of libraries.
  const size_t last = snapshot_.objects.size() - 1;
  ASSERT_TRUE(snapshot_.objects[last].path.ends_with("libmany1.so"))
      << snapshot_.objects[last].path;
  ASSERT_TRUE(snapshot_.objects[last - 1].path.ends_with("libmany2.so"));
  std::swap(snapshot_.objects[last - 1], snapshot_.objects[last]);
  SystemCounts counts;
  const std::string text = CompareWithSystem(*machine_, calculations_, snapshot_, counts);
  EXPECT_TRUE(text.starts_with("image ")) << text;
  EXPECT_NE(text.find("libmany2.so instead of "), std::string::npos) << text;
}

}  // namespace
}  // namespace tests
