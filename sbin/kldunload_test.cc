// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <cerrno>

#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;
using Unloads = std::vector<FakeKernel::UnloadCall>;

class KldunloadTest : public ::testing::Test {
 protected:
  KldunloadTest() {
    kernel_.AddFile(2, "chacha.kld", "/boot/modules/chacha.kld", 0x1000, 0x2000);
    kernel_.AddFile(3, "random.kld", "/boot/modules/random.kld", 0x4000, 0x2000);
  }
  FakeKernel kernel_;
};

TEST_F(KldunloadTest, FindsByNameWithAndWithoutSuffixOrPath) {
  const Ran ran = RunCommand(kldunload::Run, kernel_, {"-v", "random", "/boot/modules/chacha.kld"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "Unloading random.kld, id=3\nUnloading chacha.kld, id=2\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(kernel_.unloads, (Unloads{{3, 0}, {2, 0}}));
}

TEST_F(KldunloadTest, ByIdAndByForce) {
  EXPECT_EQ(RunCommand(kldunload::Run, kernel_, {"-f", "-i", "3"}).status, 0);
  EXPECT_EQ(kernel_.unloads, (Unloads{{3, KLD_UNLOAD_FORCE}}));
}

TEST_F(KldunloadTest, ReportsAndGoesOn) {
  kernel_.on_unload = [&](const FakeKernel::UnloadCall& call) -> int64_t {
    kernel_.report = call.id == 2 ? "chacha.kld: busy: used by random.kld\n" : "";
    return call.id == 2 ? -EBUSY : 0;
  };
  const Ran ran = RunCommand(kldunload::Run, kernel_, {"nosuch", "chacha", "random"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err,
            "kldunload: can't find file nosuch: No such file or directory\n"
            "kldunload: chacha.kld: busy: used by random.kld\n");
  EXPECT_EQ(kernel_.unloads, (Unloads{{2, 0}, {3, 0}}));
}

TEST_F(KldunloadTest, ExplainsAnErrorWithoutReport) {
  kernel_.on_unload = [](const FakeKernel::UnloadCall&) { return -EPERM; };
  EXPECT_EQ(RunCommand(kldunload::Run, kernel_, {"random"}).err,
            "kldunload: can't unload random: Operation not permitted\n");
}

TEST_F(KldunloadTest, RefusesBadCommandLines) {
  constexpr char kUsageLines[] =
      "usage: kldunload [-fv] -i id ...\n       kldunload [-fv] [-n] name ...\n";
  EXPECT_EQ(RunCommand(kldunload::Run, kernel_, {}).err,
            std::string("kldunload: no name given\n") + kUsageLines);
  EXPECT_EQ(RunCommand(kldunload::Run, kernel_, {"-i"}).err,
            std::string("kldunload: no id given\n") + kUsageLines);
  const Ran unknown = RunCommand(kldunload::Run, kernel_, {"-z", "random"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err, std::string("kldunload: unknown option -z\n") + kUsageLines);
  const Ran bad_id = RunCommand(kldunload::Run, kernel_, {"-i", "random"});
  EXPECT_EQ(bad_id.status, 1);
  EXPECT_EQ(bad_id.err, "kldunload: 'random' is not a file id\n");
  EXPECT_TRUE(kernel_.unloads.empty());
}

}  // namespace
}  // namespace sbin
