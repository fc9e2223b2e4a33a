// SPDX-License-Identifier: BSD-2-Clause
//
// Whole boots on the host: images of the exemplar CPU in an archive made here, host memory for RAM,
// up to the moment at which the kernel would be entered or the machine stops.
//
//   kernel <- low.kld <- high.kld       (a <- b: b needs a)
#include "stand/main.h"

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rtld_shared/testing/image_builder.h"
#include "stand/testing/archive.h"
#include "stand/testing/fake_machine.h"
#include "stand/testing/host_memory.h"

namespace stand {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using Builder = rtld::testing::ImageBuilder<A>;
using Bytes = std::vector<std::byte>;
using testing::ArchiveBuilder;
using testing::Fake;

constexpr uint64_t kDirectMap = 0xffff800000000000;
constexpr uint64_t kWindow = 0xffffffff80000000;

struct Kernel {
  Bytes bytes;
  uint64_t relative = 0;  // a word that holds B + kText + 8
};

Kernel MakeKernel() {
  Builder builder("kernel");
  builder.entry = Builder::kText;
  builder.BuildId("0123456789abcdefghij");
  builder.Define("kprintf", Builder::kText + 0x10,
                 {.type = elf::kSttFunc, .version = "KERNEL_1.0"});
  const uint64_t word = builder.Word();
  builder.Rela(word, A::kRelative, 0, Builder::kText + 8);
  return {builder.Build(), word};
}

struct Low {
  Bytes bytes;
  uint64_t kprintf = 0;  // S of the kernel's kprintf
};

Low MakeLow() {
  Builder builder("low.kld");
  builder.Needed("kernel");
  builder.Define("low_value", Builder::kData + 0x20, {.version = "LOW_1.0"});
  const uint64_t word = builder.Word();
  builder.Rela(word, A::kSymbol,
               builder.Refer("kprintf", {.version = "KERNEL_1.0", .file = "kernel"}));
  return {builder.Build(), word};
}

struct High {
  Bytes bytes;
  uint64_t low_value = 0;
  uint64_t ifunc = 0;
};

High MakeHigh() {
  Builder builder("high.kld");
  builder.Needed("kernel").Needed("low.kld");
  const uint64_t value = builder.RelroWord();
  builder.Rela(value, A::kSymbol,
               builder.Refer("low_value", {.version = "LOW_1.0", .file = "low.kld"}), 4);
  const uint64_t ifunc = builder.Word();
  builder.Rela(ifunc, A::kIrelative, 0, Builder::kText + 0x40);
  return {builder.Build(), value, ifunc};
}

class MainTest : public ::testing::Test {
 protected:
  MainTest() {
    Fake() = {};
    Fake().random = {0x123, 0x456, 0x789};
  }

  // What came of a boot with `pages` of memory.
  struct Result {
    std::optional<int> status;                  // the machine stopped
    const dynamic::Handoff* handoff = nullptr;  // else the kernel was entered
    uint64_t entry = 0, root = 0;
  };

  Result Boot(const ArchiveBuilder& archive, const std::string& command_line = "",
              size_t pages = 4096) {
    memory_ = std::make_unique<testing::HostMemory>(pages);
    archive_ = archive.Build();
    archive_pages_ = std::make_unique<testing::HostMemory>(archive_.size() / boot::kPageSize + 1);
    std::memcpy(boot::At(archive_pages_->range().base), archive_.data(), archive_.size());
    boot::Machine machine;
    machine.ranges[machine.range_count++] = {.range = memory_->range(), .usable = true};
    machine.ranges[machine.range_count++] = {.range = archive_pages_->range(), .usable = true};
    machine.reach = ~uint64_t{0};
    machine.archive = {.base = archive_pages_->range().base, .bytes = archive_.size()};
    CopyText(machine.command_line, command_line);
    return Run(machine);
  }

