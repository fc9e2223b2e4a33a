// SPDX-License-Identifier: BSD-2-Clause
//
// Boot images: what the boot loader has loaded becomes files; each that fails is undone alone.

#include <gtest/gtest.h>

#include <cstdint>

#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/testing/bench.h"

namespace kld::testing {
namespace {

using Calls = std::vector<std::string>;

constexpr uint64_t kRequested = dynamic::kHandoffRequested;

TestModule Whole(const std::string& name, const std::vector<std::string>& needs) {
  TestModule module(name + ".kld");
  module.Needs("kernel");
  for (const std::string& need : needs) module.Needs(need + ".kld");
  module.Module(name).Constructor().Destructor();
  module.On(Event::kLoad, name).On(Event::kUnload, name);
  return module;
}

class AdoptTest : public Bench {
 protected:
  // Before SetUp: a preload that nobody has relocated yet, so that what the manager's session would
  // do to one that is relocated shows.
  void PreloadModule(const std::string& name, const std::vector<std::string>& needs,
                     uint64_t flags) {
    Preload(name + ".kld", Whole(name, needs).Build(), flags);
  }
};

// random -> chacha; the boot loader names random only.
class TwoPreloads : public AdoptTest {
 protected:
  void SetUp() override {
    PreloadModule("chacha", {}, 0);
    PreloadModule("random", {"chacha"}, kRequested);
    AdoptTest::SetUp();
  }
};

TEST_F(TwoPreloads, BecomeFilesAndStart) {
  EXPECT_EQ(TakeCalls(),
            (Calls{"construct chacha.kld", "load chacha", "construct random.kld", "load random"}));
  EXPECT_EQ(Files(), (Calls{"kernel", "chacha.kld", "random.kld"}));
  EXPECT_EQ(StatOf("kernel").user_refs, 1);
  EXPECT_EQ(StatOf("random.kld").user_refs, 1);
  EXPECT_EQ(StatOf("chacha.kld").user_refs, 0);
  EXPECT_EQ(StatOf("chacha.kld").refs, 1);
  EXPECT_STREQ(StatOf("random.kld").pathname, "/boot/modules/random.kld");
  // Protected like files that were loaded here.
  File* const file = FileNamed("random.kld");
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kText)), KLD_HOST_READ_EXECUTE);
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kRelro)), KLD_HOST_READ);
  EXPECT_EQ(PermissionAt(file->RunTime(Builder::kData)), KLD_HOST_READ_WRITE);
  // The same contents in a file are the same module.
  PutFile("/boot/modules/random.kld", Whole("random", {"chacha"}).Build());
  EXPECT_EQ(Load("/boot/modules/random.kld").error, EEXIST);
  // They leave like any others, memory included (the fixture checks it).
  EXPECT_EQ(Unload("random.kld").error, 0);
  EXPECT_EQ(Files(), (Calls{"kernel"}));
}

TEST_F(TwoPreloads, AreInTheDebuggersList) {
  Calls names;
  std::vector<uintptr_t> dynamics;
  for (const DebugMap* map = FirstDebugMap(); map != nullptr; map = map->l_next) {
    names.emplace_back(map->l_name);
    dynamics.push_back(map->l_ld);
  }
  EXPECT_EQ(names, (Calls{"", "/boot/modules/chacha.kld", "/boot/modules/random.kld"}));
  EXPECT_EQ(dynamics[2], StatOf("random.kld").dynamic);
  // DT_DEBUG of the kernel points to the list's head.
  using Dyn = arch::Current::Layout::Dyn;
  uint64_t debug = 0;
  for (const auto* entry = reinterpret_cast<const Dyn*>(StatOf("kernel").dynamic);
       entry->tag != elf::kDtNull; ++entry) {
    if (entry->tag == elf::kDtDebug) debug = entry->val;
  }
  EXPECT_EQ(debug, DebugAddress());
}

// Who loaded the kernel has sealed its RELRO, which .dynamic lies in:
//
//   boot loader   |  manager
//   relocate      |  write DT_DEBUG: faults unless RELRO is opened
//   seal          |  seal
class SealedKernel : public AdoptTest {
 protected:
  void SetUp() override {
    SealKernel();
    TakeProtections(0);
    AdoptTest::SetUp();
  }
};

TEST_F(SealedKernel, HasItsDebugEntryAndIsSealedAgain) {
  using Dyn = arch::Current::Layout::Dyn;
  const auto* entry = reinterpret_cast<const Dyn*>(StatOf("kernel").dynamic);
  while (entry->tag != elf::kDtNull && entry->tag != elf::kDtDebug) ++entry;
  EXPECT_EQ(entry->tag, elf::kDtDebug);
  EXPECT_EQ(entry->val, DebugAddress());
  EXPECT_EQ(TakeProtections(reinterpret_cast<uintptr_t>(entry)),
            (std::vector<int>{KLD_HOST_READ_WRITE, KLD_HOST_READ}));
}

