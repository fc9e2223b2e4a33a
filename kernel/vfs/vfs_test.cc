// SPDX-License-Identifier: BSD-2-Clause
// Path walking, permissions, the RAM file system and the unpacking of archives.

#include "kernel/vfs/vfs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/vfs/mounts.h"
#include "kernel/vfs/ramfs.h"

namespace vfs {
namespace {

using base::Errno;
using base::Error;

uint64_t g_time = 1000;

// The tree of most tests:
//
//   /dev  /bin/busybox  /bin/sh -> busybox  /abs -> /bin  /loop -> loop  /dir/sub/  /file
//   /private (0700, uid 0)  /private/x  /tmp (1777)
class VfsTest : public testing::Test {
 protected:
  void SetUp() override {
    SetClock([] { return g_time; });
    ASSERT_EQ(Initialize(), Error::kOk);
    root_ = KernelContext();
    Directory("/bin");
    Write("/bin/busybox", "ELF");
    ASSERT_EQ(MakeSymlink(root_, "busybox", "/bin/sh"), Error::kOk);
    ASSERT_EQ(MakeSymlink(root_, "/bin", "/abs"), Error::kOk);
    ASSERT_EQ(MakeSymlink(root_, "loop", "/loop"), Error::kOk);
    Directory("/dir");
    Directory("/dir/sub");
    Write("/file", "text");
    Directory("/private", 0700);
    Write("/private/x", "secret");
    Directory("/tmp", 01777);
    user_ = root_;
    user_.who.uid = user_.who.euid = user_.who.suid = 1000;
    user_.who.gid = user_.who.egid = user_.who.sgid = 1000;
    user_.umask = 022;
  }

  void Directory(const char* path, uint32_t mode = 0755) {
    ASSERT_EQ(MakeNode(root_, path, Kind::kDirectory, mode, 0), Error::kOk) << path;
  }
  void Write(const char* path, std::string_view text) {
    auto file = Open(root_, path, kOpenWrite | kOpenCreate | kOpenTruncate, 0644);
    ASSERT_TRUE(file.ok()) << path;
    ASSERT_EQ(file.value()->Write(text.data(), text.size()).value(), text.size());
  }
  static std::string Text(const Context& context, const char* path) {
    auto file = Open(context, path, kOpenRead);
    if (!file.ok()) return "errno " + std::to_string(base::Number(file.error()));
    std::string text(file.value()->Stat().size, '?');
    EXPECT_EQ(ReadExactly(*file.value(), 0, text.data(), text.size()), Error::kOk);
    return text;
  }
  static int Code(const base::Result<NodeRef>& result) { return base::Number(result.error()); }
  std::vector<std::string> List(const char* path) {
    auto file = Open(root_, path, kOpenRead | kOpenDirectory);
    EXPECT_TRUE(file.ok());
    std::vector<std::string> names;
    DirectoryEntry entry;
    char name[kNameMax];
    while (base::Ok(file.value()->ReadDirectory(&entry, name))) names.emplace_back(entry.name);
    return names;
  }