  static Result Run(const boot::Machine& machine) {
    Result result;
    try {
      stand::Run<A>(machine);
    } catch (const testing::Stopped& stopped) {
      result.status = stopped.status;
    } catch (const testing::Entered& entered) {
      result.handoff = reinterpret_cast<const dynamic::Handoff*>(entered.argument - kDirectMap);
      result.entry = entered.entry;
      result.root = entered.root;
    }
    return result;
  }

  // The word at a link-time address of an image, where it was loaded.
  static uint64_t WordOf(const dynamic::HandoffImage& image, uint64_t vaddr) {
    uint64_t word;
    std::memcpy(&word, boot::At(image.frames + (vaddr - image.link_start)), sizeof word);
    return word;
  }

  static ArchiveBuilder Chain() {
    return ArchiveBuilder()
        .Add("boot/kernel", MakeKernel().bytes)
        .Add("boot/modules/low.kld", MakeLow().bytes)
        .Add("boot/modules/high.kld", MakeHigh().bytes);
  }

  std::string archive_;
  std::unique_ptr<testing::HostMemory> memory_, archive_pages_;
};

TEST_F(MainTest, AKernelIsPlacedRelocatedAndDescribed) {
  const Kernel kernel = MakeKernel();
  const Result result = Boot(ArchiveBuilder().Add("boot/kernel", kernel.bytes), "one two");
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(Fake().console, "");
  const dynamic::Handoff& handoff = *result.handoff;
  EXPECT_EQ(handoff.magic, dynamic::kHandoffMagic);
  EXPECT_EQ(handoff.version, dynamic::kHandoffVersion);
  EXPECT_EQ(handoff.size, sizeof handoff);
  EXPECT_EQ(handoff.direct_map, kDirectMap);
  EXPECT_EQ(handoff.root_table, result.root);
  EXPECT_EQ(handoff.archive_bytes, archive_.size());
  EXPECT_STREQ(handoff.command_line, "one two");
  EXPECT_STREQ(handoff.messages, "");
  EXPECT_EQ(handoff.entropy_bits, 3 * 64u);
  EXPECT_EQ(handoff.relocations, 1u);
  EXPECT_EQ(handoff.ifunc_count, 0u);

  ASSERT_EQ(handoff.image_count, 1u);
  const dynamic::HandoffImage& image = handoff.images[0];
  EXPECT_EQ(image.flags, dynamic::kHandoffKernel | dynamic::kHandoffRelocated);
  EXPECT_EQ(image.link_start, Builder::kBase);
  const uint64_t start = image.link_start + image.bias;
  EXPECT_GE(start, kWindow);
  EXPECT_LT(start, kWindow + 0x40000000);
  EXPECT_EQ(start % boot::kPageSize, 0u);
  EXPECT_EQ(result.entry, Builder::kText + image.bias);
  EXPECT_EQ(image.entry, Builder::kText);
  EXPECT_EQ(WordOf(image, kernel.relative), image.bias + Builder::kText + 8);
  EXPECT_EQ(image.program_headers, Builder::kBase + sizeof(A::Layout::Ehdr));
  EXPECT_EQ(std::memcmp(boot::At(image.frames), kernel.bytes.data(), sizeof(A::Layout::Ehdr)), 0);
  EXPECT_EQ(image.file_bytes, kernel.bytes.size());
  EXPECT_EQ(std::memcmp(boot::At(image.file), kernel.bytes.data(), kernel.bytes.size()), 0);
  EXPECT_STREQ(image.soname, "kernel");
  EXPECT_STREQ(image.path, "/boot/kernel");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(image.build_id), image.build_id_bytes),
            "0123456789abcdefghij");
  EXPECT_EQ(image.symbols, 0u) << "stripped";
}

TEST_F(MainTest, NorelocateLeavesTheWordsAlone) {
  const Kernel kernel = MakeKernel();
  const Result result = Boot(ArchiveBuilder().Add("boot/kernel", kernel.bytes), "norelocate");
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(result.handoff->images[0].flags, dynamic::kHandoffKernel);
  EXPECT_EQ(WordOf(result.handoff->images[0], kernel.relative), 0u);
  EXPECT_EQ(result.handoff->relocations, 0u);
}