// The kernel runs below where it is linked, as address randomisation may put it: the bias of the
// hand-off, which has 64 bits on every CPU, is negative.
class LowKernel : public AdoptTest {
 protected:
  static constexpr uintptr_t kLinkedAt = ~uintptr_t{0} - 0xfffff;
  using HighBuilder = rtld::testing::ImageBuilder<arch::Current, kLinkedAt>;

  void SetUp() override {
    HighBuilder builder("kernel");
    builder.Define("kernel_add", HighBuilder::kText,
                   {.type = elf::kSttFunc, .size = 16, .version = "KERNEL_1.0"});
    UseKernel(builder.Build());
    PreloadModule("c", {}, kRequested);
    AdoptTest::SetUp();
  }
};

TEST_F(LowKernel, IsStillTheUsers) {
  ASSERT_LT(StatOf("kernel").address, kLinkedAt);
  EXPECT_EQ(StatOf("kernel").user_refs, 1);
  EXPECT_EQ(StatOf("kernel").refs, 2);
  EXPECT_EQ(StatOf("c.kld").user_refs, 1);
  TestModule module = Whole("d", {});
  module.Uses("kernel_add", "KERNEL_1.0", "kernel");
  PutFile("/boot/modules/d.kld", module.Build());
  MustLoad("d.kld");
  EXPECT_EQ(*reinterpret_cast<const uintptr_t*>(
                FileNamed("d.kld")->RunTime(module.PlaceOf("kernel_add"))),
            StatOf("kernel").address + (HighBuilder::kText - HighBuilder::kBase));
}

// A boot file stands at a multiple of 4 only, whatever its structures want.
class PreloadWithSymtab : public AdoptTest {
 protected:
  using Layout = arch::Current::Layout;

  // Puts .symtab with one local function behind the file, and the section headers that lead there.
  static void AppendSymtab(std::vector<std::byte>& file) {
    const auto append = [&file](const void* bytes, size_t size) {
      file.resize((file.size() + 7) / 8 * 8);
      const size_t at = file.size();
      file.resize(at + size);
      std::memcpy(file.data() + at, bytes, size);
      return static_cast<Layout::Addr>(at);
    };
    const char names[] = "\0only_in_symtab";
    Layout::Sym symbols[2] = {};
    symbols[1].name = 1u;
    symbols[1].info = elf::kSttFunc;
    symbols[1].shndx = uint16_t{1};
    symbols[1].value = static_cast<Layout::Addr>(Builder::kText + 0x80);
    symbols[1].size = Layout::Addr{16};
    Layout::Shdr sections[3] = {};
    sections[1].type = 2u;  // SHT_SYMTAB
    sections[1].link = 2u;
    sections[1].offset = append(symbols, sizeof(symbols));
    sections[1].size = Layout::Addr{sizeof(symbols)};
    sections[2].type = 3u;  // SHT_STRTAB
    sections[2].offset = append(names, sizeof(names));
    sections[2].size = Layout::Addr{sizeof(names)};
    Layout::Ehdr header;
    std::memcpy(&header, file.data(), sizeof(header));
    header.shoff = append(sections, sizeof(sections));
    header.shentsize = uint16_t{sizeof(Layout::Shdr)};
    header.shnum = uint16_t{3};
    std::memcpy(file.data(), &header, sizeof(header));
  }

  void SetUp() override {
    TestModule module = Whole("c", {});
    module.builder().edit_bytes = AppendSymtab;
    Preload("c.kld", module.Build(), kRequested);
    AdoptTest::SetUp();
  }
};

TEST_F(PreloadWithSymtab, IsReadWhereItStands) {
  EXPECT_EQ(Files(), (Calls{"kernel", "c.kld"}));
  int module = 0;
  EXPECT_EQ(FindModule("c", &module), 0);
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(0, "only_in_symtab", &symbol), 0);
  EXPECT_EQ(symbol.value, FileNamed("c.kld")->RunTime(Builder::kText + 0x80));
}

// a -> b; c: b fails, so a is not started; c is not touched by that.
class FailingPreload : public AdoptTest {
 protected:
  void SetUp() override {
    PreloadModule("b", {}, 0);
    PreloadModule("a", {"b"}, kRequested);
    PreloadModule("c", {}, kRequested);
    WhenCalled(Event::kLoad, "b", [] { return ENXIO; });
    AdoptTest::SetUp();
  }
};

