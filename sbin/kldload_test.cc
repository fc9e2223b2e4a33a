// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "lib/kld/plist.h"
#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;

constexpr char kUsageLine[] =
    "usage: kldload [-dnqv] [-b name=bool] [-i name=number] [-s name=string] file [name=value ...] "
    "...\n";

TEST(Kldload, LoadsQuietlyAndSaysSoWhenAsked) {
  FakeKernel kernel;
  kernel.on_load = [](const FakeKernel::LoadCall&) { return 3; };

  const Ran silent = RunCommand(kldload::Run, kernel, {"random"});
  EXPECT_EQ(silent.status, 0);
  EXPECT_EQ(silent.out, "");
  EXPECT_EQ(silent.err, "");

  const Ran verbose = RunCommand(kldload::Run, kernel, {"-v", "random"});
  EXPECT_EQ(verbose.status, 0);
  EXPECT_EQ(verbose.out, "Loaded random, id=3\n");
  EXPECT_EQ(kernel.loads,
            (std::vector<FakeKernel::LoadCall>{{"random", "", 0}, {"random", "", 0}}));
}

TEST(Kldload, PrintsTheKernelsReportAndGoesOn) {
  FakeKernel kernel;
  kernel.on_load = [&](const FakeKernel::LoadCall& call) -> int64_t {
    if (call.file != "net/e1000.kld") {
      kernel.report.clear();
      return 4;
    }
    kernel.report =
        "net/e1000.kld: not linked: 2 undefined symbols\n"
        "  'dma_tag_create': defined in dma.kld, which it does not name in DT_NEEDED\n"
        "  'pci_msix_alloc': no loaded module defines it\n";
    return -ENOLINK;
  };
  const Ran ran = RunCommand(kldload::Run, kernel, {"-v", "net/e1000.kld", "null"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "Loaded null, id=4\n");
  EXPECT_EQ(ran.err,
            "kldload: net/e1000.kld: not linked: 2 undefined symbols\n"
            "  'dma_tag_create': defined in dma.kld, which it does not name in DT_NEEDED\n"
            "  'pci_msix_alloc': no loaded module defines it\n");
}

TEST(Kldload, ExplainsAnErrorWithoutReport) {
  FakeKernel kernel;
  kernel.on_load = [](const FakeKernel::LoadCall&) { return -EPERM; };
  const Ran ran = RunCommand(kldload::Run, kernel, {"random"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "kldload: can't load random: Operation not permitted\n");
}

TEST(Kldload, AlreadyLoadedIsSuccessOnlyWithN) {
  FakeKernel kernel;
  kernel.report = "random.kld: already loaded from /boot/modules/random.kld";
  kernel.on_load = [](const FakeKernel::LoadCall&) { return -EEXIST; };
  const Ran strict = RunCommand(kldload::Run, kernel, {"random"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_EQ(strict.err, "kldload: random.kld: already loaded from /boot/modules/random.kld\n");
  const Ran lenient = RunCommand(kldload::Run, kernel, {"-n", "random"});
  EXPECT_EQ(lenient.status, 0);
  EXPECT_EQ(lenient.err, "");
  // Another file of that name is not the one that was asked for.
  kernel.report = "/tmp/random.kld: 'random.kld' is loaded already, with other contents";
  kernel.on_load = [](const FakeKernel::LoadCall&) { return -ENOTUNIQ; };
  EXPECT_EQ(RunCommand(kldload::Run, kernel, {"-n", "/tmp/random.kld"}).status, 1);
}

TEST(Kldload, LinkOnlyPrintsWhatTheLinkerFound) {
  FakeKernel kernel;
  kernel.report = "random.kld: would load at any address\n";
  const Ran ran = RunCommand(kldload::Run, kernel, {"-dv", "random"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "random.kld: would load at any address\nLinked random, not loaded\n");
  EXPECT_EQ(kernel.loads, (std::vector<FakeKernel::LoadCall>{{"random", "", KLD_LINK_ONLY}}));
}

TEST(Kldload, WarningsOfASuccessAreSilencedByQ) {
  FakeKernel kernel;
  kernel.report = "random.kld: warning: DT_RUNPATH ignored\n";
  EXPECT_EQ(RunCommand(kldload::Run, kernel, {"random"}).err,
            "kldload: random.kld: warning: DT_RUNPATH ignored\n");
  EXPECT_EQ(RunCommand(kldload::Run, kernel, {"-q", "random"}).err, "");
}

TEST(Kldload, AssignmentsBelongToTheFileBeforeThem) {
  FakeKernel kernel;
  const Ran ran = RunCommand(kldload::Run, kernel,
                             {"-i", "first=1", "random", "reseed=300", "chacha.rounds=0x14", "null",
                              "-s", "label=7", "quick=yes", "hello"});
  EXPECT_EQ(ran.status, 0);
  ASSERT_EQ(kernel.loads.size(), 3u);
  EXPECT_EQ(kernel.loads[0].plist,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n"
            "\t<key>chacha.rounds</key>\n\t<integer>20</integer>\n"
            "\t<key>first</key>\n\t<integer>1</integer>\n"
            "\t<key>reseed</key>\n\t<integer>300</integer>\n"
            "</dict>\n</plist>\n");
  EXPECT_EQ(kernel.loads[1].plist,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n"
            "\t<key>label</key>\n\t<string>7</string>\n"
            "\t<key>quick</key>\n\t<true/>\n"
            "</dict>\n</plist>\n");
  EXPECT_EQ(kernel.loads[2].file, "hello");
  EXPECT_EQ(kernel.loads[2].plist, "");
}

TEST(Kldload, APathMayHoldAnEqualsSign) {
  FakeKernel kernel;
  EXPECT_EQ(RunCommand(kldload::Run, kernel, {"/mods/a=b.kld"}).status, 0);
  ASSERT_EQ(kernel.loads.size(), 1u);
  EXPECT_EQ(kernel.loads[0].file, "/mods/a=b.kld");
}

TEST(Kldload, RefusesBadCommandLinesBeforeLoadingAnything) {
  FakeKernel kernel;
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{}, "kldload: no file given\n"},
      {{"-v"}, "kldload: no file given\n"},
      {{"-x", "random"}, "kldload: unknown option -x\n"},
      {{"random", "--json"}, "kldload: unknown option --json\n"},
      {{"random", "-b"}, "kldload: option -b needs an argument\n"},
      {{"a=1", "random"}, "kldload: 'a=1' stands before any file\n"},
      {{"random", "-b", "a=7"}, "kldload: 'a=7' is not a boolean\n"},
      {{"random", "-i", "a=7x"}, "kldload: 'a=7x' is not a number\n"},
      {{"random", "-s", "a"}, "kldload: 'a' is not name=value\n"},
  };
  for (const auto& test : cases) {
    const Ran ran = RunCommand(kldload::Run, kernel, test.arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, test.message + kUsageLine);
  }
  EXPECT_TRUE(kernel.loads.empty());
}

// A file of the same name lies in the current directory, and perhaps in the module path.
class KldloadHere : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        std::string(getenv("TEST_TMPDIR") ? getenv("TEST_TMPDIR") : "/tmp") + "/XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    ASSERT_EQ(mkdir((root_ + "/here").c_str(), 0755), 0);
    ASSERT_EQ(mkdir((root_ + "/modules").c_str(), 0755), 0);
    ASSERT_EQ(chdir((root_ + "/here").c_str()), 0);
    std::ofstream("random") << "local";
    kernel_.sysctls["kern.module_path"] = root_ + "/none;" + root_ + "/modules";
  }
  void TearDown() override { ASSERT_EQ(chdir("/"), 0); }

  std::string root_;
  FakeKernel kernel_;
};

TEST_F(KldloadHere, SaysThatTheModulePathWins) {
  std::ofstream(root_ + "/modules/random.kld") << "other";
  EXPECT_EQ(RunCommand(kldload::Run, kernel_, {"random"}).err,
            "kldload: random will be loaded from " + root_ +
                "/modules/random.kld, not the current directory\n");
  EXPECT_EQ(RunCommand(kldload::Run, kernel_, {"-q", "random"}).err, "");
  EXPECT_EQ(RunCommand(kldload::Run, kernel_, {"./random"}).err, "");
}

TEST_F(KldloadHere, SaysThatItIsNotInTheModulePath) {
  EXPECT_EQ(RunCommand(kldload::Run, kernel_, {"random"}).err,
            "kldload: random is not in the module path\n");
}

TEST_F(KldloadHere, IsSilentWhenBothAreOneFile) {
  ASSERT_EQ(link("random", (root_ + "/modules/random").c_str()), 0);
  EXPECT_EQ(RunCommand(kldload::Run, kernel_, {"random"}).err, "");
}

}  // namespace
}  // namespace sbin
