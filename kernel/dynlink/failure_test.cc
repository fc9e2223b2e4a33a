// SPDX-License-Identifier: BSD-2-Clause
//
// Every allocation, reservation and mapping of a load and of an unload fails once; afterwards
// everything is exactly as before. And every kind of bad file: its error number, the words that
// help, and nothing changed.

#include <gtest/gtest.h>

#include "kernel/dynlink/host.h"
#include "kernel/dynlink/link.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

using Calls = std::vector<std::string>;

class FailureTest : public Bench {
 protected:
  void Put(const std::string& name, TestModule& module) {
    PutFile("/boot/modules/" + name + ".kld", module.Build());
  }
  // a -> b -> kernel, with all that a file can have.
  void PutPair() {
    TestModule b("b.kld");
    b.Needs("kernel").Exports("b_call", "B_1.0").Module("b").Constructor().Destructor();
    b.On(Event::kLoad, "b").On(Event::kUnload, "b").Parameter("b", "level", KLD_NUMBER);
    Put("b", b);
    TestModule a("a.kld");
    a.Needs("kernel")
        .Needs("b.kld")
        .Uses("b_call", "B_1.0", "b.kld")
        .Module("a")
        .Module("z")
        .Ifunc();
    a.On(Event::kLoad, "a").Hook("a", 1).Uses("kernel_print", "KERNEL_1.0", "kernel");
    Put("a", a);
    PutFile("/boot/modules/b.plist",
            "<plist><dict><key>level</key><integer>3</integer></dict></plist>");
  }
  // Loads it, expects this error and these words, and that nothing has changed.
  void ExpectRefused(const std::string& file, int error, const std::vector<std::string>& words) {
    const Everything before = Now();
    const Result result = Load(file);
    EXPECT_EQ(result.error, error) << result.report;
    for (const std::string& word : words) {
      EXPECT_NE(result.report.find(word), std::string::npos) << word << " in: " << result.report;
    }
    EXPECT_EQ(TakeCalls(), Calls{});
    ExpectSame(before, Now());
  }
};

TEST_F(FailureTest, EveryStepOfALoad) {
  PutPair();
  const Everything before = Now();
  unsigned failed = 0;
  for (unsigned n = 1;; ++n) {
    FailNth(n);
    const Result result = Load("a");
    const bool happened = FailNth(0);
    if (result.error == 0) {
      // Some lists of names are told shorter instead; then it was loaded.
      EXPECT_EQ(Files().size(), 3u);
      EXPECT_EQ(Unload("a.kld").error, 0);
    } else {
      EXPECT_EQ(result.error, ENOMEM) << "allocation " << n << ": " << result.report;
      EXPECT_NE(result.report, "");
      ++failed;
    }
    ExpectSame(before, Now());
    if (!happened) break;
  }
  EXPECT_GT(failed, 40u);
}

TEST_F(FailureTest, EveryStepOfAnUnload) {
  PutPair();
  unsigned failed = 0;
  for (unsigned n = 1;; ++n) {
    MustLoad("a");
    const Everything before = Now();
    FailNth(n);
    const Result result = Unload("a.kld");
    const bool happened = FailNth(0);
    if (result.error == 0) {
      EXPECT_EQ(Files().size(), 1u);
    } else {
      EXPECT_EQ(result.error, ENOMEM) << "allocation " << n << ": " << result.report;
      ExpectSame(before, Now());
      ++failed;
      EXPECT_EQ(Unload("a.kld").error, 0);
    }
    if (!happened) break;
  }
  EXPECT_GT(failed, 3u);
}

TEST_F(FailureTest, NotFound) {
  ExpectRefused("nothing", ENOENT, {"nothing", "/boot/modules/nothing, /boot/modules/nothing.kld"});
  ExpectRefused("/tmp/nothing.kld", ENOENT, {"/tmp/nothing.kld"});
}

TEST_F(FailureTest, CannotBeRead) {
  MakeUnreadable("/boot/modules/a.kld", EACCES);
  ExpectRefused("a", EACCES, {"cannot be read"});
}

TEST_F(FailureTest, NotAnImage) {
  PutFile("/boot/modules/a.kld", std::string("#!/bin/sh\n"));
  ExpectRefused("a", ENOEXEC, {"/boot/modules/a.kld"});
  PutFile("/boot/modules/a.kld", std::string());
  ExpectRefused("a", ENOEXEC, {"/boot/modules/a.kld"});
}

// Its segments and their alignment alone are half of the address space: both together are nothing.
TEST_F(FailureTest, NoRoomForSizeAndAlignment) {
  TestModule a("a.kld");
  a.Module("a").Needs("kernel").builder().edit_phdrs = [](auto& phdrs) {
    constexpr uint64_t kHalf = uint64_t{1} << (8 * sizeof(uintptr_t) - 1);
    auto last = phdrs.begin();
    for (auto at = last; at != phdrs.end(); ++at) {
      if (at->type == elf::kPtLoad) last = at;
    }
    auto far = *last;
    far.flags = elf::kPfR;
    far.vaddr = static_cast<uintptr_t>(kHalf + Builder::kBase);
    far.filesz = 0;
    far.memsz = KLD_HOST_PAGE;
    far.align = static_cast<uintptr_t>(kHalf);
    phdrs.insert(last + 1, far);
  };
  Put("a", a);
  ExpectRefused("a", ENOMEM, {"/boot/modules/a.kld: no room for "});
}