TEST_F(FailingPreload, IsUndoneAlone) {
  EXPECT_EQ(Files(), (Calls{"kernel", "c.kld"}));
  EXPECT_EQ(TakeCalls(),
            (Calls{"construct b.kld", "load b", "destruct b.kld", "construct c.kld", "load c"}));
  // A report of several lines: each by itself.
  const Calls log = TakeLog();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_NE(log[0].find("load handler of module b"), std::string::npos) << log[0];
  EXPECT_NE(log[1].find("a.kld: not started: it needs b.kld"), std::string::npos) << log[1];
}

// b, m and n are malformed in one way each, a needs b; c is not touched by that.
class MalformedPreloads : public AdoptTest {
 protected:
  void SetUp() override {
    PutFile("/boot/modules/b.plist", "<plist><dict><key>colour</key><true/></dict></plist>");
    TestModule b = Whole("b", {}), m = Whole("m", {}), n = Whole("n", {}), c = Whole("c", {});
    Preload("b.kld", b.Ifunc().Build(), 0);
    PreloadModule("a", {"b"}, kRequested);
    Preload("m.kld", m.On(Event::kLoad, "nobody").Build(), kRequested);
    n.builder().Segment(elf::kPtNote, Builder::kText, 4, elf::kPfR);
    Preload("n.kld", n.Build(), kRequested);
    c.Parameter("c", "word", KLD_STRING).Ifunc();
    PutFile("/boot/modules/c.plist",
            "<plist><dict><key>word</key><string>x</string><key>b.colour</key><true/>"
            "</dict></plist>");
    Preload("c.kld", c.Build(), kRequested);
    AdoptTest::SetUp();
  }
};

TEST_F(MalformedPreloads, AreUndoneAlone) {
  EXPECT_EQ(Files(), (Calls{"kernel", "c.kld"}));
  EXPECT_EQ(StatOf("c.kld").user_refs, 1);
  // No code of the others has run.
  Calls calls = {"construct c.kld", "load c"};
  if (HasIfunc()) calls.insert(calls.begin(), "resolve");
  EXPECT_EQ(TakeCalls(), calls);
  const Calls log = TakeLog();
  EXPECT_EQ(log.size(), 7u);
  std::string all;
  for (const std::string& line : log) all += line + "\n";
  for (const char* line :
       {"b.kld: has no parameter colour\n", "b.kld: not started\n",
        "a.kld: not started: it needs b.kld", "handler of no module", "m.kld: not started\n",
        "/boot/modules/n.kld: bad note", "n.kld: not started\n"}) {
    EXPECT_NE(all.find(line), std::string::npos) << line << " in: " << all;
  }
  // Their names are free.
  PutFile("/boot/modules/m.kld", Whole("m", {}).Build());
  MustLoad("m.kld");
}

class AllPreloadsMalformed : public AdoptTest {
 protected:
  void SetUp() override {
    TestModule m = Whole("m", {});
    Preload("m.kld", m.On(Event::kLoad, "nobody").Build(), kRequested);
    AdoptTest::SetUp();
  }
};

TEST_F(AllPreloadsMalformed, LeaveTheKernel) {
  EXPECT_EQ(Files(), (Calls{"kernel"}));
  EXPECT_EQ(TakeCalls(), Calls{});
}

class KernelWithPlist : public AdoptTest {
 protected:
  void SetUp() override {
    PutFile("/boot/kernel.plist", "<plist><dict><key>colour</key><true/></dict></plist>");
    AdoptTest::SetUp();
  }
};

TEST_F(KernelWithPlist, IsWarnedOf) {
  EXPECT_EQ(Files(), (Calls{"kernel"}));
  const Calls log = TakeLog();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0],
            "/boot/kernel.plist: warning: ignored: the kernel is set up by its command line");
}

TEST_F(AdoptTest, BootCommands) {
  PutFile("/boot/modules/hello.kld", Whole("hello", {}).Build());
  TakeLog();
  EXPECT_EQ(RunBootCommands(""), 0);
  EXPECT_EQ(TakeLog(), Calls{});
  EXPECT_EQ(RunBootCommands("load hello; sym kernel_add; stat; load nothing; unload hello; dance"),
            2);
  const Calls log = TakeLog();
  ASSERT_EQ(log.size(), 8u);
  EXPECT_EQ(log[0], "kld.test: hello: loaded");
  EXPECT_NE(log[1].find("kernel_add"), std::string::npos);
  EXPECT_NE(log[3].find("hello.kld"), std::string::npos);
  EXPECT_EQ(log[4], "kld.test: nothing: not loaded: error 2");
  EXPECT_EQ(log[6], "kld.test: hello: unloaded");
}

}  // namespace
}  // namespace kld::testing
