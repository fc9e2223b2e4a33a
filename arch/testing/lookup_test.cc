// SPDX-License-Identifier: BSD-2-Clause
//
// Finding symbols in real images of every CPU: both hash tables, versions.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "arch/testing/images.h"

namespace arch::testing {
namespace {

class Lookups : public Images {
 protected:
  // Every symbol of the image is found, every name that differs in the least is not.
  void ExpectAll(const std::string& name, bool gnu, bool sysv) const {
    const oracle::Image image = Read(name);
    const Machine::Comparison comparison = NewModules(kModulePolicy);
    Load(*comparison, name);
    ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
    EXPECT_EQ(comparison->Images()[0].gnu_hash, gnu);
    EXPECT_EQ(comparison->Images()[0].sysv_hash, sysv);
    std::set<std::string> names;
    for (const oracle::Symbol& symbol : image.symbols) names.insert(symbol.name);
    size_t found = 0;
    for (const std::string& known : names) {
      const int index = comparison->FindSymbol(0, known, "");
      EXPECT_EQ(index, oracle::FindDefinition(image, known, "", true)) << known;
      found += index > 0;
      for (const std::string& other : {known + "a", known + "_", "_" + known, known + known}) {
        if (names.contains(other)) continue;
        EXPECT_EQ(comparison->FindSymbol(0, other, ""), -1) << other;
      }
    }
    EXPECT_GE(found, 64u);
  }
};

INSTANTIATE_FOR_ALL_CPUS(Lookups);

TEST_P(Lookups, FindEverySymbolByTheGnuHash) { ExpectAll("hash_gnu.so", true, false); }

TEST_P(Lookups, FindEverySymbolByTheSysvHash) { ExpectAll("hash_sysv.so", false, true); }

// counter@V_1 (hidden), counter@@V_2, only_2@@V_2, only_3@@V_3, old_data@V_1 (hidden), plain.
TEST_P(Lookups, TellVersionsApart) {
  const oracle::Image image = Read("versions.so");
  const Machine::Comparison comparison = NewModules(kModulePolicy);
  Load(*comparison, "versions.so");
  ASSERT_TRUE(comparison->Link()) << comparison->diagnostics().text();
  for (const std::string name : {"counter", "only_2", "only_3", "old_data", "plain", "nothing"}) {
    for (const std::string version : {"", "V_1", "V_2", "V_3", "V_4"}) {
      EXPECT_EQ(comparison->FindSymbol(0, name, version),
                oracle::FindDefinition(image, name, version, true))
          << name << "@" << version;
    }
  }
  // So that both sides are not wrong together.
  const int counter = comparison->FindSymbol(0, "counter", "");
  ASSERT_GT(counter, 0);
  EXPECT_EQ(image.symbols[static_cast<size_t>(counter)].version.name, "V_2");
  EXPECT_EQ(comparison->FindSymbol(0, "old_data", ""), -1);
  EXPECT_GT(comparison->FindSymbol(0, "old_data", "V_1"), 0);
  EXPECT_GT(comparison->FindSymbol(0, "plain", ""), 0);
  EXPECT_EQ(comparison->FindSymbol(0, "plain", "V_1"), -1);
}

}  // namespace
}  // namespace arch::testing
