// SPDX-License-Identifier: BSD-2-Clause
//
// kldinfo and kldd on real images of every CPU, on the build host.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "arch/all.h"
#include "sbin/testing.h"

namespace sbin {
namespace {

using kld::testing::FakeKernel;
using testing::Ran;
using testing::RunCommand;

constexpr char kKernel[] = "kernel/dynamic/stub.so";

// A kernel that has none of our system calls looks like this one, without variables.
Ran Info(const std::vector<std::string>& arguments) {
  FakeKernel kernel;
  return RunCommand(kldinfo::Run, kernel, arguments);
}
Ran Check(const std::vector<std::string>& arguments) {
  FakeKernel kernel;
  return RunCommand(kldd::Run, kernel, arguments);
}

bool HasLine(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

template <class A>
class EveryCpu : public ::testing::Test {
 protected:
  std::string Image(const std::string& name) const {
    return "arch/" + std::string(A::kName) + "/testdata" + name;
  }
};

struct CpuName {
  template <class A>
  static std::string GetName(int) {
    return std::string(A::kName);
  }
};

TYPED_TEST_SUITE(EveryCpu, arch::All<::testing::Types>, CpuName);

TYPED_TEST(EveryCpu, InfoTellsOfAnImage) {
  const std::string path = this->Image("/user.so");
  const Ran ran = Info({path});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out.rfind(path + ": " + std::string(TypeParam::kName) + " shared object\n", 0), 0u);
  EXPECT_TRUE(HasLine(ran.out, "  soname     user.so")) << ran.out;
  EXPECT_TRUE(HasLine(ran.out, "  needed     provider.so")) << ran.out;
  EXPECT_TRUE(HasLine(ran.out, "  imports    provider_function")) << ran.out;
  EXPECT_TRUE(HasLine(ran.out, "  imports    nobody_defines_this weak")) << ran.out;
}

// A kernel has no segment for a PLT that linking writes (arch/contract/elf_arch.h): kldd refuses what
// the kernel refuses, and says which segment it is.
void ExpectWritablePltToBeRefused(const std::string& image, const Ran& ran) {
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.err.starts_with("kldd: " + image + ": program header ")) << ran.err;
  EXPECT_TRUE(ran.err.ends_with(" is writable and executable\n")) << ran.err;
}

TYPED_TEST(EveryCpu, WhatLinksIsSaidToLink) {
  const Ran ran = Check({"-p", this->Image(""), this->Image("/user.so")});
  if constexpr (arch::kHasWritablePlt<TypeParam>) {
    return ExpectWritablePltToBeRefused(this->Image("/user.so"), ran);
  }
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "user.so => " + this->Image("/user.so") + "\n  provider.so => " +
                         this->Image("/provider.so") + "\n");
}

TYPED_TEST(EveryCpu, EveryUndefinedSymbolIsTold) {
  const Ran ran = Check({"-p", this->Image(""), this->Image("/broken.so")});
  EXPECT_EQ(ran.status, 1);
  for (const char* symbol : {"nowhere_a", "nowhere_b"}) {
    const std::string start = "kldd: " + this->Image("/broken.so") + ": undefined '" + symbol + "'";
    EXPECT_NE(ran.err.find(start), std::string::npos) << ran.err;
  }
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
}

// The folder of images of some CPU with that many bytes to an address and that byte order.
template <class... A>
struct Cpus {
  static std::string Images(size_t bytes, std::endian order) {
    std::string name;
    const auto look = [&]<class L>(std::string_view cpu, L) {
      if (sizeof(typename L::Addr) == bytes && L::kOrder == order) name = cpu;
    };
    (look(A::kName, typename A::Layout()), ...);
    EXPECT_NE(name, "") << "no CPU is like that";
    return "arch/" + name + "/testdata";
  }
};

std::string ImagesOf(size_t bytes, std::endian order) {
  return arch::All<Cpus>::Images(bytes, order);
}

TEST(Kldinfo, ShowsVersionsOfABigEndianImage) {
  const Ran ran = Info({ImagesOf(8, std::endian::big) + "/versions.so"});
  EXPECT_EQ(ran.status, 0);
  for (const char* line :
       {"  version    V_1", "  version    V_3", "  exports    counter@V_1",
        "  exports    counter@@V_2", "  exports    old_data@V_1 object 8", "  exports    plain"}) {
    EXPECT_TRUE(HasLine(ran.out, line)) << line << " in\n" << ran.out;
  }
}

