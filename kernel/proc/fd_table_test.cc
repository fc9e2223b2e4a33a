// SPDX-License-Identifier: BSD-2-Clause
// Descriptors: lowest free number, limits, sharing, close-on-exec.

#include "kernel/proc/fd_table.h"

#include <gtest/gtest.h>

#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/vfs/pipe.h"

namespace proc {
namespace {

using base::Errno;
using base::Number;

// The read end tells whether the write end is closed: Poll gives a hang-up.
struct Pipe {
  vfs::FileRef read, write;
  Pipe() {
    vfs::PipeEnds ends = vfs::CreatePipe(0).value();
    read = std::move(ends.read);
    write = std::move(ends.write);
  }
  bool WriterGone() const { return (read->Poll() & vfs::kPollHangup) != 0; }
};

TEST(FdTable, GivesTheLowestFreeNumber) {
  FdTable files;
  Pipe pipe;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(files.Add(pipe.read, false).value(), i);
  EXPECT_EQ(files.Close(1), base::Error::kOk);
  EXPECT_EQ(files.Add(pipe.read, false).value(), 1);
  EXPECT_EQ(files.Add(pipe.read, false, 10).value(), 10);
  EXPECT_EQ(files.Add(pipe.read, false).value(), 3);
}

TEST(FdTable, RefusesWhatIsNotOpenOrOutOfRange) {
  FdTable files;
  Pipe pipe;
  for (const int bad : {-1, 0, kMaxDescriptors}) {
    EXPECT_EQ(Number(files.Get(bad).error()), EBADF) << bad;
    EXPECT_EQ(files.Close(bad), Errno(EBADF)) << bad;
    EXPECT_EQ(files.SetCloseOnExec(bad, true), Errno(EBADF)) << bad;
  }
  EXPECT_EQ(files.Set(kMaxDescriptors, pipe.read, false), Errno(EBADF));
  files.SetLimit(2);
  EXPECT_TRUE(files.Add(pipe.read, false).ok());
  EXPECT_TRUE(files.Add(pipe.read, false).ok());
  EXPECT_EQ(Number(files.Add(pipe.read, false).error()), EMFILE);
}

TEST(FdTable, LastReferenceClosesTheFile) {
  Pipe pipe;
  FdTable files;
  ASSERT_EQ(files.Set(5, std::move(pipe.write), false), base::Error::kOk);
  FdTable copy;
  ASSERT_EQ(copy.CopyFrom(files), base::Error::kOk);
  EXPECT_EQ(files.Close(5), base::Error::kOk);
  EXPECT_FALSE(pipe.WriterGone());
  copy.CloseAll();
  EXPECT_TRUE(pipe.WriterGone());
}

TEST(FdTable, SetClosesWhatWasThere) {
  Pipe first, second;
  FdTable files;
  ASSERT_EQ(files.Set(0, std::move(first.write), false), base::Error::kOk);
  ASSERT_EQ(files.Set(0, std::move(second.write), false), base::Error::kOk);
  EXPECT_TRUE(first.WriterGone());
  EXPECT_FALSE(second.WriterGone());
}

TEST(FdTable, ExecClosesWhatIsMarked) {
  Pipe kept, closed;
  FdTable files;
  ASSERT_EQ(files.Add(std::move(kept.write), false).value(), 0);
  ASSERT_EQ(files.Add(std::move(closed.write), true).value(), 1);
  EXPECT_TRUE(files.CloseOnExec(1).value());
  files.CloseForExec();
  EXPECT_TRUE(closed.WriterGone());
  EXPECT_FALSE(kept.WriterGone());
}

TEST(FdTable, CopyFailsWithoutLeavingAnything) {
  Pipe pipe;
  FdTable files;
  ASSERT_TRUE(files.Add(pipe.read, false).ok());
  FdTable copy;
  mm::FailAllocationAfter(1);
  EXPECT_EQ(copy.CopyFrom(files), Errno(ENOMEM));
  mm::FailAllocationAfter(0);
  EXPECT_EQ(copy.End(), 0);
}

}  // namespace
}  // namespace proc
