// SPDX-License-Identifier: BSD-2-Clause
//
// ld.elf_so on the host: each program is started by the kernel with ld.elf_so as its interpreter,
// and by ld.elf_so as a command. Both must do the same.
#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/rtld/process.h"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr char kLinker[] = "libexec/ld.elf_so/ld.elf_so";
constexpr char kPrograms[] = "tests/rtld";

// A copy of the test's files: libraries can be moved and spoilt, and $ORIGIN is this directory.
const fs::path& Root() {
  static const fs::path root = [] {
    std::string pattern =
        std::string(getenv("TEST_TMPDIR") ? getenv("TEST_TMPDIR") : "/tmp") + "/XXXXXX";
    if (!mkdtemp(pattern.data())) abort();
    const fs::path made = fs::canonical(pattern);
    fs::create_directories(made / "libexec/ld.elf_so");
    fs::create_directories(made / kPrograms);
    fs::copy_file(kLinker, made / kLinker);
    for (const fs::directory_entry& entry : fs::directory_iterator(kPrograms)) {
      if (fs::is_regular_file(entry.status())) {
        fs::copy_file(fs::canonical(entry.path()), made / kPrograms / entry.path().filename());
      }
    }
    return made;
  }();
  return root;
}

Finished Execute(Words arguments, const Words& environment = {}) {
  return RunProcess(Root(), arguments, environment);
}

// Runs ld.elf_so itself.
Finished Command(Words arguments, const Words& environment = {}) {
  arguments.insert(arguments.begin(), kLinker);
  return Execute(arguments, environment);
}

std::string InPrograms(const std::string& name) { return std::string(kPrograms) + "/" + name; }

enum class Start { kInterpreter, kCommand };

class Rtld : public testing::TestWithParam<Start> {
 protected:
  // `name` is a program's; messages name programs as they are found.
  Finished RunProgram(const std::string& name, Words arguments = {},
                      const Words& environment = {}) {
    arguments.insert(arguments.begin(), InPrograms(name));
    return GetParam() == Start::kCommand ? Command(arguments, environment)
                                         : Execute(arguments, environment);
  }
  static std::string TestSuffix() {
    return GetParam() == Start::kCommand ? "command" : "interpreter";
  }
  // How messages name a program, and the directory $ORIGIN stands for.
  std::string Named(const std::string& name) const { return Origin() + "/" + name; }
  std::string Origin() const {
    return GetParam() == Start::kCommand ? kPrograms : (Root() / kPrograms).string();
  }
};

INSTANTIATE_TEST_SUITE_P(Starts, Rtld, testing::Values(Start::kInterpreter, Start::kCommand),
                         [](const testing::TestParamInfo<Start>& info) {
                           return info.param == Start::kCommand ? "Command" : "Interpreter";
                         });

TEST_P(Rtld, DiamondHasOneBase) {
  const Finished ran = RunProgram("diamond", {"-x", "y"}, {"A=1"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "141 242 argc 3 -x y environment A=1\n");
  EXPECT_EQ(ran.status, 7);
}

TEST_P(Rtld, ProgramAtAFixedAddress) {
  const Finished ran = RunProgram("diamond_exec");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "141 242 argc 1 environment (empty)\n");
  EXPECT_EQ(ran.status, 7);
}

TEST_P(Rtld, InitialisesWhatIsNeededFirst) {
  const Finished ran = RunProgram("order", {"one", "two"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "preinit +d1 +d2 +b1 +b2 +c1 +c2 +a1 +a2 +f1 +f2 +e1 +e2 +p1 +p2 main "
            "-p2 -p1 -e2 -e1 -f2 -f1 -a2 -a1 -c2 -c1 -b2 -b1 -d2 -d1 ");
  EXPECT_EQ(ran.status, 0);
}

TEST_P(Rtld, InitialisesFirstWhatSaysSo) {
  const Finished ran = RunProgram("first");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "+d1 +d2 +c1 +c2 +u1 +u2 +b1 +b2 +p1 +p2 main "
            "-p2 -p1 -b2 -b1 -u2 -u1 -c2 -c1 -d2 -d1 ");
  EXPECT_EQ(ran.status, 0);
}

TEST_P(Rtld, VersionsBindAsTheProgramWasLinked) {
  EXPECT_EQ(RunProgram("versions_1").out, "answer 1 \n");
  EXPECT_EQ(RunProgram("versions_2").out, "answer 2 \n");
}

