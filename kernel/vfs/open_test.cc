// SPDX-License-Identifier: BSD-2-Clause
// open(2) that creates: through symlinks to nowhere, and when somebody is faster.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/vfs/ramfs.h"
#include "kernel/vfs/vfs.h"

namespace vfs {
namespace {

using base::Errno;
using base::Error;
using base::Result;

constexpr unsigned kNew = kOpenWrite | kOpenCreate;

// A directory in which somebody else creates a name at the moment when it was not found.
class Raced final : public Node {
 public:
  Raced() : inner_(CreateRamTree().value()) {}

  // What he creates: a file of root's that holds "old", or a symlink to `target`.
  void Expect(uint32_t mode, std::string target = {}) {
    mode_ = mode;
    target_ = std::move(target);
    armed_ = true;
  }

  Attributes Stat() override {
    Attributes attributes = inner_->Stat();
    attributes.mode = 01777;
    return attributes;
  }
  Result<NodeRef> Lookup(std::string_view name) override {
    Result<NodeRef> found = inner_->Lookup(name);
    if (!found.ok() && std::exchange(armed_, false)) {
      Attributes attributes;
      attributes.kind = target_.empty() ? Kind::kRegular : Kind::kSymlink;
      attributes.mode = mode_;
      NodeRef made = inner_->Create(name, attributes, target_).value();
      if (target_.empty()) (void)made->Write(0, "old", 3);
    }
    return found;
  }
  Result<NodeRef> Create(std::string_view name, const Attributes& attributes,
                         std::string_view target) override {
    return inner_->Create(name, attributes, target);
  }

 private:
  void Destroy() override { base::Delete(this); }

  NodeRef inner_;
  uint32_t mode_ = 0;
  std::string target_;
  bool armed_ = false;
};

// /dir/sub/, /private (0700, uid 0), /tmp (1777) and the raced directory on /race; a user.
class CreateTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Initialize(), Error::kOk);
    root_ = KernelContext();
    for (const char* path : {"/dir", "/dir/sub", "/race"}) Directory(path, 0755);
    Directory("/private", 0700);
    Directory("/tmp", 01777);
    user_ = root_;
    user_.who.uid = user_.who.euid = user_.who.suid = 1000;
    user_.who.gid = user_.who.egid = user_.who.sgid = 1000;
    race_ = base::New<Raced>();
    mounted_ = NodeRef::Adopt(race_);
    ASSERT_EQ(Walk(root_, "/race").value()->Mount(mounted_), Error::kOk);
  }
  void TearDown() override { EXPECT_EQ(mounted_->Unmount(), Error::kOk); }

  void Directory(const char* path, uint32_t mode) {
    ASSERT_EQ(MakeNode(root_, path, Kind::kDirectory, mode, 0), Error::kOk) << path;
  }
  void Link(const Context& context, const std::string& target, const std::string& path) {
    ASSERT_EQ(MakeSymlink(context, target, path), Error::kOk) << path;
  }
  int Code(const Context& context, const std::string& path, unsigned flags) {
    return base::Number(Open(context, path, flags).error());
  }
  Kind KindOf(const char* path) {
    const auto node = Walk(root_, path, 0);
    return node.ok() ? node.value()->Stat().kind : Kind{};
  }
  uint64_t SizeOf(const char* path) { return Walk(root_, path).value()->Stat().size; }

  Context root_;
  Context user_;
  Raced* race_ = nullptr;
  NodeRef mounted_;
};

TEST_F(CreateTest, CreatesWhatASymlinkNames) {
  Link(root_, "target", "/link");
  Link(root_, "sub/file", "/dir/relative");
  Link(root_, "/second", "/first");
  Link(root_, "/dir/../dir/third", "/second");
  EXPECT_EQ(Code(root_, "/link", kNew), 0);
  EXPECT_EQ(KindOf("/link"), Kind::kSymlink);
  EXPECT_EQ(KindOf("/target"), Kind::kRegular);
  EXPECT_EQ(Code(root_, "/dir/relative", kNew), 0);
  EXPECT_EQ(KindOf("/dir/sub/file"), Kind::kRegular);
  EXPECT_EQ(Code(root_, "/first", kNew), 0);
  EXPECT_EQ(KindOf("/dir/third"), Kind::kRegular);
  // It is there now.
  EXPECT_EQ(Code(root_, "/first", kOpenRead), 0);
  EXPECT_EQ(Code(root_, "/first", kNew), 0);
}