  Context root_;
  Context user_;
};

TEST_F(VfsTest, WalksEveryKindOfPath) {
  const struct {
    const char* path;
    int error;
  } kCases[] = {
      {"/", 0},
      {"//bin///busybox", 0},
      {"/bin/", 0},
      {"/bin/.", 0},
      {"/bin/..", 0},
      {"/..", 0},
      {"/../../bin/busybox", 0},
      {"bin/busybox", 0},
      {".", 0},
      {"/bin/sh", 0},
      {"/abs/sh", 0},
      {"/abs/", 0},
      {"/abs/../bin", 0},
      {"", ENOENT},
      {"/nothing", ENOENT},
      {"/nothing/more", ENOENT},
      {"/file/", ENOTDIR},
      {"/file/x", ENOTDIR},
      {"/file/.", ENOTDIR},
      {"/bin/sh/", ENOTDIR},
      {"/loop", ELOOP},
      {"/loop/x", ELOOP},
  };
  for (const auto& c : kCases) EXPECT_EQ(Code(Walk(root_, c.path)), c.error) << c.path;
}

TEST_F(VfsTest, BoundsNamesAndPaths) {
  const std::string longest(kNameMax, 'n');
  EXPECT_EQ(Code(Walk(root_, longest)), ENOENT);
  EXPECT_EQ(Code(Walk(root_, longest + "n")), ENAMETOOLONG);
  std::string path;
  while (path.size() < kPathMax) path += "/.";
  EXPECT_EQ(Code(Walk(root_, path)), ENAMETOOLONG);
  path.resize(kPathMax - 2);
  EXPECT_EQ(Code(Walk(root_, path)), 0);
}

TEST_F(VfsTest, FollowsExactlyTheAllowedNumberOfSymlinks) {
  // l0 -> file, l1 -> l0, ...
  ASSERT_EQ(MakeSymlink(root_, "file", "/l0"), Error::kOk);
  for (unsigned i = 1; i <= kSymlinkMax; ++i) {
    ASSERT_EQ(MakeSymlink(root_, "l" + std::to_string(i - 1), "/l" + std::to_string(i)),
              Error::kOk);
  }
  EXPECT_EQ(Code(Walk(root_, "/l" + std::to_string(kSymlinkMax - 1))), 0);
  EXPECT_EQ(Code(Walk(root_, "/l" + std::to_string(kSymlinkMax))), ELOOP);
}

TEST_F(VfsTest, DoesNotFollowTheLastSymlinkUnlessAsked) {
  EXPECT_EQ(Walk(root_, "/bin/sh", 0).value()->Stat().kind, Kind::kSymlink);
  EXPECT_EQ(Walk(root_, "/bin/sh").value()->Stat().kind, Kind::kRegular);
  EXPECT_EQ(Walk(root_, "/abs/", 0).value()->Stat().kind, Kind::kDirectory);
  EXPECT_EQ(base::Number(Open(root_, "/bin/sh", kOpenRead | kOpenNoFollow).error()), ELOOP);
}

TEST_F(VfsTest, StartsRelativePathsWhereToldAndStaysBelowTheRoot) {
  Context inner = root_;
  inner.root = Walk(root_, "/dir").value();
  inner.cwd = Walk(root_, "/dir/sub").value();
  EXPECT_EQ(Walk(inner, "../../..").value().get(), inner.root.get());
  EXPECT_EQ(Code(Walk(inner, "/bin")), ENOENT);
  NodeRef bin = Walk(root_, "/bin").value();
  EXPECT_EQ(Code(Walk(root_, "busybox", kFollow, bin.get())), 0);
  EXPECT_EQ(Code(Walk(root_, "/busybox", kFollow, bin.get())), ENOENT);
}

TEST_F(VfsTest, ChecksPermissionsOnTheWayAndAtTheEnd) {
  EXPECT_EQ(Text(root_, "/private/x"), "secret");
  EXPECT_EQ(Text(user_, "/private/x"), "errno " + std::to_string(EACCES));
  EXPECT_EQ(Text(user_, "/file"), "text");
  EXPECT_EQ(base::Number(Open(user_, "/file", kOpenWrite).error()), EACCES);
  EXPECT_EQ(base::Number(Open(user_, "/new", kOpenWrite | kOpenCreate).error()), EACCES);
  EXPECT_EQ(Remove(user_, "/file", false), Errno(EACCES));
}

TEST_F(VfsTest, StickyDirectoryProtectsOthersFiles) {
  Write("/tmp/roots", "");
  ASSERT_TRUE(Open(user_, "/tmp/mine", kOpenWrite | kOpenCreate).ok());
  EXPECT_EQ(Remove(user_, "/tmp/roots", false), Errno(EPERM));
  EXPECT_EQ(Remove(user_, "/tmp/mine", false), Error::kOk);
}

TEST_F(VfsTest, OpensAsOpen2Says) {
  const auto code = [&](const char* path, unsigned flags) {
    return base::Number(Open(root_, path, flags).error());
  };
  EXPECT_EQ(code("/file", kOpenWrite | kOpenCreate | kOpenExclusive), EEXIST);
  EXPECT_EQ(code("/loop", kOpenWrite | kOpenCreate | kOpenExclusive), EEXIST);
  EXPECT_EQ(code("/bin", kOpenWrite), EISDIR);
  EXPECT_EQ(code("/new/", kOpenWrite | kOpenCreate), EISDIR);
  EXPECT_EQ(code("/file", kOpenRead | kOpenDirectory), ENOTDIR);
  EXPECT_EQ(code("/new", kOpenRead), ENOENT);
  EXPECT_EQ(code("/nowhere/new", kOpenWrite | kOpenCreate), ENOENT);
}

TEST_F(VfsTest, NewFilesGetModeOwnerAndUmask) {
  user_.umask = 027;
  ASSERT_TRUE(Open(user_, "/tmp/f", kOpenWrite | kOpenCreate, 0666).ok());
  const Attributes attributes = Walk(root_, "/tmp/f").value()->Stat();
  EXPECT_EQ(attributes.mode, 0640u);
  EXPECT_EQ(attributes.uid, 1000u);
  EXPECT_EQ(attributes.gid, 1000u);
}

TEST_F(VfsTest, ReadsWritesSeeksAndTruncates) {
  auto file = Open(root_, "/big", kOpenRead | kOpenWrite | kOpenCreate).value();
  const std::string block(3 * mm::kPageSize + 17, 'b');
  EXPECT_EQ(file->Write(block.data(), block.size()).value(), block.size());
  EXPECT_EQ(file->Seek(100, Whence::kEnd).value(), block.size() + 100);
  EXPECT_EQ(file->Write("end", 3).value(), 3u);
  EXPECT_EQ(file->Stat().size, block.size() + 103);
  std::string hole(100, '?');
  EXPECT_EQ(file->ReadAt(block.size(), hole.data(), 100).value(), 100u);
  EXPECT_EQ(hole, std::string(100, '\0'));
  EXPECT_EQ(base::Number(file->Seek(-1, Whence::kSet).error()), EINVAL);
  // What shrinking cuts off reads as zero after growing again.
  EXPECT_EQ(file->Truncate(10), Error::kOk);
  EXPECT_EQ(file->Truncate(20), Error::kOk);
  char twenty[20];
  EXPECT_EQ(file->ReadAt(0, twenty, 20).value(), 20u);
  EXPECT_EQ(std::string(twenty, 20), std::string(10, 'b') + std::string(10, '\0'));
  EXPECT_EQ(file->ReadAt(20, twenty, 1).value(), 0u);
}

TEST_F(VfsTest, AppendsAtTheEndWhateverTheOffset) {
  auto file = Open(root_, "/file", kOpenWrite | kOpenAppend).value();
  EXPECT_EQ(file->Write("+", 1).value(), 1u);
  Write("/file", "other text");
  EXPECT_EQ(file->Write("+", 1).value(), 1u);
  EXPECT_EQ(Text(root_, "/file"), "other text+");
}

TEST_F(VfsTest, VersionsChangeWithContentsOnly) {
  auto file = Open(root_, "/file", kOpenRead | kOpenWrite).value();
  const uint64_t first = file->Stat().version;
  char byte;
  EXPECT_EQ(file->ReadAt(0, &byte, 1).value(), 1u);
  EXPECT_EQ(MakeLink(root_, *file->node(), "/file2"), Error::kOk);
  EXPECT_EQ(file->Stat().version, first);
  EXPECT_EQ(file->WriteAt(0, "T", 1).value(), 1u);
  const uint64_t second = file->Stat().version;
  EXPECT_NE(second, first);
  EXPECT_EQ(file->Truncate(4), Error::kOk);
  EXPECT_NE(file->Stat().version, second);
}

TEST_F(VfsTest, MountsCoverDirectoriesAndLeadOutAgain) {
  NodeRef tree = CreateRamTree().value();
  NodeRef place = Walk(root_, "/dir/sub").value();
  ASSERT_EQ(place->Mount(tree), Error::kOk);
  EXPECT_EQ(place->Mount(CreateRamTree().value()), Errno(EBUSY));
  EXPECT_EQ(Walk(root_, "/file").value()->Mount(tree), Errno(ENOTDIR));
  Write("/dir/sub/inside", "x");
  EXPECT_EQ(place->Lookup("inside").error(), Errno(ENOENT));
  EXPECT_EQ(Walk(root_, "/dir/sub/..").value().get(), Walk(root_, "/dir").value().get());
  char path[64];
  EXPECT_EQ(PathOfDirectory(root_, *tree, path, sizeof path).value(), 8u);
  EXPECT_STREQ(path, "/dir/sub");
  EXPECT_EQ(Remove(root_, "/dir/sub", true), Errno(EBUSY));
  EXPECT_EQ(MakeLink(root_, *Walk(root_, "/file").value(), "/dir/sub/link"), Errno(EXDEV));
  EXPECT_EQ(Move(root_, "/file", nullptr, "/dir/sub/moved", nullptr, true), Errno(EXDEV));
  EXPECT_EQ(tree->Unlink("inside", false), Error::kOk);
  EXPECT_EQ(tree->Unmount(), Error::kOk);
  EXPECT_EQ(tree->Unmount(), Errno(EINVAL));
  EXPECT_EQ(Remove(root_, "/dir/sub", true), Error::kOk);
}

TEST_F(VfsTest, TheMountTableListsWhatIsMounted) {
  MountInfo info;
  EXPECT_FALSE(ListMount(0, &info));
  ASSERT_EQ(MountAt(root_, "/abs", "tmpfs", CreateRamTree().value()), Error::kOk);
  ASSERT_EQ(MountAt(root_, "/dir/sub", "other", CreateRamTree().value()), Error::kOk);
  EXPECT_EQ(MountAt(root_, "/file", "tmpfs", CreateRamTree().value()), Errno(ENOTDIR));
  EXPECT_EQ(MountAt(root_, "/none", "tmpfs", CreateRamTree().value()), Errno(ENOENT));
  ASSERT_TRUE(ListMount(0, &info));
  EXPECT_STREQ(info.path, "/bin");
  EXPECT_STREQ(info.type, "tmpfs");
  EXPECT_EQ(UnmountAt(root_, "/dir"), Errno(EINVAL));
  EXPECT_EQ(UnmountAt(root_, "/bin"), Error::kOk);
  ASSERT_TRUE(ListMount(0, &info));
  EXPECT_STREQ(info.path, "/dir/sub");
  EXPECT_FALSE(ListMount(1, &info));
  EXPECT_EQ(UnmountAt(root_, "/dir/sub"), Error::kOk);
}

TEST_F(VfsTest, HolesTakeNoFrames) {
  const uint64_t before = mm::CountFrames().free;
  auto file = Open(root_, "/hole", kOpenWrite | kOpenCreate).value();
  EXPECT_EQ(file->Truncate(uint64_t{1} << 30), Error::kOk);
  EXPECT_EQ(mm::CountFrames().free, before);
  EXPECT_EQ(file->Stat().blocks, 0u);
  EXPECT_EQ(file->WriteAt(5 * mm::kPageSize, "x", 1).value(), 1u);
  EXPECT_EQ(mm::CountFrames().free, before - 1);
  EXPECT_EQ(file->Stat().blocks, 8u);
}

TEST_F(VfsTest, RemovedFilesLiveWhileOpenAndThenGiveEverythingBack) {
  const uint64_t frames = mm::CountFrames().free;
  const mm::HeapCounts heap = mm::CountHeap();
  {
    auto file = Open(root_, "/tmp/gone", kOpenRead | kOpenWrite | kOpenCreate).value();
    EXPECT_EQ(file->Write("data", 4).value(), 4u);
    EXPECT_EQ(Remove(root_, "/tmp/gone", false), Error::kOk);
    EXPECT_EQ(file->Stat().links, 0u);
    char data[4];
    EXPECT_EQ(file->ReadAt(0, data, 4).value(), 4u);
  }
  EXPECT_EQ(mm::CountFrames().free, frames);
  EXPECT_LE(mm::CountHeap().blocks, heap.blocks + 1);  // the directory's array may have grown
}

TEST_F(VfsTest, HardLinksShareOneNode) {
  NodeRef file = Walk(root_, "/file").value();
  EXPECT_EQ(MakeLink(root_, *file, "/dir/link"), Error::kOk);
  EXPECT_EQ(file->Stat().links, 2u);
  EXPECT_EQ(Walk(root_, "/dir/link").value().get(), file.get());
  EXPECT_EQ(MakeLink(root_, *file, "/dir/link"), Errno(EEXIST));
  EXPECT_EQ(MakeLink(root_, *Walk(root_, "/dir").value(), "/dir2"), Errno(EPERM));
  EXPECT_EQ(Remove(root_, "/file", false), Error::kOk);
  EXPECT_EQ(Text(root_, "/dir/link"), "text");
}

TEST_F(VfsTest, RemovesAsUnlinkAndRmdirSay) {
  const struct {
    const char* path;
    bool directory;
    int error;
  } kCases[] = {
      {"/dir", false, EISDIR},    {"/dir", true, ENOTEMPTY},  {"/file", true, ENOTDIR},
      {"/file/", false, ENOTDIR}, {"/dir/.", true, EINVAL},   {"/dir/..", true, ENOTEMPTY},
      {"/", true, EBUSY},         {"/nothing", true, ENOENT}, {"/dir/sub", true, 0},
      {"/dir/", true, 0},         {"/loop", false, 0},        {"/abs", false, 0},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Remove(root_, c.path, c.directory), Errno(c.error)) << c.path;
  }
}

TEST_F(VfsTest, RenamesAsRenameSays) {
  const auto move = [&](const char* from, const char* to) {
    return base::Number(Move(root_, from, nullptr, to, nullptr, true));
  };
  EXPECT_EQ(move("/dir", "/dir/sub/deeper"), EINVAL);
  EXPECT_EQ(move("/file", "/dir"), EISDIR);
  EXPECT_EQ(move("/dir", "/file"), ENOTDIR);
  EXPECT_EQ(move("/bin", "/dir"), ENOTEMPTY);
  EXPECT_EQ(move("/file/", "/file2"), ENOTDIR);
  EXPECT_EQ(move("/file", "/file"), 0);
  EXPECT_EQ(move("/file", "/bin/busybox"), 0);
  EXPECT_EQ(Text(root_, "/bin/sh"), "text");
  EXPECT_EQ(Code(Walk(root_, "/file")), ENOENT);
  EXPECT_EQ(move("/dir/sub", "/tmp/moved"), 0);
  EXPECT_EQ(Walk(root_, "/tmp/moved/..").value().get(), Walk(root_, "/tmp").value().get());
  EXPECT_EQ(Walk(root_, "/dir").value()->Stat().links, 2u);
  EXPECT_EQ(Walk(root_, "/tmp").value()->Stat().links, 3u);
  EXPECT_EQ(Move(root_, "/loop", nullptr, "/abs", nullptr, false), Errno(EEXIST));
}

TEST_F(VfsTest, ListsOnWhileNamesComeAndGo) {
  EXPECT_EQ(List("/bin"), (std::vector<std::string>{".", "..", "busybox", "sh"}));
  auto directory = Open(root_, "/bin", kOpenRead).value();
  DirectoryEntry entry;
  char name[kNameMax];
  for (int i = 0; i < 3; ++i) ASSERT_EQ(directory->ReadDirectory(&entry, name), Error::kOk);
  EXPECT_EQ(entry.name, "busybox");
  ASSERT_EQ(Remove(root_, "/bin/busybox", false), Error::kOk);
  Write("/bin/new", "");
  ASSERT_EQ(directory->ReadDirectory(&entry, name), Error::kOk);
  EXPECT_EQ(entry.name, "sh");
  ASSERT_EQ(directory->ReadDirectory(&entry, name), Error::kOk);
  EXPECT_EQ(entry.name, "new");
  EXPECT_EQ(directory->ReadDirectory(&entry, name), Errno(ENOENT));
}

TEST_F(VfsTest, NamesDirectoriesAbsolutely) {
  char path[64];
  const auto absolute = [&](const char* of, size_t capacity = sizeof path) {
    const auto length = AbsolutePath(root_, of, path, capacity);
    return length.ok() ? std::string(path, length.value())
                       : "errno " + std::to_string(base::Number(length.error()));
  };
  root_.cwd = Walk(root_, "/dir/sub").value();
  EXPECT_EQ(absolute("."), "/dir/sub");
  EXPECT_EQ(absolute("file.kld"), "/dir/sub/file.kld");
  EXPECT_EQ(absolute("/abs/x"), "/bin/x");
  EXPECT_EQ(absolute("/x"), "/x");
  EXPECT_EQ(absolute("/"), "/");
  EXPECT_EQ(absolute("file.kld", 18), "/dir/sub/file.kld");
  EXPECT_EQ(absolute("file.kld", 17), "errno " + std::to_string(ERANGE));
  ASSERT_EQ(Remove(root_, "/dir/sub", true), Error::kOk);
  EXPECT_EQ(absolute("."), "errno " + std::to_string(ENOENT));
}

TEST_F(VfsTest, ResolvesSymlinksInNames) {
  char path[64];
  const auto resolved = [&](const char* of, size_t capacity = sizeof path) {
    const auto length = ResolvedPath(root_, of, path, capacity);
    return length.ok() ? std::string(path, length.value())
                       : "errno " + std::to_string(base::Number(length.error()));
  };
  EXPECT_EQ(resolved("/abs/sh"), "/bin/busybox");
  EXPECT_EQ(resolved("/bin/busybox"), "/bin/busybox");
  EXPECT_EQ(resolved("file"), "/file");
  EXPECT_EQ(resolved("/abs"), "/bin");
  EXPECT_EQ(resolved("/"), "/");
  EXPECT_EQ(resolved("/abs/none"), "errno " + std::to_string(ENOENT));
  EXPECT_EQ(resolved("/abs/sh", 12), "errno " + std::to_string(ERANGE));
}

TEST_F(VfsTest, OnlyTheOwnerChangesAttributesAndOwnershipDropsSetId) {
  NodeRef file = Walk(root_, "/file").value();
  AttributeChange change;
  change.fields = AttributeChange::kMode;
  change.mode = 04755;
  EXPECT_EQ(ChangeAttributes(user_, *file, change), Errno(EPERM));
  EXPECT_EQ(ChangeAttributes(root_, *file, change), Error::kOk);
  change.fields = AttributeChange::kUid;
  change.uid = 1000;
  EXPECT_EQ(ChangeAttributes(root_, *file, change), Error::kOk);
  EXPECT_EQ(file->Stat().mode, 0755u);
  change.fields = AttributeChange::kGid;
  change.gid = 0;
  EXPECT_EQ(ChangeAttributes(user_, *file, change), Errno(EPERM));
}

TEST_F(VfsTest, CreatingFailsCleanlyAtEveryAllocation) {
  for (uint64_t nth = 1; nth <= 12; ++nth) {
    const auto before = List("/tmp");
    mm::FailAllocationAfter(nth);
    const bool made = MakeSymlink(root_, "somewhere", "/tmp/link") == Error::kOk;
    mm::FailAllocationAfter(0);
    if (made) {
      EXPECT_EQ(List("/tmp").size(), before.size() + 1);
      ASSERT_EQ(Remove(root_, "/tmp/link", false), Error::kOk);
    } else {
      EXPECT_EQ(List("/tmp"), before);
    }
  }
}

// A newc archive.
class Archive {
 public:
  Archive& Add(const std::string& name, uint32_t mode, const std::string& data, uint32_t links = 1,
               uint32_t inode = 0) {
    char header[111];
    std::snprintf(header, sizeof header,
                  "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", inode, mode, 5u, 6u,
                  links, 7u, static_cast<unsigned>(data.size()), 0u, 0u, 0u, 0u,
                  static_cast<unsigned>(name.size() + 1), 0u);
    bytes_ += std::string(header, 110) + name + '\0';
    Align();
    bytes_ += data;
    Align();
    return *this;
  }
  Archive& End() { return Add("TRAILER!!!", 0, ""); }
  const std::string& bytes() const { return bytes_; }

