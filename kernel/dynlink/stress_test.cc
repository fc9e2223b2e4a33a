// SPDX-License-Identifier: BSD-2-Clause
//
// The real random.kld and chacha.kld, as their rule links them, against the kernel's stub: rounds
// of load and unload while four threads look symbols, files and modules up. Under ThreadSanitizer as
// stress_tsan_test; a thousand rounds are stress_long_test and stress_long_tsan_test. No code of the
// modules runs: handlers are the bench's.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

std::vector<std::byte> ReadReal(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto* const data = reinterpret_cast<const std::byte*>(bytes.data());
  return std::vector<std::byte>(data, data + bytes.size());
}

class StressTest : public Bench {
 protected:
  void SetUp() override {
    UseKernel(ReadReal("kernel/dynamic/stub.so"));
    Bench::SetUp();
    PutFile("/boot/modules/random.kld", ReadReal("modules/random.kld"));
    PutFile("/boot/modules/chacha.kld", ReadReal("modules/chacha.kld"));
  }
};

TEST_F(StressTest, RealModulesLoad) {
  const Everything before = Now();
  const Result result = Load("random");
  EXPECT_EQ(result.error, 0) << result.report;
  EXPECT_EQ(TakeCalls(), (std::vector<std::string>{"load chacha", "load random"}));
  EXPECT_EQ(Files(), (std::vector<std::string>{"kernel", "chacha.kld", "random.kld"}));
  const kld_file_stat stat = StatOf("random.kld");
  EXPECT_EQ(stat.build_id_size, 20u);
  // The init-only segments have been given back; their addresses stay.
  EXPECT_LT(stat.resident_size, stat.size);
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  EXPECT_EQ(SymbolByName(0, "chacha_block", &symbol), 0);
  EXPECT_EQ(symbol.file_id, StatOf("chacha.kld").id);
  // Code in them is not named any more.
  EXPECT_EQ(SymbolByName(stat.id, "_ZL15kld_load_randomv", &symbol), ENOENT);
  int module;
  ASSERT_EQ(FirstModule(stat.id, &module), 0);
  kld_module_stat described = {};
  described.version = sizeof(described);
  ASSERT_EQ(StatModule(module, &described), 0);
  EXPECT_STREQ(described.name, "random");
  EXPECT_STREQ(described.module_version, "1.0");
  EXPECT_EQ(Unload("random.kld").error, 0);
  ExpectSame(before, Now());
}

TEST_F(StressTest, ParametersOfARealModule) {
  const Result result =
      Load("random", 0, "<plist><dict><key>reseed_ms</key><integer>9</integer></dict></plist>");
  EXPECT_EQ(result.error, 0) << result.report;
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(result.id, "_ZL9reseed_ms", &symbol), 0);
  EXPECT_EQ(*reinterpret_cast<const int64_t*>(symbol.value), 9);
}

TEST_F(StressTest, RoundsWithReaders) {
  MustLoad("random");
  EXPECT_EQ(Unload("random.kld").error, 0);
  const Everything before = Now();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> found{0};  // by name and by address
  const auto reader = [&] {
    kld_sym_lookup symbol = {};
    while (!stop.load(std::memory_order_relaxed)) {
      symbol.version = sizeof(symbol);
      if (SymbolByName(0, "chacha_block", &symbol) == 0) {
        const uint64_t at = symbol.value + 3;
        if (SymbolByAddress(0, at, &symbol) == 0) {
          ++found;
          EXPECT_STREQ(symbol.symname, "chacha_block");
          EXPECT_EQ(symbol.offset, 3u);
        }
        static_cast<void>(FileOf(reinterpret_cast<const void*>(static_cast<uintptr_t>(at))));
      }
      kld_file_stat stat;
      stat.version = sizeof(stat);
      for (int id = 0; Next(id, &id) == 0 && id != 0;) {
        if (Stat(id, &stat) == 0) {
          EXPECT_NE(stat.name[0], '\0');
        }
      }
      int module = 0;
      if (FindModule("random", &module) == 0) {
        static_cast<void>(NextModule(module, &module));  // it may be gone by now
      }
      kld_counters counters;
      counters.version = sizeof(counters);
      EXPECT_EQ(Counters(&counters), 0);
    }
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 4; ++i) readers.emplace_back(reader);
  for (int i = 0; i < STRESS_ROUNDS; ++i) {
    const Result loaded = Load("random");
    ASSERT_EQ(loaded.error, 0) << loaded.report;
    // However they are scheduled, the readers have seen it once before it goes.
    while (found == 0) std::this_thread::yield();
    const Result unloaded = Unload("random.kld");
    ASSERT_EQ(unloaded.error, 0) << unloaded.report;
  }
  stop = true;
  for (std::thread& thread : readers) thread.join();
  TakeCalls();
  ExpectSame(before, Now());
}

}  // namespace
}  // namespace kld::testing