// Cut anywhere, it is refused and nothing has happened.
TEST_F(FailureTest, Truncated) {
  TestModule module("a.kld");
  const std::vector<std::byte> whole = module.Module("a").On(Event::kLoad, "a").Build();
  for (size_t size = 1; size < whole.size(); size += size < 0x800 ? 97 : 1009) {
    PutFile("/boot/modules/a.kld", std::vector<std::byte>(whole.begin(), whole.begin() + size));
    ExpectRefused("a", ENOEXEC, {"/boot/modules/a.kld"});
  }
}

TEST_F(FailureTest, MissingDependency) {
  TestModule a("a.kld");
  Put("a", a.Needs("b.kld").Needs("c.kld").Module("a"));
  ExpectRefused("a", ELIBACC, {"a.kld needs 'b.kld'", "/boot/modules/b.kld", "needs 'c.kld'"});
}

TEST_F(FailureTest, DependencyUnderAWrongName) {
  TestModule a("a.kld"), b("other.kld");
  Put("a", a.Needs("b.kld"));
  Put("b", b);
  ExpectRefused("a", ENOEXEC, {"b.kld", "other.kld"});
}

// a -> b -> c -> a
TEST_F(FailureTest, Cycle) {
  TestModule a("a.kld"), b("b.kld"), c("c.kld");
  Put("a", a.Needs("b.kld"));
  Put("b", b.Needs("c.kld"));
  Put("c", c.Needs("a.kld"));
  ExpectRefused("a", ELOOP, {"a.kld", "b.kld", "c.kld"});
}

TEST_F(FailureTest, WrongMachine) {
  TestModule a("a.kld");
  a.builder().machine = 0x1234;
  Put("a", a.Module("a"));
  ExpectRefused("a", ELIBBAD, {"/boot/modules/a.kld"});
}

TEST_F(FailureTest, WrongVersion) {
  TestModule a("a.kld");
  Put("a", a.Needs("kernel").Uses("kernel_print", "KERNEL_2.0", "kernel").Module("a"));
  ExpectRefused("a", EPROTONOSUPPORT, {"KERNEL_2.0", "KERNEL_1.0", "KERNEL_1.1"});
}

TEST_F(FailureTest, UndefinedSymbolsAreAllListed) {
  TestModule b("b.kld"), dma("dma.kld"), a("a.kld");
  Put("dma", dma.Exports("dma_map", "DMA_1.0"));
  MustLoad("dma");
  Put("b", b.Exports("b_call", "B_1.0"));
  a.Needs("kernel").Needs("b.kld").Uses("nobody_has_it").Uses("dma_map").Uses("kernel_add");
  a.Uses("b_other", "B_1.0", "b.kld");
  Put("a", a.Module("a"));
  ExpectRefused("a", ENOLINK,
                {"nobody_has_it", "dma_map", "dma.kld", "kernel_add", "need a version", "b_other"});
}

TEST_F(FailureTest, KernelSymbolWithoutVersion) {
  TestModule a("a.kld");
  Put("a", a.Needs("kernel").Uses("kernel_add").Module("a"));
  ExpectRefused("a", ENOLINK, {"kernel_add", "link against the kernel stub"});
}

// All of the module's code is needed only until it is loaded.
TestModule& InitOnlyText(TestModule& module) {
  module.builder().edit_phdrs = [](auto& phdrs) { phdrs[1].flags = phdrs[1].flags | elf::kPfInit; };
  return module;
}

TEST_F(FailureTest, InitOnlyPartIsGivenBack) {
  TestModule a("a.kld");
  InitOnlyText(a.Needs("kernel").Module("a").Constructor());
  Put("a", a);
  const Everything before = Now();
  MustLoad("a");
  EXPECT_EQ(TakeCalls(), Calls{"construct a.kld"});
  const kld_file_stat stat = StatOf("a.kld");
  const uintptr_t text = stat.address + Builder::kText - Builder::kBase;
  EXPECT_EQ(PermissionAt(text), 0);
  EXPECT_NE(PermissionAt(stat.address), 0);
  EXPECT_EQ(Unload("a.kld").error, 0);
  ExpectSame(before, Now());
}

