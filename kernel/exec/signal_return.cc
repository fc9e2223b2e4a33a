// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/signal_return.h"

#include <cstring>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/base/panic.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/frames.h"
#include "kernel/sched/sync.h"

namespace exec {
namespace {

sched::Mutex g_frame_lock;
mm::PhysAddr g_frame = mm::kNoFrame;  // filled once, then never changed

mm::PhysAddr CodeFrame() {
  sched::Guard guard(g_frame_lock);
  if (g_frame != mm::kNoFrame) return g_frame;
  const mm::PhysAddr frame = mm::AllocateFrame();
  if (frame == mm::kNoFrame) return frame;
  const std::span<const uint8_t> code = arch::kLinuxAbi.signal_return;
  BASE_CHECK(code.size() <= mm::kPageSize);
  std::memcpy(mm::DirectMap(frame), code.data(), code.size());
  return g_frame = frame;
}

}  // namespace

base::Error MapSignalReturn(mm::AddressSpace& space, mm::VirtAddr* at) {
  *at = 0;
  if (arch::kLinuxAbi.signal_return.empty()) return base::Error::kOk;
  const mm::PhysAddr frame = CodeFrame();
  if (frame == mm::kNoFrame) return base::Errno(ENOMEM);
  const base::Result<mm::VirtAddr> mapped = space.MapCode(frame);
  if (!mapped.ok()) return mapped.error();
  *at = mapped.value();
  return base::Error::kOk;
}

}  // namespace exec
