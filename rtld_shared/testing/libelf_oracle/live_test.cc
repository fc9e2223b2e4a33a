// SPDX-License-Identifier: BSD-2-Clause
//
// The oracle against a dynamic linker that is neither ours nor its own: what the host's linker
// stored in this very process. Every image of the process is read again from its file, and the
// words that relocation protects (PT_GNU_RELRO) or fills with functions (jump slots) are compared
// with memory. LD_BIND_NOW is set, so that no slot waits for its first call.

#include <gtest/gtest.h>
#include <link.h>

#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "rtld_shared/testing/libelf_oracle/calculations.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace oracle {
namespace {

struct Loaded {
  std::string path;
  uint64_t bias;
};

// Images of this process in scope order.
std::vector<Loaded> LoadedImages() {
  std::vector<Loaded> images;
  const auto collect = [](dl_phdr_info* info, size_t, void* list) {
    std::string path = info->dlpi_name;
    auto& out = *static_cast<std::vector<Loaded>*>(list);
    if (path.empty() && out.empty()) path = std::filesystem::read_symlink("/proc/self/exe");
    // What has no file (the vDSO) has no relocations either.
    if (std::filesystem::exists(path)) out.push_back({path, info->dlpi_addr});
    return 0;
  };
  dl_iterate_phdr(collect, &images);
  return images;
}

// The psABI of the machine this process runs on.
Calculations HostCalculations(const std::string& executable) {
  for (const auto& folder : std::filesystem::directory_iterator("arch")) {
    Calculations calculations;
    std::string error;
    const std::string path = folder.path() / "relocations";
    if (!std::filesystem::exists(path)) continue;
    EXPECT_TRUE(ReadCalculations(path, calculations, error)) << error;
    if (calculations.machine == Image::MachineOf(executable)) return calculations;
  }
  return {};
}

bool IsProtected(const Image& image, uint64_t place) {
  for (const Segment& segment : image.segments) {
    if (segment.type == PT_GNU_RELRO && place - segment.vaddr < segment.memsz) return true;
  }
  return false;
}

uint64_t Read(uint64_t address, unsigned bytes) {
  uint64_t value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(address), bytes);
  return value;
}

TEST(Live, TheHostsLinkerStoredWhatTheOracleSays) {
  const std::vector<Loaded> loaded = LoadedImages();
  ASSERT_GE(loaded.size(), 3u);  // this program, the C library, the linker
  const Calculations calculations = HostCalculations(loaded[0].path);
  ASSERT_NE(calculations.machine, 0) << "no arch/*/relocations for this machine";

  std::deque<Image> images;
  std::vector<Placed> placed;
  std::string error;
  for (const Loaded& one : loaded) {
    Image& image = images.emplace_back();
    ASSERT_TRUE(image.Open(one.path, calculations.format, error)) << error;
    placed.push_back({&image, one.bias});
  }
  LayOutTls(calculations, placed);

  size_t compared = 0, symbolic = 0;
  for (size_t i = 0; i < placed.size(); ++i) {
    const Image& image = *placed[i].image;
    Expectation expectation;
    ASSERT_TRUE(Expect(calculations, placed, i, Scope::kProgram, expectation, error)) << error;
    EXPECT_EQ(expectation.undefined.size(), 0u) << image.path;
    for (const Word& word : expectation.words) {
      if (word.kind != Word::Kind::kValue || !IsProtected(image, word.place)) continue;
      ++compared;
      if (!word.symbol.empty()) ++symbolic;
      ASSERT_EQ(Read(placed[i].bias + word.place, word.bytes), word.value)
          << image.path << " at " << std::hex << word.place << ", " << word.symbol << ", "
          << (word.type != 0 ? calculations.Find(word.type)->name : "RELR");
    }
  }
  // libstdc++ alone has thousands of either.
  EXPECT_GT(compared, 5000u);
  EXPECT_GT(symbolic, 1000u);
  RecordProperty("words", static_cast<int>(compared));
}

}  // namespace
}  // namespace oracle
