// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vfs/pipe.h"

#include <cstring>

#include "kernel/base/new.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/vfs/poll.h"
#include "kernel/vfs/vfs.h"

namespace vfs {

using base::Errno;
using base::Error;
using base::Result;

namespace {

std::atomic<uint64_t> g_next_pipe{1};

class PipeFile final : public File {
 public:
  PipeFile(NodeRef node, base::Ref<Fifo> fifo, unsigned flags)
      : File(std::move(node), flags),
        fifo_(std::move(fifo)),
        inode_(g_next_pipe.fetch_add(1, std::memory_order_relaxed)) {}
  ~PipeFile() { fifo_->CloseEnd(flags()); }

  Attributes Stat() override {
    if (node()) return node()->Stat();
    Attributes attributes;
    attributes.kind = Kind::kFifo;
    attributes.mode = 0600;
    attributes.links = 1;
    attributes.inode = inode_;
    attributes.filesystem = 0;
    attributes.accessed_ns = attributes.modified_ns = attributes.changed_ns = Now();
    return attributes;
  }

  unsigned Poll() override { return fifo_->Poll(flags()); }

 private:
  void Destroy() override { base::Delete(this); }
  bool Seekable() const override { return false; }
  Result<size_t> DoRead(uint64_t, void* to, size_t bytes) override {
    return fifo_->Read(to, bytes, Blocking());
  }
  Result<size_t> DoWrite(uint64_t, const void* from, size_t bytes) override {
    return fifo_->Write(from, bytes, Blocking());
  }

  base::Ref<Fifo> fifo_;
  uint64_t inode_;
};

}  // namespace

Fifo::~Fifo() {
  if (ring_) mm::ReleaseFrames(mm::DirectMapPhys(ring_), kPipeCapacity / mm::kPageSize);
}

void Fifo::Release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) base::Delete(this);
}

Error Fifo::AddEnd(unsigned flags) {
  sched::Guard guard(lock_);
  if (!ring_) {
    const mm::PhysAddr frames = mm::AllocateFrames(kPipeCapacity / mm::kPageSize);
    if (frames == mm::kNoFrame) return Errno(ENOMEM);
    ring_ = static_cast<char*>(mm::DirectMap(frames));
  }
  if (flags & kOpenRead) {
    ++readers_;
    ++readers_ever_;
  }
  if (flags & kOpenWrite) {
    ++writers_;
    ++writers_ever_;
  }
  changed_.Broadcast();
  return Error::kOk;
}

void Fifo::CloseEnd(unsigned flags) {
  {
    sched::Guard guard(lock_);
    if (flags & kOpenRead) --readers_;
    if (flags & kOpenWrite) --writers_;
    if (!readers_ && !writers_) used_ = 0;
    changed_.Broadcast();
  }
  PollNotify();
}

Error Fifo::WaitForPeer(unsigned flags) {
  sched::Guard guard(lock_);
  // A peer that came and went meanwhile counts too.
  const uint64_t readers_before = readers_ever_;
  const uint64_t writers_before = writers_ever_;
  for (;;) {
    if ((flags & kOpenRead) ? (writers_ || writers_ever_ != writers_before)
                            : (readers_ || readers_ever_ != readers_before)) {
      return Error::kOk;
    }
    const Error error = changed_.Wait(lock_, true);
    if (!base::Ok(error)) return error;
  }
}

size_t Fifo::Put(const void* from, size_t bytes) {
  if (bytes > kPipeCapacity - used_) bytes = kPipeCapacity - used_;
  const size_t at = (first_ + used_) % kPipeCapacity;
  const size_t straight = bytes < kPipeCapacity - at ? bytes : kPipeCapacity - at;
  std::memcpy(ring_ + at, from, straight);
  std::memcpy(ring_, static_cast<const char*>(from) + straight, bytes - straight);
  used_ += bytes;
  return bytes;
}

