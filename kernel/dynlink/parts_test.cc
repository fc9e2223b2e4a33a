// SPDX-License-Identifier: BSD-2-Clause
//
// The manager's parts alone: property lists, reports, formatting, digests, symbol tables, the KPI's
// holds and registrations.

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "kernel/dynlink/format.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/loader.h"
#include "kernel/dynlink/manager.h"
#include "kernel/dynlink/plist.h"
#include "kernel/dynlink/report.h"
#include "kernel/dynlink/testing/bench.h"
#include "kernel/kpi/registry.h"
#include "kernel/ksyms/symbol_table.h"

namespace kld::testing {
namespace {

std::string Formatted(const char* format, ...) {
  char text[128];
  va_list arguments;
  va_start(arguments, format);
  FormatWith(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

TEST(Format, LikePrintf) {
  EXPECT_EQ(Formatted("%d %i %u %x", -5, 7, 4294967295u, 0xbeefu), "-5 7 4294967295 beef");
  EXPECT_EQ(Formatted("%lld %llx %zu", -9223372036854775807LL - 1, 0x123456789abcdefULL, size_t{3}),
            "-9223372036854775808 123456789abcdef 3");
  EXPECT_EQ(Formatted("[%5d|%-5d|%05d|%3s|%-4s|%.2s]", -42, -42, -42, "a", "b", "cde"),
            "[  -42|-42  |-0042|  a|b   |cd]");
  EXPECT_EQ(Formatted("%c%%%p", 'x', reinterpret_cast<void*>(0x10)), "x%0x10");
  char small[4];
  EXPECT_EQ(Format(small, sizeof(small), "%s", "abcdef"), 6u);
  EXPECT_STREQ(small, "abc");
}

TEST(ReportTest, LinesAndWhatDoesNotFit) {
  const auto report = std::make_unique<Report>();
  EXPECT_TRUE(report->empty());
  report->Line("one %d", 1);
  report->Line("two");
  EXPECT_STREQ(report->text(), "one 1\ntwo");
  for (int i = 0; i < 2000; ++i) report->Line("line %d of a long report", i);
  EXPECT_LT(report->length(), Report::kCapacity);
  EXPECT_GT(report->dropped(), 0u);
  const std::string text(report->text());
  const std::string last = text.substr(text.rfind('\n') + 1);
  EXPECT_EQ(last, "... and " + std::to_string(report->dropped()) + " more lines");
  report->Clear();
  EXPECT_STREQ(report->text(), "");
}

struct ResolverArguments {
  uintptr_t capabilities;
  const void* more;
};
ResolverArguments resolver_arguments;

uintptr_t Resolve(uintptr_t capabilities, const void* more) {
  resolver_arguments = {capabilities, more};
  return 42;
}

TEST(ResolverTest, IsToldOfNoCapabilities) {
  const Executor before = std::exchange(manager.options.executor, {});
  resolver_arguments = {1, &resolver_arguments};
  EXPECT_EQ(CallResolver(reinterpret_cast<uintptr_t>(&Resolve)), 42u);
  EXPECT_EQ(resolver_arguments.capabilities, 0u);
  EXPECT_EQ(resolver_arguments.more, nullptr);
  manager.options.executor = before;
}

class PlistTest : public ::testing::Test {
 protected:
  // The reading of <plist>TEXT</plist>; the report's text when it is refused.
  int Parse(const std::string& text) {
    list_ = PropertyList();
    report_->Clear();
    return list_.Parse(text, "x.plist", *report_);
  }
  void ExpectBad(const std::string& body, const std::string& why) {
    EXPECT_EQ(Parse("<plist>\n" + body + "</plist>"), EINVAL) << body;
    EXPECT_NE(std::string(report_->text()).find(why), std::string::npos) << report_->text();
  }

  std::unique_ptr<Report> report_ = std::make_unique<Report>();
  PropertyList list_;
};

TEST_F(PlistTest, EveryType) {
  ASSERT_EQ(Parse("<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"x\">\n<!-- c --><plist "
                  "version=\"1.0\"><dict><key>t</key><true/><key>n</key><integer>-0x10</integer>"
                  "<key>s</key><string>a &lt;&amp;&gt; b</string><key>d</key><data>AAH/ </data>"
                  "<key>a</key><array><integer>1</integer><dict/></array>"
                  "<key>m</key><integer>9223372036854775807</integer></dict>\n</plist>\n"),
            0)
      << report_->text();
  const kld_value* value = list_.root()->first;
  EXPECT_EQ(list_.root()->size, 6u);
  EXPECT_STREQ(value->key, "t");
  EXPECT_EQ(value->type, uint32_t{KLD_BOOL});
  EXPECT_EQ(value->number, 1);
  value = value->next;
  EXPECT_EQ(value->number, -16);
  value = value->next;
  EXPECT_STREQ(value->bytes, "a <&> b");
  value = value->next;
  EXPECT_EQ(std::string(value->bytes, value->size), std::string("\0\1\xff", 3));
  value = value->next;
  EXPECT_EQ(value->type, uint32_t{KLD_ARRAY});
  EXPECT_EQ(value->size, 2u);
  EXPECT_EQ(value->first->number, 1);
  EXPECT_EQ(value->first->next->type, uint32_t{KLD_DICT});
  EXPECT_EQ(value->next->number, INT64_MAX);
  EXPECT_EQ(value->next->next, nullptr);
}

TEST_F(PlistTest, RefusesTheRestWithThePlace) {
  ExpectBad("<array/>", "the outermost value is no dict");
  ExpectBad("<dict><integer>1</integer></dict>", "x.plist:2: property list: <key> expected");
  ExpectBad("<dict><key>a</key></dict>", "a value expected");
  ExpectBad("<dict><key>a</key><true/><key>a</key><true/></dict>", "occurs twice");
  ExpectBad("<dict><key>a</key><integer></integer></dict>", "no number");
  ExpectBad("<dict><key>a</key><integer>9223372036854775808</integer></dict>", "64 bits");
  ExpectBad("<dict><key>a</key><string>&copy;</string></dict>", "entity");
  ExpectBad("<dict><key>a</key><data>AAA</data></dict>", "no base64");
  ExpectBad("<dict><key>a</key><data>A=AA</data></dict>", "no base64");
  ExpectBad("<dict>", "<key> expected");
  EXPECT_EQ(Parse("<plist><dict/></plist>x"), EINVAL);
  EXPECT_EQ(Parse(""), EINVAL);
  std::string deep, end;
  for (int i = 0; i < 20; ++i) deep += "<array>", end += "</array>";
  ExpectBad("<dict><key>a</key>" + deep + end + "</dict>", "too deeply");
  EXPECT_EQ(Parse(std::string(70000, ' ')), EINVAL);
}

// However it is cut, it is refused.
TEST_F(PlistTest, Truncated) {
  const std::string whole =
      "<plist><dict><key>a</key><array><string>x&amp;y</string><data>AAEC</data><integer>-12"
      "</integer></array><key>b</key><true/></dict></plist>";
  ASSERT_EQ(Parse(whole), 0);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(Parse(whole.substr(0, size)), EINVAL) << size;
  }
}

TEST(DigestTest, TellsContentsApart) {
  const auto digest = [](const std::string& text) {
    Owned<Contents> contents;
    EXPECT_EQ(Contents::Borrow("x", text.data(), text.size(), contents), 0);
    return DigestOf(*contents);
  };
  const std::string text(1000, 'a');
  const Digest first = digest(text);
  EXPECT_EQ(digest(text), first);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] ^= 1;
    EXPECT_NE(digest(other), first) << i;
  }
  EXPECT_NE(digest(text + std::string(1, '\0')), first);
}

TEST(SymbolTableTest, ByNameAndByAddress) {
  struct Entry {
    const char* name;
    uint64_t address, size;
    uint8_t info;
  };
  constexpr uint8_t kLocalFunction = elf::kSttFunc;
  constexpr uint8_t kGlobalFunction = elf::kStbGlobal << 4 | elf::kSttFunc;
  constexpr uint8_t kLabel = 0;
  const Entry entries[] = {{"twice", 0x3000, 0x10, kLocalFunction},
                           {"main", 0x1000, 0x20, kGlobalFunction},
                           {"label", 0x1000, 0, kLabel},
                           {"twice", 0x2000, 0x10, kGlobalFunction},
                           {"open_end", 0x4000, 0, kLabel}};
  ksyms::Builder builder;
  for (const Entry& entry : entries) builder.Count(entry.name);
  ASSERT_TRUE(builder.Allocate());
  for (const Entry& entry : entries) builder.Add(entry.name, entry.address, entry.size, entry.info);
  const ksyms::SymbolTable* const table = builder.Finish();
  EXPECT_EQ(table->count(), 5u);
  EXPECT_EQ(table->Find("twice")->address, 0x2000u);  // the global one
  EXPECT_EQ(table->Find("nobody"), nullptr);
  const auto name_at = [&](uint64_t address) {
    const ksyms::Symbol* const symbol = table->FindAddress(address);
    return symbol == nullptr ? "" : std::string(table->Name(*symbol));
  };
  EXPECT_EQ(name_at(0xfff), "");
  EXPECT_EQ(name_at(0x1000), "main");
  EXPECT_EQ(name_at(0x101f), "main");
  EXPECT_EQ(name_at(0x1020), "label");  // behind main's end, and label has none
  EXPECT_EQ(name_at(0x2010), "");
  EXPECT_EQ(name_at(0x300f), "twice");
  EXPECT_EQ(name_at(0x9000), "open_end");
  table->Release();
}

TEST(SymbolTableTest, WhatIsKept) {
  using ksyms::Builder;
  EXPECT_TRUE(Builder::Wants("f", elf::kSttFunc, 1));
  EXPECT_FALSE(Builder::Wants("", elf::kSttFunc, 1));
  EXPECT_FALSE(Builder::Wants("$x", 0, 1));
  EXPECT_FALSE(Builder::Wants("f", elf::kSttFunc, elf::kShnUndef));
  EXPECT_FALSE(Builder::Wants("KERNEL_1.0", elf::kSttObject, elf::kShnAbs));
  EXPECT_FALSE(Builder::Wants(".text", elf::kSttSection, 1));
}

// Names that have more bytes than an address counts.
TEST(SymbolTableTest, RefusesWhatCannotBeAllocated) {
  ksyms::Builder builder;
  for (int i = 0; i < 3; ++i) builder.Count(std::string_view("", 0x7fffffff));
  EXPECT_FALSE(builder.Allocate());
  if (sizeof(size_t) > sizeof(uint32_t)) return;  // there it would be 4 GiB
  ksyms::Builder all_but_one;
  all_but_one.Count(std::string_view("", 0xfffffffd));
  EXPECT_FALSE(all_but_one.Allocate());
}

// ---- The KPI ----

class KpiTest : public Bench {
 protected:
  void SetUp() override {
    Bench::SetUp();
    PutFile("/boot/modules/bus.kld",
            TestModule("bus.kld").Exports("bus_attach", "BUS_1.0").Module("bus").Build());
  }
};

// Whichever thread a module calls on.
TEST_F(KpiTest, LoadsWithTheKernelsEyes) {
  TakeOpened();
  const uint64_t self = kld_host_current_thread();
  int id = 0;
  ASSERT_EQ(kld_load("bus", &id), 0);
  EXPECT_EQ(kld_unload(id), 0);
  EXPECT_EQ(kld_load("nothing", &id), ENOENT);
  EXPECT_EQ(kld_load("/boot/modules/bus.kld", &id), 0);
  EXPECT_EQ(TakeOpened(self), std::vector<std::string>{});
  const std::vector<std::string> log = TakeLog();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0],
            "'nothing': not found (searched /boot/modules/nothing, /boot/modules/nothing.kld)");
  EXPECT_EQ(kld_unload(id), 0);
  // A user's is opened by the user.
  MustLoad("bus");
  EXPECT_NE(TakeOpened(self), std::vector<std::string>{});
}

