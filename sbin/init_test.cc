// SPDX-License-Identifier: BSD-2-Clause
#include "sbin/init.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace sbin {
namespace {

// Writes down what init does, in order.
class FakeMachine final : public Machine {
 public:
  bool OpenConsole() override {
    did.push_back("console");
    return has_console;
  }
  bool IsExecutable(const char* path) override { return has_shell && path == std::string(kShell); }
  bool Exists(const char* path) override {
    return has_command && path == std::string(kBootCommand);
  }
  std::optional<std::string> ReadFile(const char* path) override {
    return path == std::string(kRcConf) ? rc_conf : std::nullopt;
  }
  void LoadModule(const std::string& name) override { did.push_back("load " + name); }
  void Write(std::string_view text) override { did.push_back("write " + std::string(text)); }
  void SetConsoleLevel(const char* level) override { did.push_back(std::string("level ") + level); }
  int Run(const std::vector<std::string>& arguments) override {
    std::string line = "run";
    for (const std::string& argument : arguments) line += " " + argument;
    did.push_back(line);
    const int status = statuses.front();
    statuses.erase(statuses.begin());
    return status;
  }
  void PowerOff(int status) override { did.push_back("off " + std::to_string(status)); }

  bool has_console = true;
  bool has_shell = true;
  bool has_command = false;
  std::optional<std::string> rc_conf;
  std::vector<int> statuses;
  std::vector<std::string> did;
};

using Steps = std::vector<std::string>;

TEST(Init, RunsTheBootCommandBehindTheMarker) {
  FakeMachine machine;
  machine.has_command = true;
  machine.statuses = {3 << 8};
  Init(machine);
  EXPECT_EQ(machine.did, (Steps{"console", "level 3",
                                "write \x1e"
                                "DYNLINK-OUTPUT\x1e\n",
                                "run /bin/sh /boot/command", "off 3"}));
}

TEST(Init, LoadsModulesBeforeAnythingRuns) {
  FakeMachine machine;
  machine.has_command = true;
  machine.rc_conf = "# of init\nkld_list=\"null random\"\n";
  machine.statuses = {0};
  Init(machine);
  EXPECT_EQ(machine.did, (Steps{"console", "load null", "load random", "level 3",
                                "write \x1e"
                                "DYNLINK-OUTPUT\x1e\n",
                                "run /bin/sh /boot/command", "off 0"}));
}

TEST(Init, ReadsTheListOfModules) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(ModulesToLoad(""), Names{});
  EXPECT_EQ(ModulesToLoad("kld_list="), Names{});
  EXPECT_EQ(ModulesToLoad("kld_list=null"), Names{"null"});
  EXPECT_EQ(ModulesToLoad("kld_list=null # and no more"), Names{"null"});
  EXPECT_EQ(ModulesToLoad("kld_list='  a   b '\n"), (Names{"a", "b"}));
  EXPECT_EQ(ModulesToLoad("kld_list=\"a b"), (Names{"a", "b"}));
  EXPECT_EQ(ModulesToLoad("kld_list=\"a\"\nother=1\nkld_list=\"b\"\n"), Names{"b"});
  EXPECT_EQ(ModulesToLoad("#kld_list=a\nmy_kld_list=b\n"), Names{});
}

TEST(Init, RunsShellsUntilOneCannotStart) {
  FakeMachine machine;
  machine.statuses = {0, 1 << 8, 9, -ENOMEM};
  Init(machine);
  EXPECT_EQ(machine.did,
            (Steps{"console",
                   "write Welcome to Dynlink. `kldstat' lists the kernel's files, `poweroff' ends "
                   "it.\n",
                   "run /bin/sh", "run /bin/sh", "run /bin/sh", "run /bin/sh",
                   "write init: can't start /bin/sh\n", "off 125"}));
}

TEST(Init, AMachineThatCannotServeGoesOff) {
  FakeMachine deaf;
  deaf.has_console = false;
  Init(deaf);
  EXPECT_EQ(deaf.did, (Steps{"console", "off 125"}));

  FakeMachine empty;
  empty.has_shell = false;
  Init(empty);
  EXPECT_EQ(empty.did,
            (Steps{"console", "write init: /bin/sh is missing: nothing to run\n", "off 125"}));
}

TEST(Init, CountsStatusesAsAShellDoes) {
  EXPECT_EQ(ExitStatusOf(0), 0);
  EXPECT_EQ(ExitStatusOf(255 << 8), 255);
  EXPECT_EQ(ExitStatusOf(11), 128 + 11);
  EXPECT_EQ(ExitStatusOf(6 | 0x80), 128 + 6);  // with a core
  EXPECT_EQ(ExitStatusOf(-ENOMEM), 127);
}

}  // namespace
}  // namespace sbin