TEST_F(MainTest, AKernelLinkedOutsideTheWindowCannotStayThere) {
  const Result result = Boot(ArchiveBuilder().Add("boot/kernel", MakeKernel().bytes), "nokaslr");
  EXPECT_EQ(result.status, 125);
  EXPECT_NE(Fake().console.find("panic: loader: the kernel /boot/kernel cannot be loaded\n"),
            std::string::npos)
      << Fake().console;
}

TEST_F(MainTest, OtherRandomnessIsAnotherPlace) {
  std::vector<uint64_t> biases;
  for (uint64_t word = 0; word < 8; ++word) {
    Fake() = {};
    Fake().random = {word};
    const Result result = Boot(ArchiveBuilder().Add("boot/kernel", MakeKernel().bytes));
    ASSERT_NE(result.handoff, nullptr);
    for (const uint64_t other : biases) EXPECT_NE(result.handoff->images[0].bias, other);
    biases.push_back(result.handoff->images[0].bias);
  }
}

TEST_F(MainTest, KaslrSaysThePlaceInPages) {
  const uint64_t lowest = boot::AddressLayout().window.base;
  for (const auto& [line, start] : std::map<std::string, uint64_t>{
           {"kaslr=0", lowest}, {"kaslr=0 kaslr=3", lowest + 3 * boot::kPageSize}}) {
    const Result result = Boot(ArchiveBuilder().Add("boot/kernel", MakeKernel().bytes), line);
    ASSERT_NE(result.handoff, nullptr);
    const dynamic::HandoffImage& image = result.handoff->images[0];
    EXPECT_EQ(image.link_start + image.bias, start) << line;
    EXPECT_STREQ(result.handoff->messages, "");
  }
  // What is no number is said, and the place is random.
  const ArchiveBuilder archive = ArchiveBuilder().Add("boot/kernel", MakeKernel().bytes);
  Fake() = {};
  const uint64_t random = Boot(archive).handoff->images[0].bias;
  Fake() = {};
  const Result result = Boot(archive, "kaslr=0x1000");
  EXPECT_EQ(result.handoff->images[0].bias, random);
  EXPECT_STREQ(result.handoff->messages,
               "loader: kaslr=0x1000: not a number; the kernel goes anywhere\n");
}

TEST_F(MainTest, APreloadBringsWhatItNeeds) {
  const Result result = Boot(
      Chain().Add("boot/loader.conf", "high_load=YES\nkern.x=1\nkernel_options=\"a b\"\n"), "c");
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(Fake().console, "");
  EXPECT_STREQ(result.handoff->command_line, "a b kern.x=1 c");
  ASSERT_EQ(result.handoff->image_count, 3u);
  const dynamic::HandoffImage& kernel = result.handoff->images[0];
  const dynamic::HandoffImage& high = result.handoff->images[1];
  const dynamic::HandoffImage& low = result.handoff->images[2];
  EXPECT_STREQ(high.soname, "high.kld");
  EXPECT_STREQ(low.path, "/boot/modules/low.kld");
  EXPECT_EQ(high.flags, dynamic::kHandoffRelocated | dynamic::kHandoffRequested);
  EXPECT_EQ(low.flags, dynamic::kHandoffRelocated);
  EXPECT_EQ(WordOf(low, MakeLow().kprintf), kernel.bias + Builder::kText + 0x10);
  EXPECT_EQ(WordOf(high, MakeHigh().low_value), low.bias + Builder::kData + 0x20 + 4);

  // No resolver has run; what is to run is told.
  ASSERT_EQ(result.handoff->ifunc_count, 1u);
  const dynamic::HandoffIfunc& ifunc = result.handoff->ifuncs[0];
  EXPECT_EQ(ifunc.image, 1u);
  EXPECT_EQ(ifunc.place, MakeHigh().ifunc);
  EXPECT_EQ(ifunc.resolver, high.bias + Builder::kText + 0x40);
  EXPECT_EQ(ifunc.addend, 0u);

  // RELRO is still open, code is read-only in the direct map, nothing is writable code.
  const auto& table = Fake().tables[result.root];
  EXPECT_EQ(table.at(high.bias + Builder::kRelro).access, boot::Access::kReadWrite);
  EXPECT_EQ(table.at(high.bias + Builder::kText).access, boot::Access::kReadExecute);
  EXPECT_EQ(table.at(kDirectMap + high.frames + (Builder::kText - Builder::kBase)).access,
            boot::Access::kRead);
  EXPECT_EQ(table.at(high.bias + Builder::kBase).access, boot::Access::kRead);
}