size_t Fifo::Get(void* to, size_t bytes) {
  if (bytes > used_) bytes = used_;
  const size_t straight = bytes < kPipeCapacity - first_ ? bytes : kPipeCapacity - first_;
  std::memcpy(to, ring_ + first_, straight);
  std::memcpy(static_cast<char*>(to) + straight, ring_, bytes - straight);
  first_ = (first_ + bytes) % kPipeCapacity;
  used_ -= bytes;
  return bytes;
}

Result<size_t> Fifo::Read(void* to, size_t bytes, bool blocking) {
  if (!bytes) return size_t{0};
  size_t done = 0;
  {
    sched::Guard guard(lock_);
    while (!used_) {
      if (!writers_) return size_t{0};
      if (!blocking) return Errno(EAGAIN);
      const Error error = changed_.Wait(lock_, true);
      if (!base::Ok(error)) return error;
    }
    done = Get(to, bytes);
    changed_.Broadcast();
  }
  PollNotify();
  return done;
}

Result<size_t> Fifo::Write(const void* from, size_t bytes, bool blocking) {
  if (!bytes) return size_t{0};
  size_t done = 0;
  Error error = Error::kOk;
  {
    sched::Guard guard(lock_);
    while (done < bytes) {
      if (!readers_) {
        error = Errno(EPIPE);
        break;
      }
      const size_t room = kPipeCapacity - used_;
      const size_t left = bytes - done;
      // An atomic write waits until it fits whole.
      if (room >= left || (room && bytes > kPipeAtomic)) {
        done += Put(static_cast<const char*>(from) + done, left);
        changed_.Broadcast();
        continue;
      }
      if (!blocking) {
        error = Errno(EAGAIN);
        break;
      }
      // Sleeping gives the lock up: readers must hear of what is there.
      PollNotify();
      error = changed_.Wait(lock_, true);
      if (!base::Ok(error)) break;
    }
  }
  PollNotify();
  if (done) return done;
  if (!base::Ok(error)) return error;
  return done;
}

unsigned Fifo::Poll(unsigned flags) {
  sched::Guard guard(lock_);
  unsigned events = 0;
  if (flags & kOpenRead) {
    if (used_) events |= kPollIn;
    if (!writers_ && writers_ever_) events |= kPollHangup;
  }
  if (flags & kOpenWrite) {
    if (kPipeCapacity - used_ >= kPipeAtomic) events |= kPollOut;
    if (!readers_) events |= kPollError;
  }
  return events;
}

Result<PipeEnds> CreatePipe(unsigned flags) {
  base::Ref<Fifo> fifo = base::Ref<Fifo>::Adopt(base::New<Fifo>());
  if (!fifo) return Errno(ENOMEM);
  PipeEnds ends;
  for (const unsigned direction : {kOpenRead, kOpenWrite}) {
    const Error error = fifo->AddEnd(direction);
    if (!base::Ok(error)) return error;
    PipeFile* file = base::New<PipeFile>(NodeRef(), fifo, direction | (flags & kOpenNonblock));
    if (!file) {
      fifo->CloseEnd(direction);
      return Errno(ENOMEM);
    }
    (direction == kOpenRead ? ends.read : ends.write) = FileRef::Adopt(file);
  }
  return ends;
}

Result<FileRef> OpenFifo(NodeRef node, const base::Ref<Fifo>& fifo, unsigned flags) {
  const unsigned direction = flags & (kOpenRead | kOpenWrite);
  const bool alone = direction != (kOpenRead | kOpenWrite);
  if (flags & kOpenNonblock && direction == kOpenWrite && (fifo->Poll(kOpenWrite) & kPollError)) {
    return Errno(ENXIO);
  }
  Error error = fifo->AddEnd(direction);
  if (!base::Ok(error)) return error;
  PipeFile* file = base::New<PipeFile>(std::move(node), fifo, flags);
  if (!file) {
    fifo->CloseEnd(direction);
    return Errno(ENOMEM);
  }
  FileRef made = FileRef::Adopt(file);
  if (alone && (flags & kOpenNonblock) == 0) {
    error = fifo->WaitForPeer(direction);
    if (!base::Ok(error)) return error;
  }
  return made;
}

}  // namespace vfs