TEST_P(Rtld, MissingVersionNamesWhatThereIs) {
  const Finished ran = RunProgram("versions_3");
  EXPECT_EQ(ran.status, 127);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "ld.elf_so: " + Named("versions_3") + ": wants version V_3 of " +
                         Named("libversioned.so") + ", which has V_1, V_2\n");
}

TEST_P(Rtld, UndefinedWeakSymbolsAreNull) {
  const Finished ran = RunProgram("weak");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "null hello\n");
  EXPECT_EQ(ran.status, 0);
}

TEST_P(Rtld, PreloadedLibrariesInterpose) {
  const std::string library = InPrograms("libinterposer.so");
  const Finished by_path = RunProgram("weak", {}, {"LD_PRELOAD=" + library});
  EXPECT_EQ(by_path.err, "");
  EXPECT_EQ(by_path.out, "+preloaded1 +preloaded2 null hijacked\n-preloaded2 -preloaded1 ");
  const Finished by_name = RunProgram(
      "weak", {}, {"LD_PRELOAD=libinterposer.so", "LD_LIBRARY_PATH=" + std::string(kPrograms)});
  EXPECT_EQ(by_name.out, by_path.out);
}

// It is named behind the one whose symbol it replaces.
TEST_P(Rtld, LibrariesInterposeThatSaySo) {
  const Finished ran = RunProgram("interposed");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "+preloaded1 +preloaded2 null hijacked\n-preloaded2 -preloaded1 ");
}

TEST_P(Rtld, MissingPreloadIsAnError) {
  const Finished ran = RunProgram("weak", {}, {"LD_PRELOAD=libnone.so", "LD_LIBRARY_PATH=/x"});
  EXPECT_EQ(ran.status, 127);
  EXPECT_EQ(ran.err,
            "ld.elf_so: LD_PRELOAD needs 'libnone.so': not found (searched /x, /lib, /usr/lib)\n");
}

TEST_P(Rtld, ResolversChooseCode) {
  const Finished ran = RunProgram("ifunc");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "11 11 11 33 44 55 told\n");
}

TEST_P(Rtld, CopiesAreTheOnlyVariable) {
  const Finished ran = RunProgram("copy");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "copied 12 30 6 33 33 \n");
}

TEST_P(Rtld, ThreadLocalVariables) {
  const Finished ran = RunProgram("tls");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "1 2 aligned 100 101 501 7 1911 2911 \n");
  EXPECT_EQ(ran.status, 0);
}

TEST_P(Rtld, ThreadLocalVariablesByDescriptor) {
  const Finished ran = RunProgram("tls_by_descriptor");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "1 2 aligned 100 101 501 7 1911 2911 \n");
}

TEST_P(Rtld, UndefinedWeakThreadLocalVariablesAreNull) {
  for (const char* program : {"tls_weak", "tls_weak_by_descriptor"}) {
    const Finished ran = RunProgram(program);
    EXPECT_EQ(ran.err, "") << program;
    EXPECT_EQ(ran.out, "null\n") << program;
    EXPECT_EQ(ran.status, 0) << program;
  }
}

TEST_P(Rtld, OneFileUnderTwoNamesIsOneLibrary) {
  const fs::path aliases = Root() / "aliases" / TestSuffix();
  fs::create_directories(aliases);
  fs::create_symlink(Root() / InPrograms("libnameless.so"), aliases / "libalias1.so");
  fs::create_hard_link(Root() / InPrograms("libnameless.so"), aliases / "libalias2.so");
  const Words environment = {"LD_LIBRARY_PATH=" + aliases.string()};
  const Finished needed = RunProgram("aliases", {}, environment);
  EXPECT_EQ(needed.err, "");
  EXPECT_EQ(needed.out, "+nameless1 +nameless2 main -nameless2 -nameless1 ");
  const Finished preloaded =
      RunProgram("order", {}, {"LD_PRELOAD=libalias1.so:libalias2.so", environment[0]});
  EXPECT_EQ(preloaded.err, "");
  EXPECT_EQ(preloaded.out.find("+nameless1"), preloaded.out.rfind("+nameless1"));
}

