// SPDX-License-Identifier: BSD-2-Clause

#include "tests/boot/gdb.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/newc.h"

namespace boot {
namespace {

using Strings = std::vector<std::string>;

// A fresh folder with a short path, gone at the end.
class Folder {
 public:
  Folder() {
    if (mkdtemp(path_) == nullptr) ADD_FAILURE() << "mkdtemp";
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/gdbtest.XXXXXX";
};

std::string Content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return in ? content.str() : "cannot read " + path;
}

TEST(UnpackModules, WritesModulesOfAllArchivesAndNothingElse) {
  tools::NewcArchive system, extra;
  ASSERT_TRUE(system.AddFile("/boot/kernel", 0755, "kernel"));
  ASSERT_TRUE(system.AddFile("/boot/modules/a.kld", 0755, "old a"));
  ASSERT_TRUE(system.AddFile("/boot/modules/b.kld", 0755, "b"));
  ASSERT_TRUE(system.AddSymlink("/boot/modules/c.kld", "b.kld"));
  ASSERT_TRUE(extra.AddFile("/boot/modules/a.kld", 0755, "new a"));
  ASSERT_TRUE(extra.AddFile("/extra/d.kld", 0755, "d"));
  const Folder folder;
  std::string error;
  const std::string root = folder.path();
  EXPECT_EQ(UnpackModules(system.Serialise() + extra.Serialise(), root, &error),
            (Strings{root + "/boot/modules", root + "/extra"}));
  EXPECT_EQ(error, "");
  EXPECT_EQ(Content(root + "/boot/modules/a.kld"), "new a");
  EXPECT_EQ(Content(root + "/boot/modules/b.kld"), "b");
  EXPECT_EQ(Content(root + "/extra/d.kld"), "d");
  EXPECT_FALSE(std::filesystem::exists(root + "/boot/kernel"));
  EXPECT_FALSE(std::filesystem::exists(root + "/boot/modules/c.kld"));
}

TEST(UnpackModules, SaysWhereAnArchiveBreaksOff) {
  const Folder folder;
  std::string error;
  EXPECT_EQ(UnpackModules("070701", folder.path(), &error), Strings());
  EXPECT_EQ(error, "the archive at offset 0: header cut off");
}

TEST(UnpackModules, RefusesPathsThatLeaveTheFolder) {
  // NewcArchive does not write such a name: one of the same length is changed afterwards.
  tools::NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/aa/bb/c.kld", 0755, "c"));
  std::string bytes = archive.Serialise();
  const size_t at = bytes.rfind("aa/bb/c.kld");
  bytes.replace(at, 6, "../../");
  const Folder folder;
  std::string error;
  EXPECT_EQ(UnpackModules(bytes, folder.path() + "/x/y", &error), Strings());
  EXPECT_EQ(error, "the archive's ../../c.kld lies outside it");
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/c.kld"));
}

TEST(UnpackModules, SaysWhatItCannotWrite) {
  tools::NewcArchive archive;
  ASSERT_TRUE(archive.AddFile("/a.kld", 0755, "a"));
  std::string error;
  EXPECT_EQ(UnpackModules(archive.Serialise(), "/proc/nowhere", &error), Strings());
  EXPECT_EQ(error, "cannot write /proc/nowhere/a.kld");
}

TEST(ListenAt, TakesAConnectionBeforeAnybodyAccepts) {
  const Folder folder;
  const std::string path = folder.path() + "/gdb";
  const int listening = ListenAt(path);
  ASSERT_GE(listening, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(client);
  close(listening);
}

TEST(ListenAt, RefusesPathsThatASocketCannotHave) {
  EXPECT_EQ(ListenAt("/tmp/" + std::string(108, 'x')), -1);
  EXPECT_EQ(errno, ENAMETOOLONG);
  EXPECT_EQ(ListenAt("/proc/nowhere/gdb"), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST(GdbCommand, IsOneLineForTheShell) {
  EXPECT_EQ(GdbCommand({"/b/kernel", "/s/target.xml", "/it's"}, "/t/gdb", "/t/root",
                       {"/t/root/boot/modules", "/t/root/extra"}),
            "gdb -d '/it'\\''s' -ex 'set tdesc filename /s/target.xml' -ex 'set sysroot /t/root'"
            " -ex 'set solib-search-path /t/root/boot/modules:/t/root/extra'"
            " -ex 'set trust-readonly-sections on' -ex 'target remote /t/gdb' '/b/kernel'");
  EXPECT_EQ(GdbCommand({"kernel", "", "", "gdb-multiarch"}, "/t/gdb", "/t/root", {}),
            "gdb-multiarch -ex 'set sysroot /t/root' -ex 'set trust-readonly-sections on'"
            " -ex 'target remote /t/gdb' 'kernel'");
}

}  // namespace
}  // namespace boot
