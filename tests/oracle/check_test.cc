// SPDX-License-Identifier: BSD-2-Clause
//
// What HostLibraries makes of libraries that cannot be linked: it believes the relocator only what
// the oracle finds too.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rtld_shared/seams/diagnostics.h"
#include "tests/oracle/libraries.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using arch::testing::Machine;

// A linker that links nothing and says what it is told to say.
class Liar : public rtld::testing::Comparison {
 public:
  Liar(const rtld::Policy& policy, const oracle::Calculations& calculations,
       std::vector<rtld::Report> reports)
      : Comparison(policy, oracle::Scope::kProgram, calculations, 0),
        reports_(std::move(reports)) {}

  void AddFile(const std::string&, const std::string& path, std::vector<uint8_t> bytes) override {
    static_cast<void>(NewFile(path, std::move(bytes)));
  }
  [[nodiscard]] bool Link() override {
    for (const rtld::Report& report : reports_) diagnostics_.Error(report);
    return reports_.empty();
  }
  void EndSession() override {}
  [[nodiscard]] std::vector<rtld::testing::LinkedImage> Images() override { return {}; }
  [[nodiscard]] const std::byte* At(size_t, uint64_t, uint64_t) override { return nullptr; }
  [[nodiscard]] uint64_t WordAt(size_t, uint64_t) override { return 0; }
  [[nodiscard]] int FindSymbol(size_t, const std::string&, const std::string&) override {
    return -1;
  }
  [[nodiscard]] std::optional<uint64_t> JumpTarget(size_t, uint64_t, uint64_t,
                                                   std::span<const std::byte>) override {
    return std::nullopt;
  }
  [[nodiscard]] bool HasVariantCalls(size_t) override { return false; }

 private:
  std::vector<rtld::Report> reports_;
};

// Its first linker is such a one, the others are good ones.
class LyingMachine : public Machine {
 public:
  LyingMachine(const Machine& machine, std::vector<rtld::Report> reports)
      : machine_(machine), reports_(std::move(reports)) {
    name = machine.name;
    number = machine.number;
    word = machine.word;
    big_endian = machine.big_endian;
  }
  [[nodiscard]] arch::Op OpOf(uint32_t type, uint32_t symbol) const override {
    return machine_.OpOf(type, symbol);
  }
  [[nodiscard]] uint64_t InfoOf(uint32_t symbol, uint32_t type) const override {
    return machine_.InfoOf(symbol, type);
  }
  [[nodiscard]] Comparison NewModules(const rtld::Policy& policy,
                                      const oracle::Calculations& calculations,
                                      uint64_t first_bias) const override {
    return machine_.NewModules(policy, calculations, first_bias);
  }
  [[nodiscard]] Comparison NewPrograms(const rtld::Policy& policy,
                                       const oracle::Calculations& calculations,
                                       uint64_t first_bias) const override {
    if (std::exchange(lied_, true)) return machine_.NewPrograms(policy, calculations, first_bias);
    return std::make_unique<Liar>(policy, calculations, reports_);
  }
  [[nodiscard]] std::vector<uint8_t> BuildPacked(const std::vector<bool>& packed,
                                                 uint32_t flags) const override {
    return machine_.BuildPacked(packed, flags);
  }

 private:
  const Machine& machine_;
  std::vector<rtld::Report> reports_;
  mutable bool lied_ = false;
};

class Check : public Libraries {
 protected:
  void SetUp() override {
    Libraries::SetUp();
    folder_ = testing::TempDir() + "check_" + machine().name;
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    folder_ = fs::canonical(folder_);
  }

  // A library of that name, made of an image of testdata.
  std::string Put(const std::string& name, const std::string& image) {
    const fs::path path = folder_ / name;
    fs::copy_file("arch/" + machine().name + "/testdata/" + image, path);
    return path;
  }

  LibraryCounts Run(const std::string& path) { return RunBy(machine(), path); }
  LibraryCounts RunBy(const Machine& machine, const std::string& path) {
    HostLibraries libraries(machine, calculations_, {folder_});
    LibraryCounts counts;
    libraries.Check(path, counts, [this](const std::string& line) { told_ += line; });
    return counts;
  }
  // By a linker that says only that.
  LibraryCounts RunLying(const rtld::Report& report, const std::string& path) {
    return RunBy(LyingMachine(machine(), {report}), path);
  }

  fs::path folder_;
  std::string told_;
};

INSTANTIATE_TEST_SUITE_P(Cpu, Check, testing::ValuesIn(arch::testing::Machines()),
                         [](const auto& info) { return info.param->name; });

