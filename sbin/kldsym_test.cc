// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;

class KldsymTest : public ::testing::Test {
 protected:
  KldsymTest() {
    kernel_.AddFile(1, "kernel", "/boot/kernel", 0x200000, 0x1000);
    kernel_.AddFile(2, "random.kld", "/boot/modules/random.kld", 0x300000, 0x1000);
    Add(1, "kprintf", 0xffffffff80201230, 0x40);
    Add(2, "random_read", 0xffffffffc0000100, 0x20);
  }

  void Add(int file_id, const char* name, uint64_t value, uint64_t size) {
    kld_sym_lookup symbol = {};
    symbol.file_id = file_id;
    symbol.value = value;
    symbol.size = size;
    strcpy(symbol.symname, name);
    kernel_.symbols.push_back(symbol);
  }

  FakeKernel kernel_;
};

TEST_F(KldsymTest, ByName) {
  const Ran ran = RunCommand(kldsym::Run, kernel_, {"kprintf", "random_read"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "0xffffffff80201230       40 kprintf (kernel)\n"
            "0xffffffffc0000100       20 random_read (random.kld)\n");
}

TEST_F(KldsymTest, ByAddress) {
  const Ran ran =
      RunCommand(kldsym::Run, kernel_, {"-a", "0xffffffff80201230", "0xffffffff8020126f"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "0xffffffff80201230 kprintf (kernel)\n"
            "0xffffffff8020126f kprintf+0x3f (kernel)\n");
}

TEST_F(KldsymTest, InOneFileOnly) {
  EXPECT_EQ(RunCommand(kldsym::Run, kernel_, {"-n", "random", "random_read"}).status, 0);
  const Ran ran = RunCommand(kldsym::Run, kernel_, {"-i", "2", "kprintf", "random_read"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "0xffffffffc0000100       20 random_read (random.kld)\n");
  EXPECT_EQ(ran.err, "kldsym: can't find symbol kprintf: No such file or directory\n");
}

TEST_F(KldsymTest, Errors) {
  EXPECT_EQ(RunCommand(kldsym::Run, kernel_, {"-a", "0x10", "zz"}).err,
            "kldsym: no symbol at 0x10: No such file or directory\n"
            "kldsym: 'zz' is not an address\n");
  EXPECT_EQ(RunCommand(kldsym::Run, kernel_, {"-n", "usb", "x"}).err,
            "kldsym: can't find file usb: No such file or directory\n");
  EXPECT_EQ(RunCommand(kldsym::Run, kernel_, {std::string(300, 'x')}).err,
            "kldsym: can't find symbol " + std::string(300, 'x') + ": File name too long\n");
  const Ran none = RunCommand(kldsym::Run, kernel_, {});
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.err,
            "kldsym: nothing to look up\nusage: kldsym [-a] [-i id | -n file] name|address ...\n");
}

}  // namespace
}  // namespace sbin
