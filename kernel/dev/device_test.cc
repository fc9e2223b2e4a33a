// SPDX-License-Identifier: BSD-2-Clause
// Module devices and named values: names, operations, ownership, and what happens when they go.

#include "kernel/dev/device.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "kernel/dev/sysctl.h"
#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/sysctl.h"
#include "kernel/mm/heap.h"
#include "kernel/testing/host_owner.h"
#include "kernel/vfs/vfs.h"

namespace dev {
namespace {

using base::Number;

constexpr uint32_t kCommandWithoutData = 0x4401;
constexpr uint32_t kCommandInOut = 3u << 30 | 4u << 16 | 0x4402;

// The module: a device that counts what is done to it.
struct Softc {
  int opens = 0, closes = 0, refuse = 0;
  int inside_seen = 0;
  std::atomic<bool> block{false}, blocked{false};
};

int OpenOp(void* softc, kdev_file* file) {
  auto& state = *static_cast<Softc*>(softc);
  if (state.refuse) return state.refuse;
  ++state.opens;
  file->data = softc;
  return 0;
}
void CloseOp(void* softc, kdev_file*) { ++static_cast<Softc*>(softc)->closes; }
int64_t ReadOp(void* softc, kdev_file* file, void* to, size_t bytes, uint64_t offset) {
  auto& state = *static_cast<Softc*>(softc);
  state.inside_seen = testing_owner::Count().inside;
  if (file->flags & KDEV_NONBLOCK) return -EAGAIN;
  state.blocked = true;
  while (state.block) std::this_thread::yield();
  std::memset(to, 'a' + static_cast<int>(offset), bytes);
  return static_cast<int64_t>(bytes);
}
int IoctlOp(void*, kdev_file*, uint32_t command, void* argument, size_t size) {
  if (command == kCommandWithoutData) return *static_cast<uintptr_t*>(argument) == 7 ? 0 : EINVAL;
  if (command != kCommandInOut || size != 4) return ENOTTY;
  ++*static_cast<int32_t*>(argument);
  return 0;
}

const int g_handle = 0;  // the module's __dso_handle

class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    testing_owner::Declare(&g_handle);
    ASSERT_EQ(vfs::Initialize(), base::Error::kOk);
    InitializeDevices();
    ops_.version = sizeof ops_;
    ops_.open = OpenOp;
    ops_.close = CloseOp;
    ops_.read = ReadOp;
    ops_.ioctl = IoctlOp;
    spec_.name = "thing";
    spec_.mode = 0640;
    spec_.ops = &ops_;
    spec_.softc = &softc_;
  }
  kdev* Create() {
    kdev* device = nullptr;
    EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &device), 0);
    return device;
  }
  static base::Result<vfs::FileRef> Open(unsigned flags = vfs::kOpenRead) {
    return vfs::Open(vfs::KernelContext(), "/dev/thing", flags);
  }

  Softc softc_;
  kdev_ops ops_{};
  kdev_spec spec_{};
};

TEST_F(DeviceTest, LivesAndLeavesNothing) {
  const mm::HeapCounts before = mm::CountHeap();
  kdev* device = Create();
  EXPECT_EQ(testing_owner::Count().registrations, 1);
  EXPECT_EQ(CountDevices(), 1u);
  const vfs::Attributes node = vfs::Walk(vfs::KernelContext(), "/dev/thing").value()->Stat();
  EXPECT_EQ(node.kind, vfs::Kind::kCharacter);
  EXPECT_EQ(node.mode, 0640u);
  kdev_destroy(device);
  EXPECT_EQ(testing_owner::Count().registrations, 0);
  EXPECT_EQ(CountDevices(), 0u);
  EXPECT_EQ(Number(Open().error()), ENOENT);
  EXPECT_LE(mm::CountHeap().blocks, before.blocks + 1);  // the array of /dev's entries stays
}

TEST_F(DeviceTest, RefusesBadSpecs) {
  kdev* device = nullptr;
  for (const char* name : {"", "a/b", "dotted.name", ".."}) {
    spec_.name = name;
    EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &device), EINVAL) << name;
  }
  const std::string longest(31, 'n');
  const std::string longer(32, 'n');
  spec_.name = longer.c_str();
  EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &device), EINVAL);
  spec_.name = longest.c_str();
  EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &device), 0);
  kdev* second = nullptr;
  EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &second), EEXIST);
  kdev_destroy(device);
  ops_.version = 8;
  EXPECT_EQ(kdev_create_from(&g_handle, &spec_, &device), EINVAL);
  EXPECT_EQ(testing_owner::Count().registrations, 0);
}

