// SPDX-License-Identifier: BSD-2-Clause
//
// The C interface over images made here. None of their code runs, as functions of theirs are the
// test's: tests/embed has modules with constructors of their own.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <functional>
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

  rtld_file* Put(const std::string& soname, Builder& builder) {
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
  std::function<void(std::byte*)> on_data;  // is told where an image's data begins
  bool executable = false;                  // what shall be executable is

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
    void* const start = std::aligned_alloc(align, (bytes + align - 1) / align * align);
    std::memset(start, 0, bytes);
    Of(context).reserved_[start] = bytes;
    Of(context).last_reserved = reinterpret_cast<uintptr_t>(start);
    return start;
  }
  static void Release(void* context, void* start, size_t bytes) {
    EXPECT_EQ(Of(context).reserved_.at(start), bytes);
    if (Of(context).executable) EXPECT_EQ(mprotect(start, bytes, PROT_READ | PROT_WRITE), 0);
    Of(context).reserved_.erase(start);
    std::free(start);
  }
  // "rx +0x40000 0x1000": relative to the image that was reserved last.
  static int Protect(void* context, void* start, size_t bytes, int permission) {
    const char* const name = permission == RTLD_READ         ? "r"
                             : permission == RTLD_READ_WRITE ? "rw"
                                                             : "rx";
    Of(context).Called(name, start, bytes);
    if (permission == RTLD_READ_EXECUTE && Of(context).executable) {
      EXPECT_EQ(mprotect(start, bytes, PROT_READ | PROT_EXEC), 0);
    }
    if (permission == RTLD_READ_WRITE && Of(context).on_data) {
      Of(context).on_data(static_cast<std::byte*>(start) + (Builder::kData - Builder::kRelro));
    }
    return 1;
  }
  static void SyncCode(void* context, void* start, size_t bytes) {
    Of(context).Called("sync", start, bytes);
    char* const code = static_cast<char*>(start);
    __builtin___clear_cache(code, code + bytes);
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
class Program {
 public:
  explicit Program(Builder& builder) : file_(builder.Build()), memory_(0x60000 + kPage) {
    const auto& header = *reinterpret_cast<const Layout::Ehdr*>(file_.data());
    const auto* const table = reinterpret_cast<const Layout::Phdr*>(file_.data() + header.phoff);
    headers.assign(table, table + header.phnum);
    const uintptr_t start =
        (reinterpret_cast<uintptr_t>(memory_.data()) + kPage - 1) & ~(kPage - 1);
    bias = start - static_cast<uintptr_t>(Builder::kBase);
    for (const Layout::Phdr& segment : headers) {
      if (segment.type != elf::kPtLoad) continue;
      std::memcpy(reinterpret_cast<void*>(bias + static_cast<uintptr_t>(segment.vaddr.get())),
                  file_.data() + segment.offset, segment.filesz);
    }
  }

  rtld_program get(const char* path = "host") const {
    return {path, headers.data(), headers.size(), bias};
  }

  std::vector<Layout::Phdr> headers;
  uintptr_t bias = 0;

 private:
  std::vector<std::byte> file_, memory_;
};

class AdoptedProgram : public CapiTest {
 protected:
  AdoptedProgram() : builder_("kernel") {
    builder_.Define("answer", Builder::kText + 16,
                    {.type = elf::kSttFunc, .size = 16, .version = "HOST_1.0"});
  }

  // A module binds to what was adopted.
  void ExpectBinds(const Program& program) {
    Builder a("a.kld");
    const uint64_t place = a.RelroWord();
    a.Needed("kernel").Define("pointer", place);
    a.Rela(place, SymbolRelocation(), a.Refer("answer", {.version = "HOST_1.0", .file = "kernel"}));
    ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1) << client_.TakeReport();
    EXPECT_EQ(WordAt("pointer"), program.bias + Builder::kText + 16);
  }

  Builder builder_;
};

TEST_F(AdoptedProgram, IsBoundTo) {
  const Program program(builder_);
  const rtld_program self = program.get();
  ASSERT_EQ(rtld_adopt(linker_, &self), 1) << client_.TakeReport();
  EXPECT_EQ(client_.calls, std::vector<std::string>{});
  ExpectBinds(program);
}

