// SPDX-License-Identifier: BSD-2-Clause
//
// Pipes and FIFOs (POSIX pipe(), mkfifo()). A ring of kPipeCapacity bytes; writes of at most
// kPipeAtomic bytes are not interleaved with others'. Reading from a pipe without writers gives 0
// when it is empty; writing to one without readers is EPIPE (the system-call layer adds SIGPIPE).
#pragma once

#include "kernel/sched/sync.h"
#include "kernel/vfs/file.h"

namespace vfs {

inline constexpr size_t kPipeCapacity = 65536;
inline constexpr size_t kPipeAtomic = 4096;  // PIPE_BUF

// The shared middle of a pipe: counted by its open ends and, for a named one, by its node.
class Fifo {
 public:
  Fifo() = default;
  ~Fifo();
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release();

  // Adds an end; ENOMEM when the ring cannot be had. Close takes it away.
  base::Error AddEnd(unsigned flags);
  void CloseEnd(unsigned flags);
  // For open(2) of a FIFO: waits until there is a peer of the other kind. EINTR.
  base::Error WaitForPeer(unsigned flags);

  base::Result<size_t> Read(void* to, size_t bytes, bool blocking);
  base::Result<size_t> Write(const void* from, size_t bytes, bool blocking);
  unsigned Poll(unsigned flags);

 private:
  size_t Put(const void* from, size_t bytes);
  size_t Get(void* to, size_t bytes);

  std::atomic<uint32_t> references_{1};
  sched::Mutex lock_;
  sched::Condition changed_;
  char* ring_ = nullptr;
  size_t first_ = 0;
  size_t used_ = 0;
  uint32_t readers_ = 0;
  uint32_t writers_ = 0;
  uint64_t readers_ever_ = 0;
  uint64_t writers_ever_ = 0;
};

struct PipeEnds {
  FileRef read;
  FileRef write;
};
// pipe2(2): both ends get `flags` (kOpenNonblock or 0). ENOMEM.
base::Result<PipeEnds> CreatePipe(unsigned flags);

// open(2) of a FIFO node: blocks for a peer unless kOpenNonblock or open for both; a non-blocking
// open for writing alone without a reader is ENXIO.
base::Result<FileRef> OpenFifo(NodeRef node, const base::Ref<Fifo>& fifo, unsigned flags);

}  // namespace vfs