TEST_F(KpiTest, HoldsKeepFilesAndFindSymbols) {
  int id = 0;
  ASSERT_EQ(kld_load("bus", &id), 0);
  kld_held* held = nullptr;
  EXPECT_EQ(kld_hold("nothing.kld", &held), ENOENT);
  ASSERT_EQ(kld_hold("bus.kld", &held), 0);
  kld_sym_lookup symbol = {};
  symbol.version = sizeof(symbol);
  ASSERT_EQ(SymbolByName(id, "bus_attach", &symbol), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(kld_symbol(held, "bus_attach")), symbol.value);
  EXPECT_EQ(kld_symbol(held, "nobody"), nullptr);
  const Result busy = Unload("bus.kld");
  EXPECT_EQ(busy.error, EBUSY);
  EXPECT_NE(busy.report.find("kld_hold (1)"), std::string::npos) << busy.report;
  kld_release(held);
  EXPECT_EQ(kld_unload(id), 0);
  TakeLog();
  EXPECT_EQ(kld_unload(id), ENOENT);
  EXPECT_EQ(TakeLog().size(), 1u);
}

TEST_F(KpiTest, SymbolsOfIfuncsAreWhatTheResolverChooses) {
  TestModule fast("fast.kld");
  const uint64_t resolver =
      fast.builder().Function(Builder::kText + 64, TypeFor(arch::Op::kRelative));
  const auto define = [&fast](const char* name, uint64_t at) {
    fast.builder().Define(name, at, {.type = elf::kSttGnuIfunc, .size = 16, .version = "F_1.0"});
  };
  define("fast", resolver);
  define("nowhere", Builder::kData + 0x2000);  // no code, nor a descriptor's
  PutFile("/boot/modules/fast.kld", fast.Module("fast").Build());
  MustLoad("fast");
  TakeCalls();
  kld_held* held = nullptr;
  ASSERT_EQ(kld_hold("fast.kld", &held), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(kld_symbol(held, "fast")),
            FileNamed("fast.kld")->RunTime(resolver) + TestModule::kChosenOffset);
  EXPECT_EQ(TakeCalls(), std::vector<std::string>{"resolve"});
  EXPECT_EQ(kld_symbol(held, "nowhere"), nullptr);
  EXPECT_EQ(TakeCalls(), std::vector<std::string>{});
  kld_release(held);
}

