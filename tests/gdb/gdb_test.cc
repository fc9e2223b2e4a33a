// SPDX-License-Identifier: BSD-2-Clause
//
// gdb_test RUN QEMU.ARGS LOADER ARCHIVE KERNEL DEBUGGER TARGET.XML (which need not be)
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/gdb/session.h"

namespace gdb_test {
namespace {

using Strings = std::vector<std::string>;

System test_system;

// Number -> name and size in bits of each register that `description` (XML) has.
std::map<int, std::string> Registers(const std::string& description) {
  static const std::regex kRegister(
      R"re(<reg name="([^"]*)" bitsize="([0-9]+)" [^>]*regnum="([0-9]+)")re");
  std::map<int, std::string> registers;
  for (std::sregex_iterator at(description.begin(), description.end(), kRegister), end; at != end;
       ++at) {
    registers[std::stoi((*at)[3])] = (*at)[1].str() + ":" + (*at)[2].str();
  }
  return registers;
}

// What makes GDB look for shared libraries may bring a register of its own, which the stub never
// sends: at most one, behind all others.
TEST(TargetDescription, HasTheStubsRegistersAndAtMostOneMoreBehindThem) {
  if (test_system.target_description.empty()) {
    GTEST_SKIP() << "GDB takes this CPU's description from QEMU";
  }
  Session session(test_system, "nokaslr", "");
  std::map<int, std::string> ours = Registers(session.Do("maintenance print xml-tdesc"));
  session.Do("unset tdesc filename");
  const std::map<int, std::string> stubs = Registers(session.Do("maintenance print xml-tdesc"));
  ASSERT_GT(stubs.size(), 16u);
  ASSERT_FALSE(ours.empty());
  if (ours.rbegin()->first > stubs.rbegin()->first) ours.erase(ours.rbegin()->first);
  EXPECT_EQ(ours, stubs);
}

// The modules' paths in `list`, what "info sharedlibrary" has printed, below the system's root; a
// path of anything else is left whole.
Strings Modules(const Session& session, const std::string& list) {
  static const std::regex kLine(R"re(0x[0-9a-f]+ +0x[0-9a-f]+ +Yes +(/.*))re");
  Strings paths;
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, kLine)) continue;
    std::string path = match[1];
    if (path.starts_with(session.sysroot())) path.erase(0, session.sysroot().size());
    paths.push_back(path);
  }
  return paths;
}

// `texts` in this order.
void ExpectInOrder(const std::string& all, const Strings& texts) {
  size_t at = 0;
  for (const std::string& text : texts) {
    const size_t found = all.find(text, at);
    ASSERT_NE(found, std::string::npos) << "no \"" << text << "\" where it should be in\n" << all;
    at = found + text.size();
  }
}

Strings Listed(Session& session) { return Modules(session, session.Do("info sharedlibrary")); }

// What loader.conf preloads comes before; it is none of these tests' business.
void ExpectLast(const Strings& list, const Strings& last) {
  ASSERT_GE(list.size(), last.size());
  EXPECT_EQ(Strings(list.end() - static_cast<ptrdiff_t>(last.size()), list.end()), last);
}

constexpr char kHello[] = "/boot/modules/hello.kld";
constexpr char kChacha[] = "/boot/modules/chacha.kld";
constexpr char kRandom[] = "/boot/modules/random.kld";

// hello.kld      random.kld -> chacha.kld
TEST(Modules, AreListedWhileTheyAreLoadedAndStopAtBreakpoints) {
  Session session(test_system, "nokaslr",
                  "kldload hello && kldload random && kldunload random && echo done");
  // 1. Before the first instruction: no kernel, no module, and a breakpoint in one.
  EXPECT_EQ(session.Do("info sharedlibrary"), "No shared libraries loaded at this time.\n");
  EXPECT_EQ(session.Do("set breakpoint pending on"), "");
  EXPECT_EQ(session.Do("break kld_load_random"),
            "Function \"kld_load_random\" not defined.\nBreakpoint 1 (kld_load_random) pending.\n");
  // 2. random's load handler, which is in the part that is freed after it, seeds a generator with
  // chacha: system call, module manager and both modules are on the stack.
  const std::string stop = session.Go("continue");
  ExpectInOrder(stop, {"\nBreakpoint 1, kld_load_random () at modules/random/random.cc:",
                       "kmutex_init(&mutex);\n"});
  session.Do("break chacha_block");
  ExpectInOrder(session.Go("continue"),
                {"\nBreakpoint 2, chacha_block (", ") at modules/chacha/chacha.c:"});
  ExpectInOrder(session.Do("backtrace"),
                {"#0  chacha_block (", " nonce=0x", " \"pool\"",
                 " at modules/chacha/chacha.c:", " at modules/random/random.cc:",
                 " kld_load_random () at modules/random/random.cc:", " kld::RunLoad (",
                 " kld::Load (", " syscalls::Dispatch ("});
  const Strings before = Listed(session);
  ExpectLast(before, {kHello, kChacha, kRandom});
  EXPECT_EQ(session.Do("info symbol chacha_block"),
            "chacha_block in section .text of " + session.sysroot() + kChacha + "\n");
  // 3. The list that GDB reads: the kernel first, without a name, where it is linked.
  EXPECT_EQ(session.Do("output _r_debug.r_map->l_addr"), "0");
  EXPECT_EQ(session.Do("output _r_debug.r_map->l_name[0]"), "0 '\\000'");
  EXPECT_EQ(session.Do("output/d (long)&_DYNAMIC == (long)_r_debug.r_map->l_ld"), "1");
  // 4. At the end random and chacha are gone, and the machine ends as without a debugger.
  session.Do("delete");
  session.Do("break arch::PowerOff");
  ExpectInOrder(session.Go("continue"), {"\nBreakpoint 3, arch::PowerOff ("});
  EXPECT_EQ(Listed(session), Strings(before.begin(), before.end() - 2));
  session.Begin("continue");
  EXPECT_EQ(session.machine().Wait(), 0) << session.machine().All(Child::kErr);
  EXPECT_EQ(session.machine().All(Child::kOut), "done\n");
}

TEST(Modules, HaveVariablesAndAreLeftForTheKernelAndEnteredAgain) {
  Session session(test_system, "nokaslr", "kldload hello times=2 whom=GDB");
  session.Do("set breakpoint pending on");
  session.Do("break kld_load_hello");
  ExpectInOrder(session.Go("continue"), {"kld_load_hello () at modules/hello/hello.c:"});
  EXPECT_EQ(session.Do("output times"), "2");
  ExpectInOrder(session.Do("output whom"), {"\"GDB\""});
  session.Do("break kprintf");
  for (int i = 0; i < 2; ++i) {
    ExpectInOrder(session.Go("continue"), {"\nBreakpoint 2, kprintf (format=", "\"hello, %s\\n\""});
    ExpectInOrder(session.Go("finish"), {" in kld_load_hello () at modules/hello/hello.c:"});
  }
  ExpectInOrder(session.Go("next"), {"return 0;\n"});
}

// The module as it was unloaded and loaded again, elsewhere: the breakpoint goes with it.
TEST(Modules, StopAgainAfterTheyCameBack) {
  Session session(test_system, "nokaslr", "kldload hello; kldunload hello; kldload hello");
  session.Do("set breakpoint pending on");
  session.Do("break kld_load_hello");
  session.Do("break kld_unload_hello");
  ExpectInOrder(session.Go("continue"), {"\nBreakpoint 1, kld_load_hello () at "});
  ExpectInOrder(session.Go("continue"), {"\nBreakpoint 2, kld_unload_hello () at "});
  ExpectInOrder(session.Go("continue"), {"\nBreakpoint 1, kld_load_hello () at "});
  ExpectLast(Listed(session), {kHello});
}

// Stops a machine that waits at its prompt, in the kernel, which is at `base`. It may just be in the
// shell's code: from there GDB cannot read the kernel on some CPUs (docs/debugging.md). Who stops it
// as soon as the prompt is there can find it in the shell every time on a busy machine, so each try
// leaves the shell more time to fall asleep.
void StopInKernel(Session& session, const std::string& base) {
  for (std::chrono::milliseconds pause(0); !testing::Test::HasFailure();
       pause += std::chrono::milliseconds(10)) {
    std::this_thread::sleep_for(pause);
    session.Interrupt();
    ExpectInOrder(session.End(), {"SIGINT"});
    // As a number: "true" where GDB speaks C++, "1" where it speaks C.
    if (session.Do("output/d (unsigned long)$pc >= " + base) == "1") return;
    session.Begin("continue");
    session.machine().Write("\n");
    session.machine().Until(Child::kOut, "# ");
  }
}

// Boots `session`'s system with a shell on the console, loads hello, and stops it. Returns where the
// kernel says that it is.
std::string StopWithHello(Session& session) {
  Child& machine = session.machine();
  session.Begin("continue");
  machine.Until(Child::kOut, "kernel at ");
  std::string base = machine.Until(Child::kOut, ",");
  base.pop_back();
  machine.Until(Child::kOut, "# ");
  machine.Write("kldload hello\n");
  // The module's own words: what is typed can come back twice, from the terminal and from the shell.
  machine.Until(Child::kOut, "hello, ");
  machine.Until(Child::kOut, "# ");
  StopInKernel(session, base);
  return base;
}

// The list is as long as it is, new modules come into it, and steps lead through the kernel.
void ExpectModulesToBeFollowed(Session& session) {
  ExpectLast(Listed(session), {kHello});
  session.Do("set breakpoint pending on");
  session.Do("break kld_unload_hello");
  session.Do("break kld_unload_random");
  session.machine().Write("kldload random && kldunload hello && kldunload random\n");
  ExpectInOrder(session.Go("continue"), {"kld_unload_hello () at modules/hello/hello.c:"});
  ExpectLast(Listed(session), {kHello, kChacha, kRandom});
  ExpectInOrder(session.Go("step"), {"kprintf (format="});
  ExpectInOrder(session.Go("next"), {"base::LogV(base::Level::kInfo, format, arguments);\n"});
  ExpectInOrder(session.Go("step"), {"base::LogV (level="});
  ExpectInOrder(session.Go("continue"), {"kld_unload_random () at modules/random/random.cc:"});
  ExpectLast(Listed(session), {kChacha, kRandom});
}

// Where the kernel is linked: its first segment's address.
std::string LinkBase(Session& session) {
  const std::string headers = session.Do("shell readelf -lW " + test_system.kernel);
  static const std::regex kFirstLoad(R"re( LOAD +0x0+ 0x0*([1-9a-f][0-9a-f]*) )re");
  std::smatch match;
  return std::regex_search(headers, match, kFirstLoad) ? "0x" + match[1].str() : headers;
}

TEST(Late, DebuggersFollowTheModules) {
  Session session(test_system, "nokaslr", nullptr);
  EXPECT_EQ(StopWithHello(session), LinkBase(session));
  session.Do("disconnect");
  ExpectInOrder(session.Do("target remote " + session.socket()), {"Remote debugging using "});
  ExpectModulesToBeFollowed(session);
}

// The kernel's place as docs/debugging.md tells it: the difference is a `long`, because GDB widens
// an unsigned one of 32 bits without its sign.
void ExpectGdbToFindTheKernel(const std::string& command_line) {
  Session session(test_system, command_line, nullptr);
  const std::string base = StopWithHello(session);
  const std::string link_base = LinkBase(session);
  ASSERT_NE(base, link_base);
  session.Do("symbol-file -o (long)(" + base + "-" + link_base + ") " + test_system.kernel);
  ExpectModulesToBeFollowed(session);
}

TEST(Late, DebuggersAreToldWhereAKernelIsThatIsNotWhereItIsLinked) { ExpectGdbToFindTheKernel(""); }

TEST(Late, DebuggersFindAKernelBelowWhereItIsLinked) { ExpectGdbToFindTheKernel("kaslr=0"); }

}  // namespace
}  // namespace gdb_test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 8) {
    std::cerr << "usage: gdb_test RUN QEMU.ARGS LOADER ARCHIVE KERNEL DEBUGGER TARGET.XML\n";
    return 2;
  }
  gdb_test::test_system = {argv[1],
                           argv[2],
                           argv[3],
                           argv[4],
                           argv[5],
                           argv[6],
                           std::filesystem::exists(argv[7]) ? argv[7] : ""};
  return RUN_ALL_TESTS();
}