TEST_F(MainTest, AModuleAskedForTwiceIsLoadedOnce) {
  // By its name and by its path.
  for (const std::string name : {"", "low_name=low.kld\n", "low_name=/boot/modules/low.kld\n"}) {
    Fake() = {};
    const Result result =
        Boot(Chain().Add("boot/loader.conf", "high_load=YES\nlow_load=YES\n" + name));
    ASSERT_NE(result.handoff, nullptr) << Fake().console;
    EXPECT_EQ(Fake().console, "") << name;
    ASSERT_EQ(result.handoff->image_count, 3u);
    EXPECT_EQ(result.handoff->images[2].flags,
              dynamic::kHandoffRelocated | dynamic::kHandoffRequested);
  }
}

TEST_F(MainTest, NamesAndPathsFindFiles) {
  const Result result = Boot(ArchiveBuilder()
                                 .Add("boot/other", MakeKernel().bytes)
                                 .Add("second/low.kld", MakeLow().bytes)
                                 .Add("x/odd", MakeHigh().bytes)
                                 .Add("boot/loader.conf",
                                      "kernel=other\nmodule_path=\";/first;/second/\"\n"
                                      "top_load=YES\ntop_name=/x/odd\n"));
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(Fake().console, "");
  ASSERT_EQ(result.handoff->image_count, 3u);
  EXPECT_STREQ(result.handoff->images[0].path, "/boot/other");
  EXPECT_STREQ(result.handoff->images[1].path, "/x/odd");
  EXPECT_STREQ(result.handoff->images[2].path, "/second/low.kld");
}

TEST_F(MainTest, VerboseLoadingTellsOfEveryImage) {
  const Result result =
      Boot(Chain().Add("boot/loader.conf", "low_load=YES\nverbose_loading=YES\n"));
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  std::string expected;
  for (size_t i = 0; i < 2; ++i) {
    const dynamic::HandoffImage& image = result.handoff->images[i];
    char line[200];
    std::snprintf(line, sizeof line, "loader: %s at 0x%llx, %llu bytes\n", image.path,
                  static_cast<unsigned long long>(image.link_start + image.bias),
                  static_cast<unsigned long long>(image.bytes));
    expected += line;
  }
  EXPECT_EQ(Fake().console, expected);
}

uint64_t BytesOfType(const dynamic::Handoff& handoff, uint64_t type) {
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < handoff.range_count; ++i) {
    if (handoff.ranges[i].type == type) bytes += handoff.ranges[i].bytes;
  }
  return bytes;
}

TEST_F(MainTest, ARefusedPreloadLeavesNothingBehind) {
  const Kernel kernel = MakeKernel();
  Builder broken("broken.kld");
  broken.Needed("low.kld").Needed("absent.kld");
  // absent.kld is missing when everything is planned, gone is undefined when all is mapped.
  Builder undefined("undefined.kld");
  undefined.Needed("low.kld").Needed("kernel");
  undefined.Rela(undefined.Word(), A::kSymbol, undefined.Refer("gone"));
  const Result result =
      Boot(ArchiveBuilder()
               .Add("boot/kernel", kernel.bytes)
               .Add("boot/modules/low.kld", MakeLow().bytes)
               .Add("boot/modules/broken.kld", broken.Build())
               .Add("boot/modules/undefined.kld", undefined.Build())
               .Add("boot/loader.conf", "broken_load=YES\nundefined_load=YES\nmissing_load=YES\n"));
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(result.handoff->image_count, 1u);
  EXPECT_EQ(BytesOfType(*result.handoff, dynamic::kHandoffImage), result.handoff->images[0].bytes);
  EXPECT_EQ(
      Fake().console,
      "loader: /boot/modules/broken.kld needs 'absent.kld': not found (searched /boot/modules)\n"
      "loader: /boot/loader.conf:1: broken is not loaded; booting without it\n"
      "loader: /boot/modules/undefined.kld: undefined 'gone' (R_EX_SYMBOL at 0x61000): no loaded "
      "module defines it; looked in: /boot/modules/undefined.kld, /boot/modules/low.kld, "
      "/boot/kernel\n"
      "loader: /boot/loader.conf:2: undefined is not loaded; booting without it\n"
      "loader: 'missing.kld': not found (searched /boot/modules)\n"
      "loader: /boot/loader.conf:3: missing is not loaded; booting without it\n");
  EXPECT_EQ(Fake().console, result.handoff->messages);
}

