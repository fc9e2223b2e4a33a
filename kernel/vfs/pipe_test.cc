// SPDX-License-Identifier: BSD-2-Clause
// Pipes: order, atomicity, ends that go away, interrupts; waiting for several of them.

#include "kernel/vfs/pipe.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/vfs.h"

namespace vfs {
namespace {

using base::Number;

std::string Take(File& file, size_t bytes) {
  std::string text(bytes, '?');
  const auto done = file.Read(text.data(), bytes);
  if (!done.ok()) return "errno " + std::to_string(Number(done.error()));
  text.resize(done.value());
  return text;
}

TEST(Pipe, KeepsOrderAcrossTheRingsEnd) {
  PipeEnds pipe = CreatePipe(kOpenNonblock).value();
  const std::string block(kPipeCapacity - 10, 'a');
  ASSERT_EQ(pipe.write->Write(block.data(), block.size()).value(), block.size());
  ASSERT_EQ(Take(*pipe.read, kPipeCapacity), block);
  ASSERT_EQ(pipe.write->Write("0123456789abcdefghij", 20).value(), 20u);
  EXPECT_EQ(Take(*pipe.read, 7), "0123456");
  EXPECT_EQ(Take(*pipe.read, 100), "789abcdefghij");
}

TEST(Pipe, SmallWritesAreWholeOrNotAtAll) {
  PipeEnds pipe = CreatePipe(kOpenNonblock).value();
  const std::string block(kPipeCapacity - 100, 'a');
  ASSERT_TRUE(pipe.write->Write(block.data(), block.size()).ok());
  EXPECT_EQ(Number(pipe.write->Write(block.data(), 101).error()), EAGAIN);
  EXPECT_EQ(pipe.write->Write(block.data(), 100).value(), 100u);
  EXPECT_EQ(Number(pipe.write->Write(block.data(), 1).error()), EAGAIN);
}

TEST(Pipe, LargeWritesTakeWhatFits) {
  PipeEnds pipe = CreatePipe(kOpenNonblock).value();
  const std::string block(kPipeCapacity + 5, 'a');
  EXPECT_EQ(pipe.write->Write(block.data(), block.size()).value(), kPipeCapacity);
}

TEST(Pipe, EndsThatGoAway) {
  PipeEnds pipe = CreatePipe(kOpenNonblock).value();
  EXPECT_EQ(Take(*pipe.read, 1), "errno " + std::to_string(EAGAIN));
  ASSERT_TRUE(pipe.write->Write("x", 1).ok());
  pipe.write.Reset();
  EXPECT_EQ(pipe.read->Poll(), unsigned{kPollIn | kPollHangup});
  EXPECT_EQ(Take(*pipe.read, 1), "x");
  EXPECT_EQ(Take(*pipe.read, 1), "");

  PipeEnds other = CreatePipe(0).value();
  other.read.Reset();
  EXPECT_EQ(other.write->Poll() & kPollError, unsigned{kPollError});
  EXPECT_EQ(Number(other.write->Write("x", 1).error()), EPIPE);
}

TEST(Pipe, WrongDirectionsAndSeeksAreRefused) {
  PipeEnds pipe = CreatePipe(0).value();
  char byte;
  EXPECT_EQ(Number(pipe.write->Read(&byte, 1).error()), EBADF);
  EXPECT_EQ(Number(pipe.read->Write("x", 1).error()), EBADF);
  EXPECT_EQ(Number(pipe.read->Seek(0, Whence::kSet).error()), ESPIPE);
  EXPECT_EQ(Number(pipe.read->ReadAt(0, &byte, 1).error()), ESPIPE);
}

TEST(Pipe, MovesMoreThanItHolds) {
  PipeEnds pipe = CreatePipe(0).value();
  std::string sent;
  for (int i = 0; i < 100000; ++i) sent += std::to_string(i) + "\n";
  std::thread writer([&] {
    for (size_t at = 0; at < sent.size();) {
      const size_t part = std::min<size_t>(10007, sent.size() - at);
      at += pipe.write->Write(sent.data() + at, part).value();
    }
    pipe.write.Reset();
  });
  std::string received;
  for (std::string part; !(part = Take(*pipe.read, 4099)).empty();) received += part;
  writer.join();
  EXPECT_EQ(received, sent);
}

TEST(Pipe, SignalsInterruptBlockedReaders) {
  PipeEnds pipe = CreatePipe(0).value();
  std::atomic<sched::Thread*> reader{nullptr};
  std::string got;
  std::thread thread([&] {
    reader = sched::Current();
    got = Take(*pipe.read, 1);
  });
  while (!reader) std::this_thread::yield();
  sched::Interrupt(reader);
  thread.join();
  EXPECT_EQ(got, "errno " + std::to_string(EINTR));
}

TEST(Pipe, PollersHearOfData) {
  PipeEnds pipe = CreatePipe(0).value();
  std::thread writer([&] { ASSERT_TRUE(pipe.write->Write("x", 1).ok()); });
  for (;;) {
    const uint64_t seen = PollGeneration();
    if (pipe.read->Poll() & kPollIn) break;
    ASSERT_EQ(PollWait(seen, ~uint64_t{0}), base::Error::kOk);
  }
  writer.join();
  EXPECT_EQ(Take(*pipe.read, 9), "x");
}

TEST(Pipe, PollGivesUpAtItsDeadline) {
  EXPECT_EQ(Number(PollWait(PollGeneration(), sched::NowNs())), ETIMEDOUT);
}

TEST(Pipe, GivesItsMemoryBack) {
  const uint64_t before = mm::CountFrames().free;
  { PipeEnds pipe = CreatePipe(0).value(); }
  EXPECT_EQ(mm::CountFrames().free, before);
}

TEST(Fifo, OpensWaitForEachOtherByName) {
  ASSERT_EQ(Initialize(), base::Error::kOk);
  const Context& context = KernelContext();
  ASSERT_EQ(MakeNode(context, "/fifo", Kind::kFifo, 0600, 0), base::Error::kOk);
  EXPECT_EQ(Number(Open(context, "/fifo", kOpenWrite | kOpenNonblock).error()), ENXIO);
  std::thread writer([&] {
    auto file = Open(context, "/fifo", kOpenWrite);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file.value()->Write("by name", 7).ok());
  });
  auto file = Open(context, "/fifo", kOpenRead);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(Take(*file.value(), 100), "by name");
  writer.join();
  EXPECT_EQ(Take(*file.value(), 100), "");
}

}  // namespace
}  // namespace vfs