 private:
  void Align() {
    while (bytes_.size() % 4) bytes_ += '\0';
  }
  std::string bytes_;
};

TEST_F(VfsTest, UnpacksConcatenatedArchivesLaterOnesWin) {
  Archive archive;
  archive.Add("./etc", 040700, "")
      .Add("etc/a", 0100600, "one")
      .Add("deep/down/b", 0100644, "bb")
      .Add("etc/l", 0120777, "a")
      .End()
      .Add("etc/a", 0100600, "second")
      .Add("extra/h1", 0100644, "", 2, 9)
      .Add("extra/h2", 0100644, "linked", 2, 9)
      .End();
  ASSERT_EQ(UnpackInPlace(archive.bytes().data(), archive.bytes().size()), Error::kOk);
  EXPECT_EQ(Text(root_, "/etc/a"), "second");
  EXPECT_EQ(Text(root_, "/etc/l"), "second");
  EXPECT_EQ(Text(root_, "/deep/down/b"), "bb");
  EXPECT_EQ(Text(root_, "/extra/h1"), "linked");
  EXPECT_EQ(Walk(root_, "/extra/h1").value()->Stat().links, 2u);
  const Attributes etc = Walk(root_, "/etc").value()->Stat();
  EXPECT_EQ(etc.mode, 0700u);
  EXPECT_EQ(etc.uid, 5u);
  EXPECT_EQ(etc.gid, 6u);
  EXPECT_EQ(Walk(root_, "/etc/a").value()->Stat().modified_ns, 7'000'000'000u);
}

TEST_F(VfsTest, ArchivesFilesAreCopiedPageByPageWhenWritten) {
  const std::string first(mm::kPageSize, '1');
  const std::string second(mm::kPageSize, '2');
  Archive archive;
  archive.Add("fresh", 0100644, first + second + "end").End();
  const std::string before = archive.bytes();
  const uint64_t frames = mm::CountFrames().free;
  ASSERT_EQ(UnpackInPlace(archive.bytes().data(), archive.bytes().size()), Error::kOk);
  EXPECT_EQ(mm::CountFrames().free, frames);
  auto file = Open(root_, "/fresh", kOpenRead | kOpenWrite).value();
  EXPECT_EQ(file->Stat().blocks, 24u);
  EXPECT_EQ(file->WriteAt(mm::kPageSize + 1, "x", 1).value(), 1u);
  EXPECT_EQ(mm::CountFrames().free, frames - 1);
  EXPECT_EQ(file->Stat().blocks, 24u);
  std::string changed = first + second + "end";
  changed[mm::kPageSize + 1] = 'x';
  EXPECT_EQ(Text(root_, "/fresh"), changed);
  // Cut in the backing, then extended over it: zeros, not what was there.
  EXPECT_EQ(file->Truncate(10), Error::kOk);
  EXPECT_EQ(mm::CountFrames().free, frames);
  EXPECT_EQ(file->Truncate(12), Error::kOk);
  EXPECT_EQ(Text(root_, "/fresh"), std::string(10, '1') + std::string(2, '\0'));
  EXPECT_EQ(file->WriteAt(mm::kPageSize, "y", 1).value(), 1u);
  EXPECT_EQ(file->WriteAt(0, "z", 1).value(), 1u);
  EXPECT_EQ(Text(root_, "/fresh"),
            "z" + std::string(9, '1') + std::string(mm::kPageSize - 10, '\0') + "y");
  EXPECT_EQ(archive.bytes(), before);
}

TEST_F(VfsTest, DamagedArchiveKeepsWhatCameBefore) {
  Archive archive;
  archive.Add("ok", 0100644, "fine").Add("cut", 0100644, "never complete");
  EXPECT_EQ(UnpackInPlace(archive.bytes().data(), archive.bytes().size() - 8), Errno(EINVAL));
  EXPECT_EQ(Text(root_, "/ok"), "fine");
  EXPECT_EQ(Code(Walk(root_, "/cut")), ENOENT);
}

TEST_F(VfsTest, UnknownDevicesCannotBeOpened) {
  ASSERT_EQ(MakeNode(root_, "/dev/none", Kind::kCharacter, 0600, 0x7777), Error::kOk);
  EXPECT_EQ(base::Number(Open(root_, "/dev/none", kOpenRead).error()), ENXIO);
}

}  // namespace
}  // namespace vfs
