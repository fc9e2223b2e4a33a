// SPDX-License-Identifier: BSD-2-Clause
//
// Loading: search, dependencies, references, order, errors. Graphs are drawn as "a -> b": a needs
// b.

#include <gtest/gtest.h>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

using Calls = std::vector<std::string>;

class LoadTest : public Bench {
 protected:
  // random -> chacha -> kernel
  void PutRandom() {
    PutFile("/boot/modules/chacha.kld",
            TestModule("chacha.kld").Needs("kernel").Exports("chacha_block", "CHACHA_1.0").Build());
    PutFile("/boot/modules/random.kld", TestModule("random.kld")
                                            .Needs("kernel")
                                            .Needs("chacha.kld")
                                            .Uses("chacha_block", "CHACHA_1.0", "chacha.kld")
                                            .Uses("kernel_add", "KERNEL_1.0", "kernel")
                                            .Module("random")
                                            .On(Event::kLoad, "random")
                                            .On(Event::kUnload, "random")
                                            .Build());
  }
};

TEST_F(LoadTest, KernelIsFileOne) {
  EXPECT_EQ(Files(), (Calls{"kernel"}));
  const kld_file_stat kernel = StatOf("kernel");
  EXPECT_EQ(kernel.id, 1);
  EXPECT_EQ(kernel.state, KLD_LIVE);
  EXPECT_STREQ(kernel.pathname, "/boot/kernel");
  int id;
  EXPECT_EQ(Find("kernel", &id), 0);
  EXPECT_EQ(id, 1);
}

TEST_F(LoadTest, BringsInWhatIsNeeded) {
  PutRandom();
  const Everything before = Now();
  const Result loaded = Load("random");
  EXPECT_EQ(loaded.error, 0) << loaded.report;
  EXPECT_EQ(loaded.report, "");
  // Needed files come first, in the list and in ids.
  EXPECT_EQ(Files(), (Calls{"kernel", "chacha.kld", "random.kld"}));
  EXPECT_EQ(TakeCalls(), (Calls{"load random"}));
  const kld_file_stat random = StatOf("random.kld"), chacha = StatOf("chacha.kld");
  EXPECT_EQ(loaded.id, random.id);
  EXPECT_EQ(random.refs, 1);
  EXPECT_EQ(random.user_refs, 1);
  EXPECT_EQ(chacha.refs, 1);
  EXPECT_EQ(chacha.user_refs, 0);
  EXPECT_EQ(random.state, KLD_LIVE);
  EXPECT_STREQ(random.pathname, "/boot/modules/random.kld");

  EXPECT_EQ(Unload("random.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"unload random"}));
  EXPECT_EQ(Files(), (Calls{"kernel"}));
  ExpectSame(before, Now());
}

TEST_F(LoadTest, ReferencesAreBoundInTheFileTheyName) {
  PutRandom();
  TestModule other("random.kld");
  other.Needs("kernel").Uses("kernel_add", "KERNEL_1.0", "kernel");
  PutFile("/boot/modules/random.kld", other.Build());
  MustLoad("random");
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(1, "kernel_add", &symbol), 0);
  File* const file = FileNamed("random.kld");
  EXPECT_EQ(*reinterpret_cast<const uintptr_t*>(file->RunTime(other.PlaceOf("kernel_add"))),
            symbol.value);
}

// A slot is the function's address, or what the function's descriptor has, which then is read from an
// image that an earlier load linked.
TEST_F(LoadTest, PltSlotsLeadToWhatIsLoadedAlready) {
  if (arch::kHasWritablePlt<arch::Current>) GTEST_SKIP() << "PLT slots are code of this CPU's";
  constexpr size_t kWords = TestModule::kSlotWords;
  PutRandom();
  MustLoad("chacha");
  TestModule caller("caller.kld");
  caller.Needs("chacha.kld").Calls("chacha_block", "CHACHA_1.0", "chacha.kld");
  PutFile("/boot/modules/caller.kld", caller.Build());
  MustLoad("caller");
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(0, "chacha_block", &symbol), 0);
  File* const file = FileNamed("caller.kld");
  const auto* const slot =
      reinterpret_cast<const uintptr_t*>(file->RunTime(caller.PlaceOf("chacha_block")));
  const auto address = static_cast<uintptr_t>(symbol.value);
  if (kWords == 1) {
    EXPECT_EQ(slot[0], address);
  } else {
    EXPECT_EQ(std::memcmp(slot, reinterpret_cast<const void*>(address), kWords * sizeof(*slot)), 0);
    EXPECT_NE(slot[0], 0u);
  }
}