// Its headers are a table of its own, with nothing but where things are; code that is writable, and
// thread-local words, are its own, too.
TEST_F(AdoptedProgram, MayBeOfAnyKind) {
  builder_.Segment(elf::kPtTls, Builder::kData, 0x20, elf::kPfR);
  builder_.Define("errno", 8, {.type = elf::kSttTls});
  Program program(builder_);
  for (Layout::Phdr& header : program.headers) {
    if (header.type == elf::kPtLoad) header.flags = elf::kPfR | elf::kPfW | elf::kPfX;
    header.filesz = 0;
    header.offset = 1;
  }
  const rtld_program self = program.get();
  ASSERT_EQ(rtld_adopt(linker_, &self), 1) << client_.TakeReport();
  ExpectBinds(program);
  EXPECT_EQ(rtld_symbol(linker_, "errno"), nullptr);
}

// Without DT_SONAME the end of its path is its name.
TEST_F(AdoptedProgram, IsCalledByItsPath) {
  builder_ = Builder("");
  builder_.Define("answer", Builder::kText + 16,
                  {.type = elf::kSttFunc, .size = 16, .version = "HOST_1.0"});
  const Program program(builder_);
  const rtld_program self = program.get("/boot/kernel");
  ASSERT_EQ(rtld_adopt(linker_, &self), 1) << client_.TakeReport();
  ExpectBinds(program);
}

// Images whose constructor and destructor are these. The number of an image is its first word.
class Functions : public CapiTest {
 protected:
  void SetUp() override {
    CapiTest::SetUp();
    ran = {};
    on_last = {};
    client_.on_data = [](std::byte* data) {
      auto* const words = reinterpret_cast<Layout::AddrField*>(data);
      if (words[0] == 1) words[1] = Address(Construct<1>), words[2] = Address(Destruct<1>);
      if (words[0] == 2) words[1] = Address(Construct<2>), words[2] = Address(Destruct<2>);
    };
  }

  // They are filled in when all else has been checked.
  static Builder Numbered(const std::string& soname, int number) {
    Builder builder(soname);
    builder.Word(static_cast<uint64_t>(number));
    const uint64_t begin = builder.Word(), end = builder.Word();
    builder.Dynamic(elf::kDtInitArray, begin).Dynamic(elf::kDtInitArraySz, sizeof(Addr));
    builder.Dynamic(elf::kDtFiniArray, end).Dynamic(elf::kDtFiniArraySz, sizeof(Addr));
    return builder;
  }
  void Destroy() { rtld_destroy(std::exchange(linker_, nullptr)); }

  static inline std::vector<int> ran;  // of what is destructed, less than 0
  static inline std::function<void()> on_last;

 private:
  static Addr Address(void (*function)()) {
    return static_cast<Addr>(reinterpret_cast<uintptr_t>(function));
  }
  template <int kNumber>
  static void Construct() {
    ran.push_back(kNumber);
  }
  template <int kNumber>
  static void Destruct() {
    ran.push_back(-kNumber);
    if (kNumber == 1 && on_last) on_last();
  }
};

TEST_F(Functions, RunWhenFilesAreLinkedAndGo) {
  //   a -> b
  Builder a = Numbered("a.kld", 1), b = Numbered("b.kld", 2);
  client_.Put("b.kld", b);
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a.Needed("b.kld"))), 1);
  EXPECT_EQ(ran, (std::vector<int>{2, 1}));
  Destroy();
  EXPECT_EQ(ran, (std::vector<int>{2, 1, -1, -2}));
}

uintptr_t Choose(uintptr_t, uintptr_t) { return 0x4321; }

// The code of Choose, which stands anywhere, is the image's.
void PutChoose(std::vector<std::byte>& bytes) {
  const auto& header = *reinterpret_cast<const Layout::Ehdr*>(bytes.data());
  const auto* const headers = reinterpret_cast<const Layout::Phdr*>(bytes.data() + header.phoff);
  std::memcpy(bytes.data() + headers[1].offset, reinterpret_cast<const void*>(Choose), 64);
}

