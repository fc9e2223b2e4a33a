// SPDX-License-Identifier: BSD-2-Clause
//
// kernel/mm/frames.h over the host's allocator: a frame's physical address is its host address,
// the direct map is the identity. Contiguous frames are one allocation, freed with its last frame.

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "kernel/mm/frames.h"

namespace mm {
namespace {

struct Run {
  size_t frames_left;
};

struct Frame {
  PhysAddr run;
  uint32_t references;
};

std::mutex g_lock;
std::map<PhysAddr, Run> g_runs;
std::map<PhysAddr, Frame> g_frames;
constexpr uint64_t kTotal = 65536;

}  // namespace

PhysAddr AllocateFrames(size_t count) {
  const std::lock_guard guard(g_lock);
  if (count == 0 || g_frames.size() + count > kTotal) return kNoFrame;
  void* memory = std::aligned_alloc(kPageSize, count * kPageSize);
  if (!memory) return kNoFrame;
  std::memset(memory, 0, count * kPageSize);
  const PhysAddr first = reinterpret_cast<PhysAddr>(memory);
  g_runs[first] = {count};
  for (size_t i = 0; i < count; ++i) g_frames[first + i * kPageSize] = {first, 1};
  return first;
}

void RetainFrame(PhysAddr frame) {
  const std::lock_guard guard(g_lock);
  ++g_frames.at(frame).references;
}

void ReleaseFrame(PhysAddr frame) {
  const std::lock_guard guard(g_lock);
  const auto found = g_frames.find(frame);
  if (found == g_frames.end()) std::abort();
  if (--found->second.references) return;
  const PhysAddr run = found->second.run;
  g_frames.erase(found);
  if (--g_runs.at(run).frames_left) return;
  g_runs.erase(run);
  std::free(reinterpret_cast<void*>(run));
}

void ReleaseFrames(PhysAddr first, size_t count) {
  for (size_t i = 0; i < count; ++i) ReleaseFrame(first + i * kPageSize);
}

void* DirectMap(PhysAddr address) { return reinterpret_cast<void*>(address); }
PhysAddr DirectMapPhys(const void* address) { return reinterpret_cast<PhysAddr>(address); }

void HoldExecutable(PhysAddr) {}
void ReleaseExecutable(PhysAddr) {}

FrameCounts CountFrames() {
  const std::lock_guard guard(g_lock);
  return {kTotal, kTotal - g_frames.size(), 0};
}

}  // namespace mm