TEST_F(MainTest, TheHandoffFillsUp) {
  ArchiveBuilder archive;
  archive.Add("boot/kernel", MakeKernel().bytes);
  std::string conf;
  for (size_t i = 0; i < dynamic::kHandoffMaxImages + 1; ++i) {
    const std::string name = "m" + std::to_string(i);
    archive.Add("boot/modules/" + name + ".kld", Builder(name + ".kld").Build());
    conf += name + "_load=YES\n";
  }
  const Result result = Boot(archive.Add("boot/loader.conf", conf), "", 16384);
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(result.handoff->image_count, dynamic::kHandoffMaxImages);
  EXPECT_NE(Fake().console.find("conf:32: m31 is not loaded"), std::string::npos);
  EXPECT_NE(Fake().console.find("conf:33: m32 is not loaded"), std::string::npos);
  EXPECT_EQ(Fake().console.find("conf:31:"), std::string::npos);
}

TEST_F(MainTest, TooManyResolversAreRefused) {
  Builder builder("many.kld");
  for (size_t i = 0; i <= dynamic::kHandoffMaxIfuncs; ++i) {
    builder.Rela(builder.Word(), A::kIrelative, 0, Builder::kText);
  }
  const Result result = Boot(ArchiveBuilder()
                                 .Add("boot/kernel", MakeKernel().bytes)
                                 .Add("boot/modules/many.kld", builder.Build())
                                 .Add("boot/loader.conf", "many_load=YES\n"));
  ASSERT_NE(result.handoff, nullptr) << Fake().console;
  EXPECT_EQ(result.handoff->image_count, 1u);
  EXPECT_EQ(result.handoff->ifunc_count, 0u);
  EXPECT_EQ(Fake().console,
            "loader: the hand-off has no room for 1 more images and 257 resolvers\n"
            "loader: /boot/loader.conf:1: many is not loaded; booting without it\n");
}

// Whatever the loader runs out of memory for, it says so and stops, or boots without a preload.
TEST_F(MainTest, EveryAmountOfMemoryEndsInOrder) {
  const ArchiveBuilder archive = Chain().Add("boot/loader.conf", "high_load=YES\n");
  size_t stopped = 0, without = 0, whole = 0;
  for (size_t pages = 1; pages < 400; ++pages) {
    Fake() = {};
    const Result result = Boot(archive, "", pages);
    if (result.status) {
      ++stopped;
      EXPECT_EQ(result.status, 125);
      EXPECT_NE(Fake().console.find("panic: loader: "), std::string::npos) << pages;
    } else if (result.handoff->image_count == 1) {
      ++without;
      EXPECT_NE(Fake().console.find("high is not loaded"), std::string::npos) << pages;
    } else {
      ++whole;
      EXPECT_EQ(result.handoff->image_count, 3u);
      EXPECT_EQ(Fake().console, "");
    }
  }
  EXPECT_GT(stopped, 50u);
  EXPECT_GT(without, 50u);
  EXPECT_GT(whole, 50u);
}

