// SPDX-License-Identifier: BSD-2-Clause
//
// sysctl and poweroff: the two commands that change the system rather than its modules.
#include <gtest/gtest.h>

#include <cerrno>

#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;

class SysctlTest : public ::testing::Test {
 protected:
  SysctlTest() {
    kernel_.sysctls = {{"hw.pagesize", "4096"},
                       {"kern.module_path", "/boot/modules"},
                       {"kern.securelevel", "0"},
                       {"kernel", "x"}};
  }
  FakeKernel kernel_;
};

TEST_F(SysctlTest, ReadsNamesAndTrees) {
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"kern.securelevel"}).out, "kern.securelevel: 0\n");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"-n", "kern.securelevel"}).out, "0\n");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"-e", "hw.pagesize"}).out, "hw.pagesize=4096\n");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"kern"}).out,
            "kern.module_path: /boot/modules\nkern.securelevel: 0\n");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"-aN"}).out,
            "hw.pagesize\nkern.module_path\nkern.securelevel\nkernel\n");
}

TEST_F(SysctlTest, WritesAndShowsTheChange) {
  const Ran ran = RunCommand(sysctl::Run, kernel_, {"kern.module_path=/a;/b=c"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "kern.module_path: /boot/modules -> /a;/b=c\n");
  EXPECT_EQ(kernel_.sysctls["kern.module_path"], "/a;/b=c");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"-q", "kern.securelevel=1"}).out, "");
  EXPECT_EQ(kernel_.sysctls["kern.securelevel"], "1");
}

TEST_F(SysctlTest, Errors) {
  kernel_.sysctl_errors["hw.pagesize"] = -EPERM;
  const Ran ran = RunCommand(sysctl::Run, kernel_,
                             {"hw.pagesize=1", "no.such", "no.such=1", "kern.securelevel"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "kern.securelevel: 0\n");
  EXPECT_EQ(ran.err,
            "sysctl: hw.pagesize=1: Operation not permitted\n"
            "sysctl: unknown oid 'no.such'\n"
            "sysctl: unknown oid 'no.such'\n");
  EXPECT_EQ(kernel_.sysctls["hw.pagesize"], "4096");
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {}).status, 2);
  EXPECT_EQ(RunCommand(sysctl::Run, kernel_, {"-a", "kern"}).err,
            "sysctl: -a takes no names\n"
            "usage: sysctl [-eNnq] name[=value] ...\n       sysctl [-eNn] -a\n");
}

TEST(Poweroff, PassesTheStatus) {
  FakeKernel kernel;
  EXPECT_EQ(RunCommand(poweroff::Run, kernel, {}).status, 0);
  EXPECT_EQ(RunCommand(poweroff::Run, kernel, {"7"}).status, 0);
  EXPECT_EQ(kernel.poweroffs, (std::vector<int>{0, 7}));
}

TEST(Poweroff, RefusesWhatIsNoStatus) {
  FakeKernel kernel;
  for (const char* word : {"256", "-1", "x", "1x"}) {
    EXPECT_EQ(RunCommand(poweroff::Run, kernel, {word}).status, 2) << word;
  }
  EXPECT_EQ(RunCommand(poweroff::Run, kernel, {"256"}).err,
            "poweroff: '256' is not an exit status (0 to 255)\nusage: poweroff [status]\n");
  EXPECT_EQ(RunCommand(poweroff::Run, kernel, {"1", "2"}).err,
            "poweroff: unexpected '2'\nusage: poweroff [status]\n");
  EXPECT_TRUE(kernel.poweroffs.empty());
}

}  // namespace
}  // namespace sbin