// While a module's code reads, the file can be used: no lock of it is held.
TEST_F(DeviceTest, NoLockIsHeldOverTheModule) {
  spec_.flags = KDEV_SEEKABLE;
  kdev* device = Create();
  {
    const vfs::FileRef file = Open().value();
    softc_.block = true;
    std::thread reader([&] {
      char byte;
      EXPECT_EQ(file->Read(&byte, 1).value(), 1u);
    });
    while (!softc_.blocked) std::this_thread::yield();
    EXPECT_EQ(file->Seek(0, vfs::Whence::kCurrent).value(), 0u);
    softc_.block = false;
    reader.join();
    EXPECT_EQ(file->Seek(0, vfs::Whence::kCurrent).value(), 1u);
  }
  kdev_destroy(device);
}

// A device that stays, and another that comes and goes more often than there are numbers.
TEST_F(DeviceTest, NumbersAreNotGivenTwice) {
  kdev* stays = Create();
  const auto number_of = [](const char* path) {
    return vfs::Walk(vfs::KernelContext(), path).value()->Stat().device;
  };
  const uint64_t taken = number_of("/dev/thing");
  spec_.name = "guest";
  unsigned same = 0;
  for (unsigned i = 0; i < 15 * 256 + 1; ++i) {
    kdev* guest = Create();
    same += number_of("/dev/guest") == taken;
    kdev_destroy(guest);
  }
  EXPECT_EQ(same, 0u);
  kdev_destroy(stays);
}

TEST_F(DeviceTest, CallsAreCountedWithTheOwnerAndOpensHoldIt) {
  kdev* device = Create();
  {
    vfs::FileRef file = Open().value();
    EXPECT_EQ(testing_owner::Count().holds, 1);
    char text[3];
    EXPECT_EQ(file->Read(text, 3).value(), 3u);
    EXPECT_EQ(softc_.inside_seen, 1);
    EXPECT_EQ(testing_owner::Count().inside, 0);
    EXPECT_EQ(Number(file->Write("x", 1).error()), EBADF);
  }
  EXPECT_EQ(testing_owner::Count().holds, 0);
  EXPECT_EQ(softc_.opens, 1);
  EXPECT_EQ(softc_.closes, 1);
  kdev_destroy(device);
}

TEST_F(DeviceTest, CannotBeOpenedBeforeItsFileIsLive) {
  kdev* device = Create();
  testing_owner::SetLive(false);
  EXPECT_EQ(Number(Open().error()), ENXIO);
  testing_owner::SetLive(true);
  EXPECT_TRUE(Open().ok());
  kdev_destroy(device);
}

TEST_F(DeviceTest, AnOpenThatIsRefusedIsNeverClosed) {
  kdev* device = Create();
  softc_.refuse = EBUSY;
  EXPECT_EQ(Number(Open().error()), EBUSY);
  EXPECT_EQ(softc_.closes, 0);
  EXPECT_EQ(testing_owner::Count().holds, 0);
  kdev_destroy(device);
}

TEST_F(DeviceTest, NothingIsCalledWhileTheOwnerIsLeaving) {
  kdev* device = Create();
  vfs::FileRef file = Open().value();
  testing_owner::SetEnterable(false);
  char byte;
  EXPECT_EQ(Number(file->Read(&byte, 1).error()), ENXIO);
  testing_owner::SetEnterable(true);
  EXPECT_TRUE(file->Read(&byte, 1).ok());
  file.Reset();
  kdev_destroy(device);
}

TEST_F(DeviceTest, OpenFilesOfADestroyedDeviceAnswerEnxio) {
  kdev* device = Create();
  vfs::FileRef file = Open().value();
  kdev_destroy(device);
  EXPECT_EQ(softc_.closes, 1);
  EXPECT_EQ(testing_owner::Count().holds, 0);
  char byte;
  EXPECT_EQ(Number(file->Read(&byte, 1).error()), ENXIO);
  EXPECT_EQ(Number(file->Ioctl(kCommandWithoutData, 7).error()), ENXIO);
  EXPECT_EQ(file->Poll(), unsigned{vfs::kPollError | vfs::kPollHangup});
  file.Reset();
  EXPECT_EQ(softc_.closes, 1);
}

TEST_F(DeviceTest, DestroyWaitsForWhoIsInside) {
  kdev* device = Create();
  vfs::FileRef file = Open().value();
  softc_.block = true;
  base::Result<size_t> read = size_t{0};
  char byte = 0;
  std::thread reader([&] { read = file->Read(&byte, 1); });
  while (!softc_.blocked) std::this_thread::yield();
  std::atomic<bool> destroyed{false};
  std::thread destroyer([&] {
    kdev_destroy(device);
    destroyed = true;
  });
  EXPECT_FALSE(destroyed);
  EXPECT_EQ(softc_.closes, 0);
  softc_.block = false;
  reader.join();
  destroyer.join();
  EXPECT_EQ(read.value(), 1u);
  EXPECT_EQ(byte, 'a');
}