// Without DT_SONAME.
TEST_P(Rtld, TwoFilesOfOneNameAreTwoLibraries) {
  const fs::path directories = Root() / "twice" / TestSuffix();
  std::string preload;
  for (const char* name : {"one", "two"}) {
    fs::create_directories(directories / name);
    fs::copy_file(Root() / InPrograms("libnameless.so"), directories / name / "libnameless.so");
    preload += (preload.empty() ? "" : ":") + (directories / name / "libnameless.so").string();
  }
  const Finished ran = RunProgram("order", {"one", "two"}, {"LD_PRELOAD=" + preload});
  EXPECT_EQ(ran.err, "");
  EXPECT_NE(ran.out.find("+nameless1"), ran.out.rfind("+nameless1")) << ran.out;
  EXPECT_EQ(ran.status, 0);
}

TEST_P(Rtld, RelroIsReadOnly) {
  const Finished own = RunProgram("relro");
  EXPECT_EQ(own.out, "one ");
  EXPECT_EQ(own.status, 128 + SIGSEGV);
  const Finished library = RunProgram("relro", {"library"});
  EXPECT_EQ(library.out, "three ");
  EXPECT_EQ(library.status, 128 + SIGSEGV);
}

TEST_P(Rtld, EveryUndefinedSymbolIsTold) {
  const Finished ran = RunProgram("wanting");
  EXPECT_EQ(ran.status, 127);
  EXPECT_EQ(ran.out, "");
  for (const char* symbol : {"gone_one", "gone_two", "gone_data"}) {
    const std::string line = "ld.elf_so: " + Named("wanting") + ": undefined '" + symbol + "'";
    EXPECT_NE(ran.err.find(line), std::string::npos) << line << " in\n" << ran.err;
  }
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 3) << ran.err;
  // The whole scope was searched: what the program needs, what that needs, and ld.elf_so.
  const std::string searched = "; looked in: " + Named("wanting") +
                               ", libexec/ld.elf_so/ld.elf_so, " + Named("libbase.so") + ", " +
                               Named("libtiny.so") + "\n";
  EXPECT_NE(ran.err.find(searched), std::string::npos) << ran.err;
}

TEST_P(Rtld, MissingLibraryNamesNeederAndPlaces) {
  const Finished ran = RunProgram("lonely", {}, {"LD_LIBRARY_PATH=/x:y"});
  EXPECT_EQ(ran.status, 127);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "ld.elf_so: " + Named("lonely") +
                         " needs 'libabsent.so': not found (searched /x, y, " + Origin() +
                         ", /lib, /usr/lib)\n");
}

TEST_P(Rtld, LibraryPathComesBeforeRunpathAndAfterRpath) {
  // A directory with a libleft.so that is no library at all tells who is asked first.
  const fs::path spoilt = Root() / "spoilt";
  fs::create_directories(spoilt);
  std::ofstream(spoilt / "libleft.so") << "not ELF";
  const Words environment = {"LD_LIBRARY_PATH=" + spoilt.string()};
  const Finished runpath = RunProgram("diamond", {}, environment);
  EXPECT_EQ(runpath.status, 127);
  EXPECT_EQ(runpath.err, "ld.elf_so: " + (spoilt / "libleft.so").string() + " (needed by " +
                             Named("diamond") + "): not an ELF file\n");
  const Finished rpath = RunProgram("diamond_rpath", {}, environment);
  EXPECT_EQ(rpath.err, "");
  EXPECT_EQ(rpath.status, 7);
}

TEST_P(Rtld, RpathIsInheritedAndRunpathIsNot) {
  EXPECT_EQ(RunProgram("heir_rpath").status, 141);
  const Finished runpath = RunProgram("heir_runpath");
  EXPECT_EQ(runpath.status, 127);
  EXPECT_EQ(runpath.err, "ld.elf_so: " + Named("libpoor.so") +
                             " needs 'libbase.so': not found (searched /lib, /usr/lib)\n");
}

TEST_P(Rtld, LibrariesAreFoundByTheEnvironment) {
  EXPECT_EQ(RunProgram("diamond_lost").status, 127);
  const Finished ran =
      RunProgram("diamond_lost", {}, {"LD_LIBRARY_PATH=" + std::string(kPrograms)});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.status, 7);
}

