// SPDX-License-Identifier: BSD-2-Clause
// Who holds whom in a RAM tree: removed directories, unmounted trees, and what is still open there;
// and several writers of one file.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/mm/heap.h"
#include "kernel/vfs/mounts.h"
#include "kernel/vfs/ramfs.h"
#include "kernel/vfs/vfs.h"

namespace vfs {
namespace {

using base::Errno;
using base::Error;

// More than any stack has frames for.
constexpr size_t kDeep = 200'000;

Attributes OfKind(Kind kind) {
  Attributes attributes;
  attributes.kind = kind;
  attributes.mode = 0755;
  return attributes;
}

NodeRef Make(Node& directory, const char* name, Kind kind = Kind::kDirectory) {
  auto made = directory.Create(name, OfKind(kind), {});
  EXPECT_TRUE(made.ok());
  return made.value();
}

// The nodes of top/d/d/d/..., `top` first.
std::vector<NodeRef> Nest(const NodeRef& top, size_t depth) {
  std::vector<NodeRef> nodes = {top};
  while (nodes.size() <= depth) nodes.push_back(Make(*nodes.back(), "d"));
  return nodes;
}

TEST(RamTree, NestedRemovedDirectoriesGoOneAfterTheOther) {
  const uint64_t before = mm::CountHeap().blocks;
  {
    std::vector<NodeRef> nodes = Nest(CreateRamTree().value(), kDeep);
    const NodeRef leaf = nodes.back();
    while (nodes.size() > 1) {
      nodes.pop_back();
      ASSERT_EQ(nodes.back()->Unlink("d", true), Error::kOk);
    }
    // One name after the other is gone, but each holds the one above.
    EXPECT_GT(mm::CountHeap().blocks, before + kDeep);
  }
  EXPECT_EQ(mm::CountHeap().blocks, before);
}

TEST(RamTree, AndSoDoesATreeThatNobodyHolds) {
  const uint64_t before = mm::CountHeap().blocks;
  (void)Nest(CreateRamTree().value(), kDeep);
  EXPECT_EQ(mm::CountHeap().blocks, before);
}

TEST(RamTree, RemovedDirectoriesLeadOut) {
  NodeRef root = CreateRamTree().value();
  NodeRef outer = Make(*root, "outer");
  const NodeRef inner = Make(*outer, "inner");
  EXPECT_EQ(outer->Unlink("inner", true), Error::kOk);
  EXPECT_EQ(root->Unlink("outer", true), Error::kOk);
  Node* const above = outer.get();
  outer.Reset();
  EXPECT_EQ(inner->Parent().get(), above);
  EXPECT_EQ(inner->Parent()->Parent().get(), root.get());
  // A rename may remove one too.
  const NodeRef target = Make(*root, "target");
  const NodeRef replaced = Make(*target, "to");
  (void)Make(*root, "from");
  EXPECT_EQ(root->Rename("from", *target, "to"), Error::kOk);
  EXPECT_EQ(replaced->Parent().get(), target.get());
  EXPECT_EQ(target->Lookup("to").value()->Parent().get(), target.get());
}

// /m in a fresh root, and what there is before anything is mounted there.
class UnmountTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Initialize(), Error::kOk);
    ASSERT_EQ(MakeNode(KernelContext(), "/m", Kind::kDirectory, 0755, 0), Error::kOk);
    blocks_ = mm::CountHeap().blocks;
    frames_ = mm::CountFrames().free;
  }
  void TearDown() override {
    EXPECT_EQ(mm::CountHeap().blocks, blocks_);
    EXPECT_EQ(mm::CountFrames().free, frames_);
  }
  static void Mount(const char* path) {
    ASSERT_EQ(MountAt(KernelContext(), path, "tmpfs", CreateRamTree().value()), Error::kOk);
  }
  static void Directory(const char* path) {
    ASSERT_EQ(MakeNode(KernelContext(), path, Kind::kDirectory, 0755, 0), Error::kOk) << path;
  }
  static FileRef Fill(const char* path) {
    FileRef file = Open(KernelContext(), path, kOpenRead | kOpenWrite | kOpenCreate).value();
    const std::string text(5 * mm::kPageSize, 'x');
    EXPECT_EQ(file->Write(text.data(), text.size()).value(), text.size());
    return file;
  }

 private:
  uint64_t blocks_ = 0;
  uint64_t frames_ = 0;
};

TEST_F(UnmountTest, GivesBackDirectoriesAndAllThatIsInThem) {
  Mount("/m");
  Directory("/m/a");
  Directory("/m/a/b");
  (void)Fill("/m/f");
  (void)Fill("/m/a/f");
  (void)Fill("/m/a/b/f");
  ASSERT_EQ(MakeLink(KernelContext(), *Walk(KernelContext(), "/m/f").value(), "/m/a/b/link"),
            Error::kOk);
  EXPECT_EQ(UnmountAt(KernelContext(), "/m"), Error::kOk);
}