//   an adopted program -> dep.kld, whose word `chosen` is what a resolver of its own returns
TEST_F(Functions, OfWhatAProgramNeedsRunAndItsOwnDoNot) {
  if (arch::HasDescriptors<arch::Current>) GTEST_SKIP() << "code is not where Choose points to";
  client_.executable = true;
  Builder dep = Numbered("dep.kld", 1), program = Numbered("kernel", 2);
  const uint64_t word = dep.Word();
  dep.Define("chosen", word);
  dep.Rela(word, SymbolRelocation(), dep.Define("f", Builder::kText, {.type = elf::kSttGnuIfunc}));
  dep.edit_bytes = PutChoose;
  client_.Put("dep.kld", dep);
  const Program host(program.Needed("dep.kld"));
  client_.on_data(reinterpret_cast<std::byte*>(host.bias + static_cast<uintptr_t>(Builder::kData)));
  const rtld_program self = host.get();
  ASSERT_EQ(rtld_adopt(linker_, &self), 1) << client_.TakeReport();
  EXPECT_EQ(ran, std::vector<int>{1});
  EXPECT_EQ(WordAt("chosen"), 0x4321u);
  Destroy();
  EXPECT_EQ(ran, (std::vector<int>{1, -1}));
}

TEST_F(Functions, OfWhatADestructorLinksRunToo) {
  Builder a = Numbered("a.kld", 1), late = Numbered("late.kld", 2);
  const rtld_file* const file = client_.Put("late.kld", late);
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1);
  rtld_linker* const linker = linker_;
  on_last = [&] { EXPECT_EQ(rtld_link(linker, file), 1) << client_.TakeReport(); };
  Destroy();
  EXPECT_EQ(ran, (std::vector<int>{1, -1, 2, -2}));
}

TEST_F(CapiTest, WarningsSayThatTheyAre) {
  Builder a("a.kld");
  a.Rela(a.RelroWord(), SymbolRelocation(), a.Refer("nobody_has_it", {.bind = elf::kStbWeak}));
  ASSERT_EQ(rtld_link(linker_, client_.Put("a.kld", a)), 1);
  EXPECT_EQ(client_.TakeReport(),
            "warning: /a.kld: weak 'nobody_has_it' is undefined and has the value 0\n");
}

// The file asked for, and one that it needs.
TEST_F(CapiTest, FilesAreAlignedTo8) {
  Builder a("a.kld"), b("b.kld");
  const std::vector<std::byte> bytes = b.Build();
  std::vector<std::byte> shifted(bytes.size() + 4);
  std::memcpy(shifted.data() + 4, bytes.data(), bytes.size());
  const rtld_file file = {"/b.kld", shifted.data() + 4, bytes.size()};
  const std::string why = ": not supported: a file whose bytes are not aligned to 8\n";
  EXPECT_EQ(rtld_link(linker_, &file), 0);
  EXPECT_EQ(client_.TakeReport(), "/b.kld" + why);
  *client_.Put("b.kld", b) = file;
  EXPECT_EQ(rtld_link(linker_, client_.Put("a.kld", a.Needed("b.kld"))), 0);
  EXPECT_EQ(client_.TakeReport(), "/b.kld (needed by /a.kld)" + why);
}

TEST_F(CapiTest, NullIsRefused) {
  Builder a("a.kld"), b("b.kld");
  rtld_file* const needed = client_.Put("b.kld", b);
  const rtld_file nameless = {nullptr, needed->bytes, needed->size};
  const rtld_file empty = {"/b.kld", nullptr, needed->size};
  const rtld_program program = {nullptr, needed, 1, 0};
  const rtld_program headless = {"host", nullptr, 1, 0};
  const std::string path = "not supported: a file without a path\n";
  EXPECT_EQ(rtld_link(linker_, &nameless), 0);
  EXPECT_EQ(client_.TakeReport(), path);
  EXPECT_EQ(rtld_link(linker_, &empty), 0);
  EXPECT_EQ(client_.TakeReport(), "/b.kld: not supported: a file without bytes\n");
  EXPECT_EQ(rtld_adopt(linker_, &program), 0);
  EXPECT_EQ(client_.TakeReport(), "not supported: a program without a path\n");
  EXPECT_EQ(rtld_adopt(linker_, &headless), 0);
  EXPECT_EQ(client_.TakeReport(), "host: not supported: a program without program headers\n");
  *needed = nameless;
  EXPECT_EQ(rtld_link(linker_, client_.Put("a.kld", a.Needed("b.kld"))), 0);
  EXPECT_EQ(client_.TakeReport(), path + "/a.kld needs 'b.kld': not found\n");
  EXPECT_EQ(rtld_symbol(linker_, nullptr), nullptr);
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