TEST_P(Rtld, DefaultPlacesAreNotSearchedForWhoSaysSo) {
  EXPECT_NE(
      RunProgram("diamond_lost")
          .err.find("needs 'libleft.so': not found (searched /nonexistent, /lib, /usr/lib)\n"),
      std::string::npos);
  const Finished strict = RunProgram("diamond_strict");
  EXPECT_EQ(strict.status, 127);
  EXPECT_NE(strict.err.find("needs 'libleft.so': not found (searched /nonexistent)\n"),
            std::string::npos)
      << strict.err;
}

TEST_P(Rtld, ProgramsSeeTheirImages) {
  const Finished ran = RunProgram("images");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out.substr(ran.out.find(' ')),
            " ld.elf_so libleft.so libtiny.so libbase.so same consistent\n");
  EXPECT_EQ(ran.status, 0);
}

// Where the part of a file that is loaded ends.
template <class Ehdr, class Phdr>
uintmax_t EndOfSegments(const std::string& bytes) {
  const auto& header = *reinterpret_cast<const Ehdr*>(bytes.data());
  const auto* const segments = reinterpret_cast<const Phdr*>(bytes.data() + header.e_phoff);
  uintmax_t end = 0;
  for (int i = 0; i < header.e_phnum; ++i) {
    if (segments[i].p_type != PT_LOAD) continue;
    end = std::max<uintmax_t>(end, segments[i].p_offset + segments[i].p_filesz);
  }
  return end;
}

uintmax_t LoadedBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  return bytes[EI_CLASS] == ELFCLASS64 ? EndOfSegments<Elf64_Ehdr, Elf64_Phdr>(bytes)
                                       : EndOfSegments<Elf32_Ehdr, Elf32_Phdr>(bytes);
}

TEST_P(Rtld, EveryCutLibraryIsRefusedNotCrashed) {
  const fs::path cut = Root() / "cut" / TestSuffix();
  fs::create_directories(cut);
  const uintmax_t size = LoadedBytes(Root() / InPrograms("libbase.so"));
  // Header, program headers, dynamic section, data: wherever the file ends.
  for (const uintmax_t length : {uintmax_t{0}, uintmax_t{3}, uintmax_t{40}, uintmax_t{100},
                                 uintmax_t{0x200}, size / 2, size - 1}) {
    ASSERT_LT(length, size);
    fs::copy_file(Root() / InPrograms("libbase.so"), cut / "libbase.so",
                  fs::copy_options::overwrite_existing);
    fs::permissions(cut / "libbase.so", fs::perms::owner_all);
    fs::resize_file(cut / "libbase.so", length);
    const Finished ran = RunProgram("diamond", {}, {"LD_LIBRARY_PATH=" + cut.string()});
    EXPECT_EQ(ran.status, length == 0 ? 7 : 127) << length << ": " << ran.err;
  }
}

TEST_P(Rtld, DebugTopicsTellTheirPart) {
  const std::string files = RunProgram("diamond", {}, {"LD_DEBUG=files"}).err;
  EXPECT_NE(files.find("ld.elf_so: files: " + Named("libleft.so") + " at 0x"), std::string::npos);
  const std::string libs = RunProgram("diamond", {}, {"LD_DEBUG=libs"}).err;
  EXPECT_NE(libs.find("ld.elf_so: libs: DT_RUNPATH: " + Named("libleft.so")), std::string::npos);
  const std::string bindings = RunProgram("diamond", {}, {"LD_DEBUG=bindings"}).err;
  EXPECT_NE(bindings.find("ld.elf_so: bindings: " + Named("libleft.so") + " to " +
                          Named("libbase.so") + ": `base_value'"),
            std::string::npos);
  const std::string statistics = RunProgram("diamond", {}, {"LD_DEBUG=statistics"}).err;
  EXPECT_NE(statistics.find("ld.elf_so: statistics: images: 6\n"), std::string::npos);
  const std::string reloc = RunProgram("diamond", {}, {"LD_DEBUG=reloc"}).err;
  EXPECT_NE(reloc.find("ld.elf_so: reloc: " + Named("diamond") + ": "), std::string::npos);
  EXPECT_EQ(RunProgram("diamond", {}, {"LD_DEBUG=nothing"}).err,
            "ld.elf_so: LD_DEBUG: unknown topic nothing\n");
}