TEST_F(CreateTest, ButNotWhereItMayNot) {
  Link(root_, "target", "/link");
  Link(root_, "nowhere/file", "/deep");
  Link(root_, "directory/", "/slash");
  EXPECT_EQ(Code(root_, "/link", kOpenWrite), ENOENT);
  EXPECT_EQ(Code(root_, "/link", kNew | kOpenExclusive), EEXIST);
  EXPECT_EQ(Code(root_, "/link", kNew | kOpenNoFollow), ELOOP);
  EXPECT_EQ(Code(root_, "/link/", kNew), EISDIR);
  EXPECT_EQ(Code(root_, "/deep", kNew), ENOENT);
  EXPECT_EQ(Code(root_, "/slash", kNew), EISDIR);
  EXPECT_EQ(KindOf("/target"), Kind{});
  EXPECT_EQ(KindOf("/directory"), Kind{});
}

TEST_F(CreateTest, NoOtherCallFollowsIt) {
  Link(root_, "target", "/link");
  EXPECT_EQ(MakeNode(root_, "/link", Kind::kDirectory, 0755, 0), Errno(EEXIST));
  EXPECT_EQ(MakeSymlink(root_, "x", "/link"), Errno(EEXIST));
  EXPECT_EQ(Remove(root_, "/link", false), Error::kOk);
  EXPECT_EQ(KindOf("/target"), Kind{});
}

TEST_F(CreateTest, FollowsExactlyTheAllowedNumber) {
  // l1 -> l0, l2 -> l1, ...; there is no l0.
  for (unsigned i = 1; i <= kSymlinkMax + 1; ++i) {
    Link(root_, "l" + std::to_string(i - 1), "/l" + std::to_string(i));
  }
  EXPECT_EQ(Code(root_, "/l" + std::to_string(kSymlinkMax + 1), kNew), ELOOP);
  EXPECT_EQ(KindOf("/l0"), Kind{});
  EXPECT_EQ(Code(root_, "/l" + std::to_string(kSymlinkMax), kNew), 0);
  EXPECT_EQ(KindOf("/l0"), Kind::kRegular);
}

TEST_F(CreateTest, AsksTheTargetsDirectoryForPermission) {
  Link(user_, "/private/x", "/tmp/private");
  Link(user_, "/dir/x", "/tmp/dir");
  Link(user_, "mine", "/tmp/own");
  EXPECT_EQ(Code(user_, "/tmp/private", kNew), EACCES);
  EXPECT_EQ(Code(user_, "/tmp/dir", kNew), EACCES);
  EXPECT_EQ(Code(user_, "/tmp/own", kNew), 0);
  const auto mine = Walk(root_, "/tmp/mine");
  ASSERT_TRUE(mine.ok());
  EXPECT_EQ(mine.value()->Stat().uid, 1000u);
}

TEST_F(CreateTest, WhoeverIsSlowerNeedsPermissionLikeEverybody) {
  race_->Expect(0644);
  EXPECT_EQ(Code(user_, "/race/theirs", kNew | kOpenTruncate), EACCES);
  EXPECT_EQ(SizeOf("/race/theirs"), 3u);
  race_->Expect(0666);
  EXPECT_EQ(Code(user_, "/race/open", kNew), 0);
  EXPECT_EQ(SizeOf("/race/open"), 3u);
  race_->Expect(0666);
  EXPECT_EQ(Code(user_, "/race/cut", kNew | kOpenTruncate), 0);
  EXPECT_EQ(SizeOf("/race/cut"), 0u);
  race_->Expect(0666);
  EXPECT_EQ(Code(user_, "/race/once", kNew | kOpenExclusive), EEXIST);
  // A symlink to nowhere is followed also when it comes at the last moment.
  race_->Expect(0777, "there");
  EXPECT_EQ(Code(user_, "/race/link", kNew), 0);
  EXPECT_EQ(KindOf("/race/there"), Kind::kRegular);
}

}  // namespace
}  // namespace vfs