TEST_F(LoadTest, NamesAreSearchedInTheModulePath) {
  PutRandom();
  ASSERT_EQ(SetModulePath("/a;/b/;;/boot/modules"), 0);
  TakeOpened();
  EXPECT_EQ(Load("random").error, 0);
  EXPECT_EQ(TakeOpened(), (Calls{"/a/random", "/a/random.kld", "/b/random", "/b/random.kld",
                                 "/boot/modules/random", "/boot/modules/random.kld",
                                 "/a/chacha.kld", "/b/chacha.kld", "/boot/modules/chacha.kld",
                                 "/boot/modules/chacha.plist", "/boot/modules/random.plist"}));
  char path[64];
  EXPECT_EQ(ModulePath(path, sizeof(path)), 21u);
  EXPECT_STREQ(path, "/a;/b/;;/boot/modules");
  EXPECT_EQ(SetModulePath("boot/modules"), EINVAL);
  EXPECT_EQ(SetModulePath(std::string(2000, '/').c_str()), ENAMETOOLONG);
}

TEST_F(LoadTest, PathsAreOpenedAsTheyAre) {
  // Its own directory is looked in last, and only when the file was given by path.
  PutFile("/work/x/chacha.kld",
          TestModule("chacha.kld").Needs("kernel").Exports("chacha_block", "CHACHA_1.0").Build());
  PutFile("/work/x/random.kld", TestModule("random.kld").Needs("chacha.kld").Build());
  TakeOpened();
  EXPECT_EQ(Load("x/random.kld").error, 0);
  EXPECT_EQ(TakeOpened()[1], "/boot/modules/chacha.kld");
  EXPECT_STREQ(StatOf("random.kld").pathname, "/work/x/random.kld");
  EXPECT_STREQ(StatOf("chacha.kld").pathname, "/work/x/chacha.kld");
  EXPECT_EQ(Unload("random.kld").error, 0);

  ASSERT_EQ(SetModulePath("/work/x"), 0);
  RemoveFile("/work/x/chacha.kld");
  PutFile("/work/y/chacha.kld", TestModule("chacha.kld").Build());
  EXPECT_EQ(Load("random").error, ELIBACC);
}