// Files are hostile. Whichever byte of headers and tables is wrong, the boot ends in order: a
// broken kernel stops it with a word, a broken module does not.
TEST_F(MainTest, NoByteOfAFileBringsTheLoaderDown) {
  const Bytes kernel = MakeKernel().bytes, low = MakeLow().bytes, high = MakeHigh().bytes;
  size_t stopped = 0, without = 0;
  for (size_t i = 0; i < 0x700; i += 7) {
    Bytes bad_kernel = kernel, bad_low = low;
    const std::byte flip = std::byte{1} << i % 8 | std::byte{0x80} >> i % 5;
    bad_kernel[i] ^= flip;
    bad_low[i] ^= flip;
    Fake() = {};
    const Result first = Boot(ArchiveBuilder().Add("boot/kernel", bad_kernel), "", 256);
    if (first.status) {
      ++stopped;
      EXPECT_EQ(first.status, 125);
      EXPECT_NE(Fake().console.find("panic: loader: "), std::string::npos) << i;
    }
    Fake() = {};
    const Result second = Boot(ArchiveBuilder()
                                   .Add("boot/kernel", kernel)
                                   .Add("boot/modules/low.kld", bad_low)
                                   .Add("boot/modules/high.kld", high)
                                   .Add("boot/loader.conf", "high_load=YES\n"),
                               "", 512);
    ASSERT_NE(second.handoff, nullptr) << i << ": " << Fake().console;
    if (second.handoff->image_count == 1) {
      ++without;
      EXPECT_NE(Fake().console.find("high is not loaded"), std::string::npos) << i;
    }
  }
  EXPECT_GT(stopped, 30u);
  EXPECT_GT(without, 30u);
}

TEST_F(MainTest, MachinesThatCannotBootSayWhy) {
  testing::HostMemory memory(64);
  boot::Machine none;
  boot::Machine no_archive;
  no_archive.ranges[no_archive.range_count++] = {.range = memory.range(), .usable = true};
  no_archive.reach = ~uint64_t{0};
  boot::Machine far = no_archive;
  far.archive = {.base = ~uint64_t{0} - 0x10000, .bytes = 0x1000};
  far.reach = memory.range().end();
  boot::Machine lost = no_archive;
  lost.ranges_lost = 1;
  const struct {
    const boot::Machine& machine;
    const char* why;
  } kCases[] = {
      {none, "panic: loader: the firmware gave no memory map\n"},
      {no_archive, "panic: loader: there is no boot archive\n"},
      {far, "panic: loader: the boot archive is out of the loader's reach\n"},
      {lost, "panic: loader: the firmware's memory map has too many lines\n"},
  };
  for (const auto& c : kCases) {
    Fake() = {};
    EXPECT_EQ(Run(c.machine).status, 125);
    EXPECT_EQ(Fake().console, c.why);
  }
}

TEST_F(MainTest, BrokenKernelsStopTheBoot) {
  Builder needy("kernel");
  needy.entry = Builder::kText;
  needy.Needed("lone.kld");
  Builder nameless("");
  nameless.entry = Builder::kText;
  Builder other("other.kld");
  other.entry = Builder::kText;
  const struct {
    Bytes bytes;
    const char* why;
  } kCases[] = {
      {needy.Build(), "panic: loader: /boot/kernel needs other files\n"},
      {nameless.Build(), "panic: loader: the kernel /boot/kernel cannot be loaded\n"},
      {other.Build(), "panic: loader: /boot/kernel is no kernel: its soname is other.kld\n"},
      {Builder("kernel").Build(), "panic: loader: /boot/kernel has no entry point\n"},
      {Bytes(100), "panic: loader: the kernel /boot/kernel cannot be loaded\n"},
  };
  for (const auto& c : kCases) {
    Fake() = {};
    const Result result = Boot(ArchiveBuilder()
                                   .Add("boot/kernel", c.bytes)
                                   .Add("boot/modules/lone.kld", Builder("lone.kld").Build()));
    EXPECT_EQ(result.status, 125);
    EXPECT_NE(Fake().console.find(c.why), std::string::npos) << Fake().console;
  }
}

}  // namespace
}  // namespace stand