// What later loads, queries and debuggers read of a file does not go with its init-only part.
TEST_F(FailureTest, TablesInTheInitOnlyPart) {
  const auto with_init = [this](size_t segment) {
    TestModule a("a.kld");
    a.Needs("kernel").Module("a").Object("drivers").Uses("kernel_add", "KERNEL_1.0", "kernel");
    a.builder().sysv_hash = true;
    a.builder().edit_phdrs = [segment](auto& phdrs) {
      phdrs[segment].flags = phdrs[segment].flags | elf::kPfInit;
    };
    Put("a", a);
  };
  with_init(0);
  ExpectRefused("a", ENOEXEC,
                {"DT_STRTAB: leads to 0x", "DT_SYMTAB: leads to 0x", "HASH: leads to 0x",
                 "DT_HASH: leads to 0x", "DT_VERSYM: leads to 0x", "DT_VERDEF: leads to 0x",
                 "DT_VERNEED: leads to 0x", "in the init-only part, which is given back"});
  with_init(2);
  ExpectRefused("a", ENOEXEC, {"PT_DYNAMIC: leads to 0x", "set of sets: leads to 0x"});
}

TEST_F(FailureTest, KindsOfImagesThatModulesCannotBe) {
  const auto refused = [this](const std::function<void(TestModule&)>& edit, const char* word) {
    TestModule a("a.kld");
    a.Needs("kernel").Module("a");
    edit(a);
    Put("a", a);
    ExpectRefused("a", ENOEXEC, {word});
  };
  refused([](TestModule& m) { m.builder().Dynamic(elf::kDtTextRel, 0); }, "text relocations");
  refused([](TestModule& m) { m.builder().Segment(elf::kPtTls, Builder::kData, 8, elf::kPfR); },
          "thread-local");
  refused(
      [](TestModule& m) {
        m.builder().Define("unique", Builder::kData, {.bind = elf::kStbGnuUnique});
      },
      "UNIQUE");
  refused(
      [](TestModule& m) {
        m.builder().edit_phdrs = [](auto& phdrs) {
          phdrs[1].flags = elf::kPfR | elf::kPfW | elf::kPfX;
        };
      },
      "writable and executable");
  refused([](TestModule& m) { InitOnlyText(m).Exports("f", "A_1.0"); },
          "'f' is exported from the init-only part");
  refused([](TestModule& m) { InitOnlyText(m).On(Event::kUnload, "a"); }, "in the init-only part");
  // A function that nothing but what the test adds leads to.
  const auto function = [](TestModule& m) {
    return InitOnlyText(m).builder().Function(Builder::kText + 64, TypeFor(arch::Op::kRelative));
  };
  refused(
      [&](TestModule& m) {
        const uint64_t target = function(m);
        m.builder().Rela(m.builder().Word(), TypeFor(arch::Op::kRelative), 0, target);
      },
      "in the init-only part");
  refused([&](TestModule& m) { m.builder().Dynamic(elf::kDtFini, function(m)); },
          "DT_FINI: leads to ");
  refused([](TestModule& m) { m.builder().type = elf::kEtExec; }, "/boot/modules/a.kld");
  refused([](TestModule& m) { m.Magic(0); }, "kld_file");
  refused([](TestModule& m) { m.On(Event::kLoad, "nobody"); }, "handler of no module");
  refused([](TestModule& m) { m.On(Event::kUnload, "a").On(Event::kUnload, "a"); },
          "two handlers of one module");
}

TEST_F(FailureTest, NotesThatSayNothingAreWarnings) {
  TestModule a("a.kld");
  a.Module("a").Note("a", "colour=blue").Note("a", "param=x,float,rw,,").Note("a", "flag=fly");
  Put("a", a);
  const Result result = Load("a");
  EXPECT_EQ(result.error, 0);
  for (const char* word : {"colour", "\"x\" is no parameter", "\"fly\" is a flag"}) {
    EXPECT_NE(result.report.find(word), std::string::npos) << result.report;
  }
}

TEST_F(FailureTest, ALongReportIsCutAtALine) {
  TestModule a("a.kld");
  a.Needs("kernel").Module("a");
  for (int i = 0; i < 300; ++i) a.Uses("missing_symbol_number_" + std::to_string(i));
  a.builder().edit_dynamic = [](auto&) {};
  Put("a", a);
  const Result result = Load("a");
  EXPECT_EQ(result.error, ENOLINK);
  EXPECT_LT(result.report.size(), Report::kCapacity);
  EXPECT_NE(result.report.find("more lines"), std::string::npos);
}

// Exactly as before, one warm-up round apart, however often.
TEST_F(FailureTest, HundredsOfFailedLoads) {
  PutPair();
  WhenCalled(Event::kLoad, "a", [] { return EIO; });
  EXPECT_EQ(Load("a").error, ECANCELED);
  TakeCalls();
  const Everything before = Now();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(Load("a").error, ECANCELED);
  TakeCalls();
  ExpectSame(before, Now());
}

// One number for each kind of failure.
TEST(ErrorNumbers, AreDistinct) {
  std::map<int, rtld::Failure> seen;
  for (uint8_t i = 1; i <= static_cast<uint8_t>(rtld::Error::kSignature); ++i) {
    const auto error = static_cast<rtld::Error>(i);
    const int number = ErrnoOf(error);
    EXPECT_NE(number, 0) << int{i};
    const auto [at, fresh] = seen.emplace(number, rtld::FailureOf(error));
    EXPECT_TRUE(fresh || at->second == rtld::FailureOf(error)) << number;
  }
}

}  // namespace
}  // namespace kld::testing
