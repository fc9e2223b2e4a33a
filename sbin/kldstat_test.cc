// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;

class KldstatTest : public ::testing::Test {
 protected:
  KldstatTest() {
    kernel_.AddFile(1, "kernel", "/boot/kernel", 0xffffffff80200000, 0x1f3a2d0,
                    {{1, "clock"}, {2, "tty"}});
    kernel_.AddFile(2, "chacha.kld", "/boot/modules/chacha.kld", 0xffffffffc0000000, 0x3000);
    kld_file_stat& random = kernel_.AddFile(3, "random.kld", "/boot/modules/random.kld",
                                            0xffffffffc0004000, 0x6000, {{3, "random"}});
    random.refs = 12;
    random.resident_size = 0x5000;
    random.build_id_size = 3;
    random.build_id[0] = 0xde;
    random.build_id[2] = 0x0a;
  }
  FakeKernel kernel_;
};

TEST_F(KldstatTest, HasFreeBsdsColumns) {
  const Ran ran = RunCommand(kldstat::Run, kernel_, {});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "Id Refs Address                Size Name\n"
            " 1    1 0xffffffff80200000  1f3a2d0 kernel\n"
            " 2    1 0xffffffffc0000000     3000 chacha.kld\n"
            " 3   12 0xffffffffc0004000     6000 random.kld\n");
}

TEST_F(KldstatTest, HumanSizes) {
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-h"}).out,
            "Id Refs Address             Size Name\n"
            " 1    1 0xffffffff80200000   31M kernel\n"
            " 2    1 0xffffffffc0000000   12K chacha.kld\n"
            " 3   12 0xffffffffc0004000   24K random.kld\n");
}

TEST_F(KldstatTest, VerboseShowsPathSizesAndModules) {
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-v", "-n", "random"}).out,
            "Id Refs Address                Size Name\n"
            " 3   12 0xffffffffc0004000     6000 random.kld (/boot/modules/random.kld)\n"
            "\tResident 5000, user references 1, build-id de000a\n"
            "\tContains modules:\n"
            "\t\t Id Name\n"
            "\t\t  3 random\n");
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-i", "1", "-hv"}).out,
            "Id Refs Address             Size Name\n"
            " 1    1 0xffffffff80200000   31M kernel (/boot/kernel)\n"
            "\tResident 31M, user references 1\n"
            "\tContains modules:\n"
            "\t\t Id Name\n"
            "\t\t  1 clock\n"
            "\t\t  2 tty\n");
}

TEST_F(KldstatTest, AddressesHiddenFromUsersAreZero) {
  FakeKernel kernel;
  kernel.AddFile(1, "kernel", "/boot/kernel", 0, 0x1000);
  EXPECT_EQ(RunCommand(kldstat::Run, kernel, {}).out,
            "Id Refs Address                Size Name\n"
            " 1    1                0x0     1000 kernel\n");
}

TEST_F(KldstatTest, NamesTheStateOfAFileThatIsNotLive) {
  FakeKernel kernel;
  kernel.AddFile(5, "stuck.kld", "/stuck.kld", 0x1000, 0x1000).state = KLD_DEAD;
  EXPECT_EQ(RunCommand(kldstat::Run, kernel, {}).out,
            "Id Refs Address                Size Name\n"
            " 5    1             0x1000     1000 stuck.kld [dead]\n");
}

TEST_F(KldstatTest, Modules) {
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-m", "tty"}).out, "Id  Refs Name\n  2    0 tty\n");
  const Ran missing = RunCommand(kldstat::Run, kernel_, {"-m", "usb"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.err, "kldstat: can't find module usb: No such file or directory\n");
}

TEST_F(KldstatTest, QuietIsOnlyAnExitStatus) {
  const std::vector<std::string> present[] = {
      {"-q", "-n", "random.kld"}, {"-qi", "2"}, {"-qm", "tty"}};
  for (const auto& arguments : present) {
    const Ran ran = RunCommand(kldstat::Run, kernel_, arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out + ran.err, "");
  }
  const std::vector<std::string> absent[] = {{"-q", "-n", "usb"}, {"-qi", "9"}, {"-qm", "usb"}};
  for (const auto& arguments : absent) {
    const Ran ran = RunCommand(kldstat::Run, kernel_, arguments);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out + ran.err, "");
  }
}

TEST_F(KldstatTest, Json) {
  EXPECT_EQ(
      RunCommand(kldstat::Run, kernel_, {"--json", "-i", "3"}).out,
      "[{\"id\": 3, \"refs\": 12, \"user_refs\": 1, \"state\": \"live\", \"address\": "
      "\"0xffffffffc0004000\", \"size\": 24576, \"resident_size\": 20480, \"name\": "
      "\"random.kld\", "
      "\"path\": \"/boot/modules/random.kld\", \"build_id\": \"de000a\", \"modules\": [{\"id\": 3, "
      "\"refs\": 0, \"name\": \"random\", \"version\": \"\"}]}]\n");
  const std::string all = RunCommand(kldstat::Run, kernel_, {"--json"}).out;
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
}

TEST_F(KldstatTest, AFileLeavesMeanwhile) {
  kernel_.before_stat = [this](int id) {
    if (id == 2) kernel_.RemoveFile(2);
  };
  const Ran ran = RunCommand(kldstat::Run, kernel_, {});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "Id Refs Address                Size Name\n"
            " 1    1 0xffffffff80200000  1f3a2d0 kernel\n"
            " 3   12 0xffffffffc0004000     6000 random.kld\n");
}

TEST_F(KldstatTest, Counters) {
  kernel_.counters.files = 3;
  kernel_.counters.heap_bytes = 4096;
  kernel_.counters.failures = 7;
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"--counters"}).out,
            "files 3\nmodules 0\nreferences 0\nsymbols 0\ngenerations 0\nheap_blocks 0\n"
            "heap_bytes 4096\nreserved_bytes 0\nmapped_bytes 0\nregistrations 0\n"
            "kernel_heap_blocks 0\nkernel_heap_bytes 0\nfree_frames 0\nloads 0\nunloads 0\n"
            "failures 7\n");
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"--counters", "-v"}).status, 2);
  kernel_.counters_error = -ENOSYS;
  const Ran ran = RunCommand(kldstat::Run, kernel_, {"--counters"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "kldstat: can't count: Function not implemented\n");
}

TEST_F(KldstatTest, ErrorsNameWhatWasAskedFor) {
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-n", "usb"}).err,
            "kldstat: can't find file usb: No such file or directory\n");
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-i", "9"}).err,
            "kldstat: can't stat file id 9: No such file or directory\n");
  constexpr char kUsageLines[] =
      "usage: kldstat [-hqv] [-i id] [-n file] [--json]\n       kldstat [-q] -m module\n"
      "       kldstat --counters\n";
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-i", "x"}).err,
            std::string("kldstat: 'x' is not a file id\n") + kUsageLines);
  EXPECT_EQ(RunCommand(kldstat::Run, kernel_, {"-i", "1", "-n", "kernel"}).err,
            std::string("kldstat: -i, -n and -m exclude each other\n") + kUsageLines);
  const Ran extra = RunCommand(kldstat::Run, kernel_, {"kernel"});
  EXPECT_EQ(extra.status, 2);
  EXPECT_EQ(extra.err, std::string("kldstat: unexpected 'kernel'\n") + kUsageLines);
}

}  // namespace
}  // namespace sbin