TEST_F(UnmountTest, LeavesWhatIsOpenUsable) {
  Mount("/m");
  Directory("/m/a");
  Directory("/m/a/b");
  (void)Fill("/m/a/b/f");
  (void)Fill("/m/lost");
  const FileRef file = Fill("/m/open");
  Context inside = KernelContext();
  inside.cwd = Walk(inside, "/m/a").value();
  EXPECT_EQ(UnmountAt(inside, "/m"), Error::kOk);
  char byte = 0;
  EXPECT_EQ(file->ReadAt(0, &byte, 1).value(), 1u);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(file->Write("more", 4).value(), 4u);
  // The directory is a root now, with all that it has.
  EXPECT_TRUE(Open(inside, "b/f", kOpenRead).ok());
  EXPECT_TRUE(Open(inside, "b/new", kOpenWrite | kOpenCreate).ok());
  EXPECT_EQ(Walk(inside, "..").value().get(), inside.cwd.get());
  EXPECT_EQ(Walk(inside, "b/..").value().get(), inside.cwd.get());
  char path[64];
  EXPECT_EQ(base::Number(PathOfDirectory(inside, *inside.cwd, path, sizeof path).error()), ENOENT);
}

TEST_F(UnmountTest, IsRefusedWhileSomethingIsMountedWithin) {
  Mount("/m");
  Directory("/m/a");
  Mount("/m/a");
  (void)Fill("/m/a/f");
  EXPECT_EQ(UnmountAt(KernelContext(), "/m"), Errno(EBUSY));
  EXPECT_EQ(UnmountAt(KernelContext(), "/m/a"), Error::kOk);
  // Upon it is not within it: then that goes first.
  Mount("/m");
  EXPECT_EQ(UnmountAt(KernelContext(), "/m"), Error::kOk);
  EXPECT_TRUE(Walk(KernelContext(), "/m/a").ok());
  EXPECT_EQ(UnmountAt(KernelContext(), "/m"), Error::kOk);
}

TEST_F(UnmountTest, MayComeWhileSomebodyAsksForTheParent) {
  for (int round = 0; round < 300; ++round) {
    NodeRef root = CreateRamTree().value();
    const NodeRef child = Make(*root, "child");
    Node* const above = root.get();
    std::thread other([&] { root.Reset(); });
    for (Node* parent = above; parent == above;) {
      const NodeRef found = child->Parent();
      parent = found.get();
    }
    EXPECT_EQ(child->Parent().get(), child.get());
    other.join();
  }
}

TEST(RamFile, AppendsOfSeveralFilesLoseNothing) {
  constexpr int kWrites = 20'000;
  ASSERT_EQ(Initialize(), Error::kOk);
  for (int round = 0; round < 5; ++round) {
    const FileRef read =
        Open(KernelContext(), "/log", kOpenRead | kOpenWrite | kOpenCreate | kOpenTruncate).value();
    const auto append = [](char byte) {
      const FileRef file = Open(KernelContext(), "/log", kOpenWrite | kOpenAppend).value();
      for (int i = 0; i < kWrites; ++i) ASSERT_EQ(file->Write(&byte, 1).value(), 1u);
      // The offset is behind the byte that it wrote last.
      char last = 0;
      const uint64_t end = file->Seek(0, Whence::kCurrent).value();
      ASSERT_EQ(file->node()->Read(end - 1, &last, 1).value(), 1u);
      EXPECT_EQ(last, byte);
    };
    std::thread first(append, 'a');
    std::thread second(append, 'b');
    first.join();
    second.join();
    std::string text(read->Stat().size, '?');
    ASSERT_EQ(text.size(), 2u * kWrites);
    ASSERT_EQ(ReadExactly(*read, 0, text.data(), text.size()), Error::kOk);
    EXPECT_EQ(std::count(text.begin(), text.end(), 'a'), kWrites);
    EXPECT_EQ(std::count(text.begin(), text.end(), 'b'), kWrites);
  }
}

TEST(RamFile, AppendingIsForRegularFiles) {
  const NodeRef root = CreateRamTree().value();
  uint64_t offset = 0;
  EXPECT_EQ(base::Number(root->Append("x", 1, &offset).error()), EINVAL);
  const NodeRef file = Make(*root, "f", Kind::kRegular);
  EXPECT_EQ(file->Append("abc", 3, &offset).value(), 3u);
  EXPECT_EQ(offset, 0u);
  EXPECT_EQ(file->Append("d", 1, &offset).value(), 1u);
  EXPECT_EQ(offset, 3u);
}

}  // namespace
}  // namespace vfs
