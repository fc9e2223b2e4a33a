// SPDX-License-Identifier: BSD-2-Clause
//
// The C interface over images made here. None of their code runs: tests/embed has modules with
// constructors.

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "arch/current/elf_traits.h"
#include "rtld_shared/capi/rtld.h"
#include "rtld_shared/testing/image_builder.h"

namespace {

using Builder = rtld::testing::ImageBuilder<arch::Current>;
using Layout = arch::Current::Layout;
using Addr = Layout::Addr;

constexpr size_t kPage = arch::Current::kPageSize;

uint32_t SymbolRelocation() {
  for (uint32_t type = 1; type < 0x1000; ++type) {
    const arch::Rule rule = arch::Current::RuleFor(type);
    if (rule.op == arch::Op::kSymbol && rule.width == 0) return type;
  }
  std::abort();
}

// A client with files by name, that writes down what it is asked for.
class Client {
 public:
  Client() {
    client_ = {.context = this,
               .allocate = Allocate,
               .free = Free,
               .reserve = Reserve,
               .release = Release,
               .protect = Protect,
               .sync_code = SyncCode,
               .find = Find,
               .report = Report};
  }

  const rtld_client* get() const { return &client_; }

  const rtld_file* Put(const std::string& soname, Builder& builder) {
    File& file = files_[soname];
    file.path = "/" + soname;
    file.bytes = builder.Build();
    file.file = {file.path.c_str(), file.bytes.data(), file.bytes.size()};
    return &file.file;
  }

  // The n-th next allocation or reservation fails, once.
  void FailNth(unsigned n) { fail_nth_ = n; }
  bool failed() const { return fail_nth_ == 0; }
  size_t held() const { return blocks_.size() + reserved_.size(); }
  std::string TakeReport() { return std::exchange(report_, {}); }

  void SetHwcap(uintptr_t hwcap, uintptr_t hwcap2) {
    client_.hwcap = hwcap;
    client_.hwcap2 = hwcap2;
  }

  std::vector<std::string> calls;
  uintptr_t last_reserved = 0;

 private:
  struct File {
    std::string path;
    std::vector<std::byte> bytes;
    rtld_file file;
  };

  static Client& Of(void* context) { return *static_cast<Client*>(context); }
  bool Fails() { return fail_nth_ != 0 && --fail_nth_ == 0; }

  static void* Allocate(void* context, size_t bytes) {
    EXPECT_NE(bytes, 0u);
    if (Of(context).Fails()) return nullptr;
    void* const block = std::malloc(bytes);
    std::memset(block, 0xa5, bytes);
    Of(context).blocks_.insert(block);
    return block;
  }
  static void Free(void* context, void* block) {
    EXPECT_EQ(Of(context).blocks_.erase(block), 1u);
    std::free(block);
  }
  static void* Reserve(void* context, size_t bytes, size_t align) {
    EXPECT_EQ(bytes % kPage, 0u);
    if (Of(context).Fails()) return nullptr;
    void* const start = std::aligned_alloc(align, bytes);
    std::memset(start, 0, bytes);
    Of(context).reserved_[start] = bytes;
    Of(context).last_reserved = reinterpret_cast<uintptr_t>(start);
    return start;
  }
  static void Release(void* context, void* start, size_t bytes) {
    EXPECT_EQ(Of(context).reserved_.at(start), bytes);
    Of(context).reserved_.erase(start);
    std::free(start);
  }
  // "rx +0x40000 0x1000": relative to the image that was reserved last.
  static int Protect(void* context, void* start, size_t bytes, int permission) {
    const char* const name = permission == RTLD_READ         ? "r"
                             : permission == RTLD_READ_WRITE ? "rw"
                                                             : "rx";
    Of(context).Called(name, start, bytes);
    return 1;
  }
  static void SyncCode(void* context, void* start, size_t bytes) {
    Of(context).Called("sync", start, bytes);
  }
  static const rtld_file* Find(void* context, const char* soname) {
    const auto found = Of(context).files_.find(soname);
    return found == Of(context).files_.end() ? nullptr : &found->second.file;
  }
  static void Report(void* context, const char* text, size_t bytes) {
    Of(context).report_.append(text, bytes);
  }
  void Called(const char* what, void* start, size_t bytes) {
    char line[64];
    std::snprintf(line, sizeof(line), "%s +%#zx %#zx", what,
                  static_cast<size_t>(reinterpret_cast<uintptr_t>(start) - last_reserved), bytes);
    calls.emplace_back(line);
  }