TEST_F(LoadTest, LoadingTwice) {
  PutRandom();
  MustLoad("random");
  const Result again = Load("random");
  EXPECT_EQ(again.error, EEXIST);
  EXPECT_NE(again.report.find("random.kld"), std::string::npos) << again.report;
  // Present as a dependency only: a user's reference is added.
  const Result chacha = Load("chacha");
  EXPECT_EQ(chacha.error, 0) << chacha.report;
  EXPECT_EQ(StatOf("chacha.kld").refs, 2);
  EXPECT_EQ(StatOf("chacha.kld").user_refs, 1);
  EXPECT_EQ(Load("/boot/modules/chacha.kld").error, EEXIST);
  // With it, chacha outlives random.
  EXPECT_EQ(Unload("random.kld").error, 0);
  EXPECT_EQ(Files(), (Calls{"kernel", "chacha.kld"}));
  EXPECT_EQ(Unload("chacha.kld").error, 0);
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

// What is present as a dependency has its parameters already.
TEST_F(LoadTest, ParametersOfWhatIsPresent) {
  TestModule b("b.kld");
  b.Module("b").Parameter("b", "level", KLD_NUMBER);
  PutFile("/boot/modules/b.kld", b.Build());
  PutFile("/boot/modules/a.kld", TestModule("a.kld").Needs("b.kld").Build());
  MustLoad("a");
  const Everything before = Now();
  const std::string level = "<plist><dict><key>level</key><integer>9</integer></dict></plist>";
  for (const char* name : {"b", "/boot/modules/b.kld"}) {
    const Result result = Load(name, 0, level);
    EXPECT_EQ(result.error, EINVAL);
    EXPECT_EQ(result.report,
              "b.kld: is loaded already, from /boot/modules/b.kld: parameters are set only when a "
              "file is loaded");
    EXPECT_EQ(Load(name, 0, "<plist>").error, EINVAL);
    ExpectSame(before, Now());
  }
  // None are given.
  EXPECT_EQ(Load("b", 0, "<plist><dict/></plist>").error, 0);
  EXPECT_EQ(StatOf("b.kld").user_refs, 1);
  // A user's is refused for being there.
  EXPECT_EQ(Load("b", 0, level).error, EEXIST);
}

TEST_F(LoadTest, SameSonameWithOtherContents) {
  PutRandom();
  MustLoad("random");
  PutFile("/tmp/chacha.kld", TestModule("chacha.kld").Module("fake").Build());
  const Everything before = Now();
  const Result other = Load("/tmp/chacha.kld");
  EXPECT_EQ(other.error, ENOTUNIQ);
  EXPECT_NE(other.report.find("/tmp/chacha.kld"), std::string::npos) << other.report;
  EXPECT_NE(other.report.find("/boot/modules/chacha.kld"), std::string::npos) << other.report;
  ExpectSame(before, Now());
  // The same contents at another path are the same file.
  PutFile("/tmp/chacha.kld",
          TestModule("chacha.kld").Needs("kernel").Exports("chacha_block", "CHACHA_1.0").Build());
  EXPECT_EQ(Load("/tmp/chacha.kld").error, 0);
}

TEST_F(LoadTest, UnloadingWhatOthersNeed) {
  PutRandom();
  MustLoad("random");
  const Result chacha = Unload("chacha.kld");
  EXPECT_EQ(chacha.error, EBUSY);
  EXPECT_NE(chacha.report.find("random.kld"), std::string::npos) << chacha.report;
  EXPECT_EQ(Unload("kernel").error, EBUSY);
  const auto report = std::make_unique<Report>();
  EXPECT_EQ(kld::Unload(77, 0, *report), ENOENT);
}

// a -> b, c; b -> d; c -> d: constructors and handlers run needed ones first, in DT_NEEDED order,
// and backwards on the way out.
TEST_F(LoadTest, DiamondOrder) {
  for (const std::string name : {"a", "b", "c", "d"}) {
    TestModule module(name + ".kld");
    if (name == "a") module.Needs("b.kld").Needs("c.kld");
    if (name == "b" || name == "c") module.Needs("d.kld");
    module.Module(name).Constructor().Destructor();
    for (const Event event : {Event::kLoad, Event::kQuiesce, Event::kUnload, Event::kShutdown}) {
      module.On(event, name);
    }
    PutFile("/boot/modules/" + name + ".kld", module.Build());
  }
  const Everything before = Now();
  MustLoad("a");
  EXPECT_EQ(TakeCalls(), (Calls{"construct d.kld", "load d", "construct b.kld", "load b",
                                "construct c.kld", "load c", "construct a.kld", "load a"}));
  EXPECT_EQ(StatOf("d.kld").refs, 2);
  EXPECT_EQ(Unload("a.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"quiesce a", "quiesce c", "quiesce b", "quiesce d", "unload a",
                                "destruct a.kld", "unload c", "destruct c.kld", "unload b",
                                "destruct b.kld", "unload d", "destruct d.kld"}));
  ExpectSame(before, Now());
}

TEST_F(LoadTest, SeveralModulesAndHooksOfOneFile) {
  TestModule multi("multi.kld");
  multi.Module("first", "1.0").Module("second", "2.5");
  for (const char* module : {"first", "second"}) multi.On(Event::kLoad, module);
  for (const char* module : {"first", "second"}) multi.On(Event::kUnload, module);
  multi.Hook("first", 20).Hook("first", 10);
  PutFile("/boot/modules/multi.kld", multi.Build());
  const int file = MustLoad("multi");
  // The later hook has the lower order.
  const auto hook = [&multi](int order) {
    return "hook +" + std::to_string(multi.FunctionOfHook(order) % KLD_HOST_PAGE);
  };
  EXPECT_NE(hook(10), hook(20));
  EXPECT_EQ(TakeCalls(), (Calls{hook(10), hook(20), "load first", "load second"}));
  int first, second, end;
  ASSERT_EQ(FirstModule(file, &first), 0);
  ASSERT_EQ(NextModuleOfFile(first, &second), 0);
  ASSERT_EQ(NextModuleOfFile(second, &end), 0);
  EXPECT_EQ(end, 0);
  int found;
  EXPECT_EQ(FindModule("second", &found), 0);
  EXPECT_EQ(found, second);
  kld_module_stat stat = {};
  stat.version = sizeof(stat);
  ASSERT_EQ(StatModule(second, &stat), 0);
  EXPECT_STREQ(stat.name, "second");
  EXPECT_STREQ(stat.module_version, "2.5");
  EXPECT_EQ(stat.file_id, file);
  stat.version = 4;
  EXPECT_EQ(StatModule(second, &stat), EINVAL);
  EXPECT_EQ(Unload("multi.kld").error, 0);
  EXPECT_EQ(TakeCalls(), (Calls{"unload second", "unload first"}));
}