TEST_F(DeviceTest, ClosingAndDestroyingAtOnceClosesOnce) {
  for (int round = 0; round < 200; ++round) {
    softc_.closes = 0;
    kdev* device = Create();
    vfs::FileRef file = Open().value();
    std::thread closer([&] { file.Reset(); });
    kdev_destroy(device);
    closer.join();
    ASSERT_EQ(softc_.closes, 1);
    ASSERT_EQ(testing_owner::Count().holds, 0);
  }
}

TEST_F(DeviceTest, IoctlCopiesWhatTheCommandSays) {
  kdev* device = Create();
  vfs::FileRef file = Open().value();
  int32_t value = 41;
  EXPECT_TRUE(file->Ioctl(kCommandInOut, reinterpret_cast<uintptr_t>(&value)).ok());
  EXPECT_EQ(value, 42);
  EXPECT_EQ(Number(file->Ioctl(kCommandInOut, 0).error()), EFAULT);
  EXPECT_TRUE(file->Ioctl(kCommandWithoutData, 7).ok());
  EXPECT_EQ(Number(file->Ioctl(kCommandWithoutData, 8).error()), EINVAL);
  file.Reset();
  kdev_destroy(device);
}

TEST_F(DeviceTest, OffsetsAndNonblockingReachTheModule) {
  spec_.flags = KDEV_SEEKABLE;
  kdev* device = Create();
  {
    vfs::FileRef file = Open().value();
    char text[2];
    EXPECT_EQ(file->ReadAt(3, text, 2).value(), 2u);
    EXPECT_EQ(std::string(text, 2), "dd");
    file->SetStatusFlags(vfs::kOpenNonblock);
    EXPECT_EQ(Number(file->Read(text, 2).error()), EAGAIN);
  }
  kdev_destroy(device);
}

int64_t GiveHello(void*, char* to, size_t capacity) {
  std::memcpy(to, "hello", std::min<size_t>(capacity, 5));
  return 5;
}
int TakeText(void* context, const char* text, size_t bytes) {
  if (bytes == 0) return EINVAL;
  *static_cast<std::string*>(context) = text;
  return 0;
}

TEST(Sysctl, ReadsWritesListsAndGoes) {
  testing_owner::Declare(&g_handle);
  std::string stored;
  ksysctl_spec spec{};
  spec.name = "thing.b";
  spec.context = &stored;
  spec.read = GiveHello;
  spec.write = TakeText;
  ksysctl *b = nullptr, *a = nullptr, *twice = nullptr;
  ASSERT_EQ(ksysctl_create_from(&g_handle, &spec, &b), 0);
  EXPECT_EQ(ksysctl_create_from(&g_handle, &spec, &twice), EEXIST);
  spec.name = "thing.a";
  spec.write = nullptr;
  ASSERT_EQ(ksysctl_create_from(&g_handle, &spec, &a), 0);
  EXPECT_EQ(testing_owner::Count().registrations, 2);

  char next[kSysctlNameMax];
  EXPECT_EQ(NextSysctl("", next), 7u);
  EXPECT_STREQ(next, "thing.a");
  EXPECT_EQ(NextSysctl("thing.a", next), 7u);
  EXPECT_STREQ(next, "thing.b");
  EXPECT_EQ(NextSysctl("thing.b", next), 0u);

  char value[3];
  EXPECT_EQ(ReadSysctl("thing.b", value, sizeof value).value(), 5u);
  EXPECT_EQ(std::string(value, 3), "hel");
  EXPECT_EQ(WriteSysctl("thing.b", "new", 3), base::Error::kOk);
  EXPECT_EQ(stored, "new");
  EXPECT_EQ(WriteSysctl("thing.b", "", 0), base::Errno(EINVAL));
  EXPECT_EQ(WriteSysctl("thing.a", "x", 1), base::Errno(EPERM));
  EXPECT_EQ(Number(ReadSysctl("thing", value, 3).error()), ENOENT);

  testing_owner::SetEnterable(false);
  EXPECT_EQ(Number(ReadSysctl("thing.b", value, 3).error()), ENOENT);
  testing_owner::SetEnterable(true);
  ksysctl_destroy(a);
  ksysctl_destroy(b);
  EXPECT_EQ(testing_owner::Count().registrations, 0);
  EXPECT_EQ(NextSysctl("", next), 0u);
}

TEST(Sysctl, RefusesBadNames) {
  ksysctl_spec spec{};
  spec.read = GiveHello;
  ksysctl* value = nullptr;
  const std::string longer(kSysctlNameMax, 'n');
  for (const std::string& name :
       {std::string(), std::string("UPPER"), std::string("a b"), longer}) {
    spec.name = name.c_str();
    EXPECT_EQ(ksysctl_create_from(&g_handle, &spec, &value), EINVAL) << name;
  }
}

}  // namespace
}  // namespace dev