  rtld_client client_;
  std::map<std::string, File> files_;
  std::map<void*, size_t> reserved_;
  std::set<void*> blocks_;
  std::string report_;
  unsigned fail_nth_ = 0;
};

class CapiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    linker_ = rtld_create(client_.get());
    ASSERT_NE(linker_, nullptr);
  }
  void TearDown() override {
    rtld_destroy(linker_);
    EXPECT_EQ(client_.held(), 0u);
  }

  Addr WordAt(const char* symbol) {
    const void* const place = rtld_symbol(linker_, symbol);
    EXPECT_NE(place, nullptr) << symbol;
    if (place == nullptr) return 0;
    return *static_cast<const Layout::AddrField*>(place);
  }

  Client client_;
  rtld_linker* linker_ = nullptr;
};

//   a -> b: a's word `pointer` holds the address of b's `value`
class TwoFiles : public CapiTest {
 protected:
  void SetUp() override {
    CapiTest::SetUp();
    Builder a("a.kld"), b("b.kld");
    b.Define("value", b.Word(42));
    const uint64_t place = a.RelroWord();
    a.Needed("b.kld").Define("pointer", place);
    a.Rela(place, SymbolRelocation(), a.Refer("value"));
    a_ = client_.Put("a.kld", a);
    client_.Put("b.kld", b);
  }

  const rtld_file* a_ = nullptr;
};

TEST_F(TwoFiles, AreLinked) {
  ASSERT_EQ(rtld_link(linker_, a_), 1) << client_.TakeReport();
  EXPECT_EQ(client_.TakeReport(), "");
  EXPECT_EQ(WordAt("value"), 42u);
  EXPECT_EQ(WordAt("pointer"), reinterpret_cast<uintptr_t>(rtld_symbol(linker_, "value")));
  EXPECT_EQ(rtld_symbol(linker_, "values"), nullptr);
}

TEST_F(TwoFiles, AreProtected) {
  Builder alone("alone.kld");
  ASSERT_EQ(rtld_link(linker_, client_.Put("alone.kld", alone)), 1);
  // Read-only data, code, data; then RELRO.
  const std::vector<std::string> expected = {"r +0 0x1000", "rx +0x40000 0x1000",
                                             "sync +0x40000 0x1000", "rw +0x50000 0x5000",
                                             "r +0x50000 0x1000"};
  EXPECT_EQ(client_.calls, expected);
}

TEST_F(TwoFiles, AlreadyLinkedIsAnError) {
  ASSERT_EQ(rtld_link(linker_, a_), 1);
  EXPECT_EQ(rtld_link(linker_, a_), 0);
  EXPECT_NE(client_.TakeReport().find("a.kld"), std::string::npos);
}

// Every single allocation fails once: nothing is left, and the next attempt succeeds.
TEST_F(TwoFiles, NoMemory) {
  const size_t before = client_.held();
  unsigned n = 1;
  for (;; ++n) {
    client_.FailNth(n);
    if (rtld_link(linker_, a_) == 1) break;
    EXPECT_TRUE(client_.failed());
    EXPECT_NE(client_.TakeReport(), "") << n;
    EXPECT_EQ(client_.held(), before) << n;
  }
  EXPECT_GT(n, 10u);
  EXPECT_EQ(WordAt("value"), 42u);
}

TEST_F(CapiTest, WhatIsMissingIsExplained) {
  Builder a("a.kld");
  a.Rela(a.RelroWord(), SymbolRelocation(), a.Refer("nobody_has_it"));
  const size_t before = client_.held();
  EXPECT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 0);
  const std::string report = client_.TakeReport();
  EXPECT_EQ(report.find("/a.kld: undefined 'nobody_has_it' ("), 0u) << report;
  EXPECT_NE(report.find("): no loaded module defines it; looked in: /a.kld\n"), std::string::npos)
      << report;
  EXPECT_EQ(client_.held(), before);

  Builder b("b.kld");
  b.Needed("c.kld");
  EXPECT_EQ(rtld_link(linker_, client_.Put("b.kld", b)), 0);
  EXPECT_EQ(client_.TakeReport(), "/b.kld needs 'c.kld': not found\n");
  EXPECT_EQ(client_.held(), before);
}

