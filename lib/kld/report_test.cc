// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/report.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "lib/kld/testing/fake_kernel.h"

namespace kld {
namespace {

TEST(Report, IsWholeWhateverItsLength) {
  testing::FakeKernel kernel;
  for (const size_t length : {1, 4094, 4095, 4096, 4097, 20000}) {
    kernel.report = std::string(length, 'r');
    EXPECT_EQ(LastReport(kernel), kernel.report + "\n") << length;
  }
  kernel.report = "two\nlines\n";
  EXPECT_EQ(LastReport(kernel), "two\nlines\n");
  kernel.report.clear();
  EXPECT_EQ(LastReport(kernel), "");
}

TEST(Report, FailuresFallBackToTheErrorNumber) {
  testing::FakeKernel kernel;
  testing::Capture terminal;
  PrintFailure(kernel, terminal, "kldload", "can't load x", -ENOENT);
  kernel.report = "x.kld: not found; looked in /boot/modules";
  PrintFailure(kernel, terminal, "kldload", "can't load x", -ENOENT);
  EXPECT_EQ(terminal.err,
            "kldload: can't load x: No such file or directory\n"
            "kldload: x.kld: not found; looked in /boot/modules\n");
}

}  // namespace
}  // namespace kld