TEST(Kldinfo, ShowsWhatAModuleSaysOfItself) {
  const Ran ran = Info({"sbin/told.kld"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  for (const char* line :
       {"  soname     told.kld", "  module     told", "  version    1.5",
        "  description tells of itself", "  author     A. U. Thor", "  flag       autoload",
        "  param      times,number,rw,3,how often", "  needed     kernel KERNEL_1.0",
        "  exports    told_value@@TOLD_1.0", "  imports    kprintf@KERNEL_1.0"}) {
    EXPECT_TRUE(HasLine(ran.out, line)) << line << " in\n" << ran.out;
  }
  // Said once, not before every line that is about it.
  EXPECT_EQ(ran.out.find("module     told"), ran.out.rfind("module     told"));
  EXPECT_NE(ran.out.find("  build-id   "), std::string::npos);
  EXPECT_NE(ran.out.find("  segment    R-X "), std::string::npos);
  EXPECT_NE(ran.out.find(" init\n"), std::string::npos);
  EXPECT_NE(ran.out.find("  relro      R-- "), std::string::npos);
}

TEST(Kldinfo, RefusesWhatIsNoImageAndGoesOn) {
  const std::string image = ImagesOf(8, std::endian::little) + "/provider.so";
  const Ran ran = Info({"/nonexistent", "/", "/etc/passwd", image});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err,
            "kldinfo: /nonexistent: No such file or directory\n"
            "kldinfo: /: Is a directory\n"
            "kldinfo: /etc/passwd: not an ELF file\n");
  EXPECT_TRUE(HasLine(ran.out, "  soname     provider.so"));
  EXPECT_EQ(Info({}).status, 2);
}

// A copy of an image with some bytes changed.
std::string Changed(const std::string& from, size_t at, const std::string& bytes, size_t length) {
  std::ifstream in(from, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.replace(at, bytes.size(), bytes);
  text.resize(std::min(length, text.size()));
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/changed.so";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

template <class... Traits>
struct NamesOf {
  static std::string Joined() {
    std::string all;
    for (const std::string_view name : {Traits::kName...}) all.append(", ").append(name);
    return all.substr(2);
  }
};

TEST(Kldinfo, UnknownMachinesAndCutFilesAreRefused) {
  const std::string user = ImagesOf(8, std::endian::little) + "/user.so";
  const std::string other = Changed(user, 18, std::string("\xfe\x7f"), -1);
  EXPECT_EQ(Info({other}).err, "kldinfo: " + other + ": for machine 32766; this command knows " +
                                   arch::All<NamesOf>::Joined() + "\n");
  const std::string cut = Changed(user, 0, "", 70);
  const Ran ran = Info({cut});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err.rfind("kldinfo: " + cut + ": ", 0), 0u) << ran.err;
}

TEST(Kldd, LinksAModuleAgainstTheKernel) {
  const Ran ran = Check({"-k", kKernel, "sbin/told.kld"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "told.kld => sbin/told.kld\n  kernel => kernel/dynamic/stub.so\n");
}

TEST(Kldd, FindsModulesByNameInThePath) {
  const Ran ran = Check({"-k", kKernel, "-p", "/nonexistent;sbin", "told"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "told.kld => sbin/told.kld\n  kernel => kernel/dynamic/stub.so\n");
}

TEST(Kldd, UsesTheKernelsOwnPath) {
  FakeKernel kernel;
  kernel.sysctls["kern.module_path"] = "sbin";
  EXPECT_EQ(RunCommand(kldd::Run, kernel, {"-k", kKernel, "told"}).status, 0);
}

TEST(Kldd, TellsWhatIsMissingAndWhereItLooked) {
  const std::string wants = Changed("sbin/wants.kld", 0, "", std::string::npos);
  const Ran ran = Check({"-k", "/none/kernel", "-p", "/x;/y", wants});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out,
            "wants.kld => " + wants + "\n  told.kld => not usable\n  kernel => not usable\n");
  EXPECT_EQ(ran.err, "kldd: " + wants + " needs 'told.kld': not found (searched /x, /y, " +
                         getenv("TEST_TMPDIR") + ")\nkldd: " + wants +
                         " needs 'kernel': not found (searched /none/kernel)\n");
  EXPECT_EQ(Check({"-p", "/x;/y", "absent"}).err,
            "kldd: absent: No such file or directory (searched /x, /y)\n");
}

// Last, and only of a file that is given by its path, as the kernel does.
TEST(Kldd, LooksInTheFilesOwnDirectory) {
  const Ran own = Check({"-k", kKernel, "-p", "/x", "sbin/wants.kld"});
  EXPECT_TRUE(HasLine(own.out, "  told.kld => sbin/told.kld")) << own.out << own.err;
  const Ran path = Check({"-k", kKernel, "-p", "./sbin", "sbin/wants.kld"});
  EXPECT_TRUE(HasLine(path.out, "  told.kld => ./sbin/told.kld")) << path.out << path.err;
  const std::string wants = Changed("sbin/wants.kld", 0, "", std::string::npos);
  const std::string directory = wants.substr(0, wants.rfind('/'));
  const std::string changed = wants.substr(directory.size() + 1);
  const Ran name = Check({"-k", kKernel, "-p", directory, changed});
  EXPECT_TRUE(HasLine(name.out, "  told.kld => not usable")) << name.out;
  EXPECT_NE(name.err.find("(searched " + directory + ")"), std::string::npos) << name.err;
}

TEST(Kldd, TellsWhatALibraryNoLongerHas) {
  const Ran ran = Check({"-k", kKernel, "-p", "sbin", "wants"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out,
            "wants.kld => sbin/wants.kld\n  told.kld => sbin/told.kld\n"
            "    kernel => kernel/dynamic/stub.so\n  kernel => kernel/dynamic/stub.so\n");
  EXPECT_EQ(ran.err.rfind("kldd: sbin/wants.kld: undefined 'told_secret@TOLD_1.0'", 0), 0u)
      << ran.err;
  EXPECT_NE(ran.err.find(": sbin/told.kld does not define it"), std::string::npos) << ran.err;
}

TEST(Kldd, ModulesOfAnotherCpuAreCalledThat) {
  const std::string narrow = ImagesOf(4, std::endian::little);
  const Ran ran = Check({"-p", narrow, ImagesOf(8, std::endian::little) + "/user.so"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find(narrow + "/provider.so"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("32-bit image"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace sbin