TEST_P(Rtld, TraceListsAndRunsNothing) {
  const Finished ran = RunProgram("diamond", {}, {"LD_TRACE_LOADED_OBJECTS=1"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "\tld.elf_so.1 => libexec/ld.elf_so/ld.elf_so\n\tlibleft.so => " +
                         Named("libleft.so") + "\n\tlibright.so => " + Named("libright.so") +
                         "\n\tlibtiny.so => " + Named("libtiny.so") + "\n\tlibbase.so => " +
                         Named("libbase.so") + "\n");
}

bool IsEmulated() { return getenv("EMULATOR") != nullptr; }

TEST(RtldDebugger, GdbKnowsTheLibrariesAndStopsInThem) {
  if (IsEmulated()) GTEST_SKIP() << "GDB would debug the emulator, not what it runs";
  const Finished ran = Execute({"/usr/bin/gdb", "-batch", "-nx", "-ex", "set breakpoint pending on",
                                "-ex", "break base_value", "-ex", "run", "-ex",
                                "info sharedlibrary", "-ex", "backtrace", InPrograms("diamond")});
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("\nBreakpoint 1, "), std::string::npos) << ran.out << ran.err;
  for (const char* library : {"libleft.so", "libright.so", "libbase.so", "libtiny.so"}) {
    EXPECT_NE(ran.out.find((Root() / InPrograms(library)).string() + "\n"), std::string::npos)
        << library << " in\n"
        << ran.out;
  }
  EXPECT_NE(ran.out.find(" in left_value ()"), std::string::npos) << ran.out;
}

TEST(RtldCommand, ListShowsWhatIsMissing) {
  const Finished ran = Command({"--list", InPrograms("lonely")});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "\tld.elf_so.1 => libexec/ld.elf_so/ld.elf_so\n\tlibleft.so => tests/rtld/libleft.so\n"
            "\tlibtiny.so => tests/rtld/libtiny.so\n\tlibbase.so => tests/rtld/libbase.so\n"
            "\tlibabsent.so => not found\n");
}

TEST(RtldCommand, OptionsChangeWhatTheProgramSees) {
  const Finished ran = Command({"--library-path", kPrograms, "--preload", "libinterposer.so",
                                "--argv0", "other", InPrograms("weak")});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "+preloaded1 +preloaded2 null hijacked\n-preloaded2 -preloaded1 ");
}

TEST(RtldCommand, VerifySaysWhetherItCouldRun) {
  EXPECT_EQ(Command({"--verify", InPrograms("diamond")}).status, 0);
  const Finished library = Command({"--verify", InPrograms("libbase.so")});
  EXPECT_EQ(library.status, 1);
  EXPECT_EQ(library.out + library.err, "");
  EXPECT_EQ(Command({"--verify", "/nonexistent"}).status, 1);
}

TEST(RtldCommand, WhatIsNoProgramIsRefused) {
  EXPECT_EQ(Command({InPrograms("libbase.so")}).err,
            "ld.elf_so: tests/rtld/libbase.so: has no entry point: a library, not a program\n");
  EXPECT_EQ(Command({"/nonexistent"}).err, "ld.elf_so: /nonexistent: no such file\n");
  EXPECT_EQ(Command({"/"}).err, "ld.elf_so: /: cannot be read\n");
  const Finished text = Command({"/etc/passwd"});
  EXPECT_EQ(text.status, 127);
  EXPECT_EQ(text.err, "ld.elf_so: /etc/passwd: not an ELF file\n");
}

TEST(RtldCommand, ProgramsOfAForeignLibcAreRefusedByName) {
  if (IsEmulated()) GTEST_SKIP() << "the host has no program of this CPU with a C library";
  const Finished ran = Command({"/bin/true"});
  EXPECT_EQ(ran.status, 127);
  EXPECT_EQ(ran.err,
            "ld.elf_so: /bin/true needs libc.so.6, a C library with its own run-time linker: not "
            "supported\n");
}

TEST(RtldCommand, UsageErrors) {
  const Finished none = Command({});
  EXPECT_EQ(none.status, 127);
  EXPECT_EQ(none.err.rfind("ld.elf_so: no program given\nusage: ld.elf_so ", 0), 0u) << none.err;
  EXPECT_EQ(Command({"--nonsense"}).err.rfind("ld.elf_so: --nonsense is no option\nusage: ", 0),
            0u);
  const Finished help = Command({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.out.rfind("usage: ld.elf_so ", 0), 0u);
}

}  // namespace