// A program that runs already: its memory is the test's.
TEST_F(CapiTest, BindsToAnAdoptedProgram) {
  Builder program("kernel");
  program.Define("answer", Builder::kText + 16,
                 {.type = elf::kSttFunc, .size = 16, .version = "HOST_1.0"});
  const std::vector<std::byte> file = program.Build();
  const auto& header = *reinterpret_cast<const Layout::Ehdr*>(file.data());
  const auto* const headers = reinterpret_cast<const Layout::Phdr*>(file.data() + header.phoff);
  std::vector<std::byte> memory(0x60000 + kPage);
  const uintptr_t start = (reinterpret_cast<uintptr_t>(memory.data()) + kPage - 1) & ~(kPage - 1);
  const uintptr_t bias = start - static_cast<uintptr_t>(Builder::kBase);
  for (uint16_t i = 0; i < header.phnum; ++i) {
    if (headers[i].type != elf::kPtLoad) continue;
    std::memcpy(reinterpret_cast<void*>(bias + static_cast<uintptr_t>(headers[i].vaddr.get())),
                file.data() + headers[i].offset, headers[i].filesz);
  }
  const rtld_program self = {"host", headers, header.phnum, bias};
  ASSERT_EQ(rtld_adopt(linker_, &self), 1) << client_.TakeReport();
  EXPECT_EQ(client_.calls, std::vector<std::string>{});

  Builder a("a.kld");
  const uint64_t place = a.RelroWord();
  a.Needed("kernel").Define("pointer", place);
  a.Rela(place, SymbolRelocation(), a.Refer("answer", {.version = "HOST_1.0", .file = "kernel"}));
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1) << client_.TakeReport();
  EXPECT_EQ(WordAt("pointer"), bias + Builder::kText + 16);
}

// foo@V1 came first, foo@@V2 is the default one.
TEST_F(CapiTest, SymbolsAreTheDefaultVersions) {
  Builder a("a.kld");
  a.Define("foo", Builder::kText, {.version = "V1", .hidden_version = true});
  a.Define("foo", Builder::kText + 8, {.version = "V2"});
  a.Define("old", Builder::kText + 16, {.version = "V1", .hidden_version = true});
  a.Define("plain", Builder::kText + 24);
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1) << client_.TakeReport();
  const uintptr_t text = client_.last_reserved + Builder::kText - Builder::kBase;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(rtld_symbol(linker_, "foo")), text + 8);
  EXPECT_EQ(rtld_symbol(linker_, "old"), nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(rtld_symbol(linker_, "plain")), text + 24);
}

// The lowest segment is at 0x10000, and another one wants 0x20000: what is at 0x60000 in the file
// is as aligned in memory.
TEST_F(CapiTest, ImagesAreAsAlignedAsTheirSegmentsWant) {
  constexpr uint64_t kAlign = 0x20000;
  static_assert(Builder::kBase % kAlign != 0);
  Builder a("a.kld");
  a.edit_phdrs = [](auto& headers) {
    for (auto& header : headers) {
      if (header.type == elf::kPtLoad) header.align = kAlign;
    }
  };
  const uint64_t place = a.RelroWord();
  a.Define("pointer", place);
  a.Rela(place, SymbolRelocation(), a.Define("aligned", 0x60000));
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1) << client_.TakeReport();
  const auto aligned = reinterpret_cast<uintptr_t>(rtld_symbol(linker_, "aligned"));
  EXPECT_EQ(aligned % kAlign, 0u);
  EXPECT_EQ(WordAt("pointer"), aligned);
}

// What a resolver is told; of a block, its words.
std::vector<uintptr_t> told;

template <class A>
uintptr_t Resolver(uintptr_t first, uintptr_t second) {
  told = {first, second};
  if constexpr (arch::HasResolverBlock<A>) {
    const auto* const block = reinterpret_cast<const uintptr_t*>(second);
    told = {first, block[0], block[1], block[2]};
  }
  return 0x1234;
}

template <class A>
std::vector<uintptr_t> WhatIsTold(uintptr_t hwcap, uintptr_t hwcap2) {
  if constexpr (arch::HasResolverBlock<A>) {
    return {hwcap | A::kResolverBlock, 3 * sizeof(uintptr_t), hwcap, hwcap2};
  }
  return {hwcap, 0};
}

TEST_F(CapiTest, ResolversAreToldWhatTheCpuHas) {
  client_.SetHwcap(0x10, 0x20);
  rtld_destroy(linker_);
  linker_ = rtld_create(client_.get());
  Builder a("a.kld");
  a.Define("chosen", reinterpret_cast<uintptr_t>(Resolver<arch::Current>),
           {.type = elf::kSttGnuIfunc, .shndx = elf::kShnAbs});
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1) << client_.TakeReport();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(rtld_symbol(linker_, "chosen")), 0x1234u);
  EXPECT_EQ(told, WhatIsTold<arch::Current>(0x10, 0x20));
}

TEST_F(CapiTest, NoMemoryForALinker) {
  client_.FailNth(1);
  EXPECT_EQ(rtld_create(client_.get()), nullptr);
  rtld_destroy(nullptr);
}

}  // namespace