TEST_F(LoadTest, ResolversRunBeforeRelroIsSealed) {
  if (!HasIfunc()) GTEST_SKIP() << "the psABI has no IFUNC";
  TestModule fast("fast.kld");
  PutFile("/boot/modules/fast.kld", fast.Module("fast").Ifunc().Build());
  const Everything before = Now();
  MustLoad("fast");
  EXPECT_EQ(TakeCalls(), (Calls{"resolve"}));
  File* const file = FileNamed("fast.kld");
  EXPECT_EQ(*reinterpret_cast<const uintptr_t*>(file->RunTime(Builder::kRelroData)),
            file->RunTime(fast.Chosen()));
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kRelro)), KLD_HOST_READ);
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kText)), KLD_HOST_READ_EXECUTE);
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kData)), KLD_HOST_READ_WRITE);
  EXPECT_EQ(Unload("fast.kld").error, 0);
  ExpectSame(before, Now());
}

TEST_F(LoadTest, LinkOnlyRunsNothingAndChangesNothing) {
  PutRandom();
  PutFile("/boot/modules/fast.kld",
          TestModule("fast.kld").Needs("random.kld").Module("fast").Ifunc().Build());
  const Everything before = Now();
  const Result result = Load("fast", KLD_LINK_ONLY);
  EXPECT_EQ(result.error, 0) << result.report;
  EXPECT_EQ(TakeCalls(), Calls{});
  ExpectSame(before, Now());
}

TEST_F(LoadTest, PropertyListsSetParameters) {
  TestModule module("net.kld");
  module.Module("net")
      .Parameter("net", "mtu", KLD_NUMBER)
      .Parameter("net", "fast", KLD_BOOL)
      .Parameter("net", "name", KLD_STRING);
  const auto image = module.Build();
  PutFile("/boot/modules/net.kld", image);
  PutFile("/boot/modules/net.plist",
          "<plist version=\"1.0\"><dict><key>mtu</key><integer>576</integer>"
          "<key>name</key><string>lo</string></dict></plist>");
  const auto given = [](const std::string& text) {
    return "<?xml version=\"1.0\"?><!DOCTYPE plist><plist><dict>" + text + "</dict></plist>";
  };
  const Everything before = Now();
  struct Case {
    const char* text;
    const char* says;
  };
  for (const Case& c : std::vector<Case>{
           {"<key>mtu</key><string>x</string>", "parameter mtu is a number, not a string"},
           {"<key>mut</key><integer>1</integer>", "has no parameter mut"},
           {"<key>other.mtu</key><integer>1</integer>", "no file other.kld"},
           {"<key>mtu</key><integer>1x</integer>", "no number"}}) {
    const Result bad = Load("net", 0, given(c.text));
    EXPECT_EQ(bad.error, EINVAL);
    EXPECT_NE(bad.report.find(c.says), std::string::npos) << bad.report;
    ExpectSame(before, Now());
  }
  const Result good = Load("net", 0,
                           given("<key>mtu</key><integer>9000</integer><key>net.fast</key>"
                                 "<true/>"));
  EXPECT_EQ(good.error, 0) << good.report;
  File* const file = FileNamed("net.kld");
  EXPECT_EQ(*reinterpret_cast<const int64_t*>(file->RunTime(module.VariableOf("mtu"))), 9000);
  EXPECT_EQ(*reinterpret_cast<const int32_t*>(file->RunTime(module.VariableOf("fast"))), 1);
  EXPECT_STREQ(*reinterpret_cast<const char* const*>(file->RunTime(module.VariableOf("name"))),
               "lo");
  EXPECT_EQ(Unload("net.kld").error, 0);
  ExpectSame(before, Now());
}