// bus_probe@BUS_0.9 came first, bus_probe@@BUS_1.0 is what the file means by the name today.
TEST_F(KpiTest, SymbolsAreTheDefaultVersions) {
  TestModule bus("bus.kld");
  bus.Exports("bus_attach", "BUS_1.0").Module("bus");
  using Builder = std::remove_reference_t<decltype(bus.builder())>;
  bus.builder().Define("bus_probe", Builder::kText + 0x800,
                       {.type = elf::kSttFunc, .version = "BUS_0.9", .hidden_version = true});
  bus.builder().Define("bus_probe", Builder::kText + 0x810,
                       {.type = elf::kSttFunc, .version = "BUS_1.0"});
  PutFile("/boot/modules/bus.kld", bus.Build());
  const int id = MustLoad("bus");
  kld_held* held = nullptr;
  ASSERT_EQ(kld_hold("bus.kld", &held), 0);
  const uint64_t start = StatOf("bus.kld").address;
  EXPECT_EQ(reinterpret_cast<uint64_t>(kld_symbol(held, "bus_probe")),
            start + Builder::kText + 0x810 - Builder::kBase);
  kld_release(held);
  EXPECT_EQ(kld_unload(id), 0);
}

TEST_F(KpiTest, RegistrationsOfFrameworks) {
  const int id = MustLoad("bus");
  const void* const inside = reinterpret_cast<const void*>(StatOf("bus.kld").address + 64);
  kreg* registration = nullptr;
  ASSERT_EQ(kreg_create(inside, "filter", "rot13", &registration), 0);
  ASSERT_EQ(kreg_enter(registration), 1);
  kreg_leave(registration);
  ASSERT_EQ(kreg_hold(registration), 1);
  const Result busy = Unload("bus.kld");
  EXPECT_EQ(busy.error, EBUSY);
  EXPECT_NE(busy.report.find("filter rot13 (1)"), std::string::npos) << busy.report;
  kreg_release(registration);
  // Not taken back: dead.
  EXPECT_EQ(Unload("bus.kld").error, EBUSY);
  EXPECT_EQ(StateOf(id), State::kDead);
  EXPECT_EQ(kreg_enter(registration), 0);
  EXPECT_EQ(kreg_hold(registration), 0);
  kreg_destroy(registration);
  EXPECT_EQ(Unload("bus.kld").error, 0);
}

}  // namespace
}  // namespace kld::testing