TEST_P(Check, AWholeLibraryIsCompared) {
  const std::string user = Put("version_user.so", "version_user.so");
  Put("versions.so", "versions.so");
  const LibraryCounts counts = Run(user);
  EXPECT_EQ(counts.compared, 1u) << told_;
  EXPECT_GE(counts.words, 3u);
}

TEST_P(Check, ALibraryThatIsNotThereIsAReason) {
  const LibraryCounts counts = Run(Put("version_user.so", "version_user.so"));
  EXPECT_EQ(counts.incomplete, 1u) << told_;
  EXPECT_EQ(counts.reasons, (std::map<std::string, size_t>{{"versions.so", 1}}));
}

// versions_old.so has V_1 and V_2, version_user.so wants V_3 too.
TEST_P(Check, AVersionThatIsNotThereIsAReason) {
  const std::string user = Put("version_user.so", "version_user.so");
  const std::string old = Put("versions.so", "versions_old.so");
  const LibraryCounts counts = Run(user);
  EXPECT_EQ(counts.incomplete, 1u) << told_;
  EXPECT_EQ(counts.reasons, (std::map<std::string, size_t>{{"V_3 of " + old, 1}}));
}

// user.so -> provider.so, which has none of its symbols. The words for others are compared.
TEST_P(Check, WhatIsNotUndefinedIsCompared) {
  const std::string user = Put("user.so", "user.so");
  Put("provider.so", "hash_sysv.so");
  const LibraryCounts counts = Run(user);
  EXPECT_EQ(counts.undefined, 1u) << told_;
  EXPECT_EQ(counts.compared, 0u);
  EXPECT_GE(counts.words, 10u);
}

// version_user.so -> user.so -> hash_sysv.so: the second lacks symbols as well.
TEST_P(Check, WhatIsUndefinedInALibraryIsFoundToo) {
  const std::string user = Put("version_user.so", "version_user.so");
  Put("versions.so", "user.so");
  Put("provider.so", "hash_sysv.so");
  const LibraryCounts counts = Run(user);
  EXPECT_EQ(counts.undefined, 1u) << told_;
  EXPECT_GE(counts.words, 3u);
}

TEST_P(Check, AVersionThatIsThereIsNoExcuse) {
  const std::string user = Put("version_user.so", "version_user.so");
  const std::string versions = Put("versions.so", "versions.so");
  const LibraryCounts counts = RunLying(
      {.error = rtld::Error::kMissingVersion, .image = user, .wanted = "V_3", .other = versions},
      user);
  EXPECT_EQ(counts.different, 1u);
  EXPECT_EQ(counts.incomplete, 0u);
}

TEST_P(Check, AnotherVersionThanTheOneThatIsNotThereIsNoExcuse) {
  const std::string user = Put("version_user.so", "version_user.so");
  const std::string old = Put("versions.so", "versions_old.so");
  const LibraryCounts counts = RunLying(
      {.error = rtld::Error::kMissingVersion, .image = user, .wanted = "V_1", .other = old}, user);
  EXPECT_EQ(counts.different, 1u);
  EXPECT_EQ(counts.incomplete, 0u);
}

TEST_P(Check, ALibraryThatIsThereIsNoExcuse) {
  const std::string user = Put("version_user.so", "version_user.so");
  Put("versions.so", "versions.so");
  const LibraryCounts counts = RunLying(
      {.error = rtld::Error::kMissingDependency, .image = user, .wanted = "versions.so"}, user);
  EXPECT_EQ(counts.different, 1u);
  EXPECT_EQ(counts.incomplete, 0u);
}

TEST_P(Check, ASymbolThatIsThereIsNoExcuse) {
  const std::string user = Put("user.so", "user.so");
  const std::string provider = Put("provider.so", "provider.so");
  for (const std::string& image : {user, provider}) {
    const LibraryCounts counts = RunLying(
        {.error = rtld::Error::kUndefinedSymbol, .image = image, .symbol = "provider_data"}, user);
    EXPECT_EQ(counts.different, 1u) << image;
    EXPECT_EQ(counts.undefined, 0u) << image;
  }
}

TEST_P(Check, WhoLinksWithoutWhatIsNeededIsWrong) {
  const std::string user = Put("version_user.so", "version_user.so");
  const LibraryCounts counts = RunBy(LyingMachine(machine(), {}), user);
  EXPECT_EQ(counts.different, 1u);
  EXPECT_EQ(counts.incomplete, 0u);
}

}  // namespace
}  // namespace tests