// a -> b: what the request gives b is b's as long as b lives, whatever becomes of a.
TEST_F(LoadTest, ValuesOfADependencyOutliveTheRequestedFile) {
  TestModule b("b.kld");
  b.Module("b").Parameter("b", "word", KLD_STRING).Parameter("b", "list", KLD_ARRAY);
  b.On(Event::kQuiesce, "b");
  PutFile("/boot/modules/b.kld", b.Build());
  PutFile("/boot/modules/a.kld",
          TestModule("a.kld").Needs("b.kld").Module("a").On(Event::kLoad, "a").Build());
  const std::string values =
      "<key>b.word</key><string>hello world</string>"
      "<key>b.list</key><array><integer>7</integer></array>";
  const auto given = [](const std::string& text) {
    return "<plist><dict>" + text + "</dict></plist>";
  };
  const auto expect_values = [&] {
    File* const file = FileNamed("b.kld");
    EXPECT_STREQ(*reinterpret_cast<const char* const*>(file->RunTime(b.VariableOf("word"))),
                 "hello world");
    const kld_value* const list =
        *reinterpret_cast<const kld_value* const*>(file->RunTime(b.VariableOf("list")));
    ASSERT_NE(list, nullptr);
    EXPECT_EQ(list->first->number, 7);
  };
  const Everything before = Now();
  // a leaves before b.
  ASSERT_EQ(Load("a", 0, given(values)).error, 0);
  ASSERT_EQ(Load("b").error, 0);
  ASSERT_EQ(Unload("a.kld").error, 0);
  expect_values();
  EXPECT_EQ(Unload("b.kld").error, 0);
  ExpectSame(before, Now());
  // a fails and b does not want to go.
  WhenCalled(Event::kLoad, "a", [] { return EIO; });
  WhenCalled(Event::kQuiesce, "b", [] { return EBUSY; });
  const Result failed = Load("a", 0, given(values));
  EXPECT_EQ(failed.error, ECANCELED);
  EXPECT_EQ(failed.id, 0);  // it had one
  EXPECT_EQ(Files(), (Calls{"kernel", "b.kld"}));
  expect_values();
  WhenCalled(Event::kQuiesce, "b", [] { return 0; });
  EXPECT_EQ(Unload("b.kld").error, 0);
  // The request fails behind the values: nothing is kept.
  EXPECT_EQ(Load("a", 0, given(values + "<key>nobody</key><true/>")).error, EINVAL);
  ExpectSame(before, Now());
}

TEST_F(LoadTest, SymbolsByNameAndAddress) {
  PutRandom();
  MustLoad("random");
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(0, "chacha_block", &symbol), 0);
  EXPECT_EQ(symbol.file_id, StatOf("chacha.kld").id);
  EXPECT_EQ(symbol.size, 16u);
  EXPECT_EQ(SymbolByName(StatOf("random.kld").id, "chacha_block", &symbol), ENOENT);
  kld_sym_lookup at = {};
  at.version = sizeof(at);
  ASSERT_EQ(SymbolByAddress(0, symbol.value + 5, &at), 0);
  EXPECT_STREQ(at.symname, "chacha_block");
  EXPECT_EQ(at.offset, 5u);
  EXPECT_EQ(SymbolByAddress(0, symbol.value + 16, &at), ENOENT);
  char text[64];
  NameAddress(symbol.value + 5, text, sizeof(text));
  EXPECT_STREQ(text, "chacha.kld:chacha_block+0x5");
  // Where a call that ends the function returns to, and what stands there.
  NameAddress(symbol.value + 16, text, sizeof(text), true);
  EXPECT_STREQ(text, "chacha.kld:chacha_block+0x10");
  NameAddress(symbol.value + 16, text, sizeof(text));
  EXPECT_STRNE(text, "chacha.kld:chacha_block+0x10");
  NameAddress(7, text, sizeof(text));
  EXPECT_STREQ(text, "0x7");
  // One that a CPU of 32 bits does not have is nobody's, whatever its lower half says.
  const uint64_t far = symbol.value + 5 + (uint64_t{1} << 63);
  EXPECT_EQ(SymbolByAddress(0, far, &at), ENOENT);
  NameAddress(far, text, sizeof(text));
  EXPECT_EQ(std::stoull(text, nullptr, 16), far) << text;
  EXPECT_EQ(FileOf(reinterpret_cast<const void*>(symbol.value)), FileNamed("chacha.kld"));
  EXPECT_EQ(FileOf(&symbol), nullptr);
  EXPECT_EQ(Unload("random.kld").error, 0);
  EXPECT_STREQ(LastUnloaded(), "chacha.kld");
  EXPECT_EQ(SymbolByName(0, "chacha_block", &symbol), ENOENT);
}

TEST_F(LoadTest, SecureLevelForbids) {
  PutRandom();
  MustLoad("random");
  EXPECT_EQ(SetSecureLevel(1), 0);
  const Result load = Load("chacha");
  EXPECT_EQ(load.error, EPERM);
  EXPECT_NE(load.report.find("securelevel"), std::string::npos) << load.report;
  EXPECT_EQ(Unload("random.kld").error, EPERM);
  EXPECT_EQ(SetSecureLevel(0), EPERM);
  EXPECT_EQ(SecureLevel(), 1);
  manager.secure_level = 0;  // so that the fixture can end
}

}  // namespace
}  // namespace kld::testing
