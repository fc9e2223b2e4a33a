// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/x86_64/kernel/trap_frame.h"

extern "C" {
extern char x86_64_trap_return[];
extern char x86_64_syscall_return[];
}

namespace arch {

using namespace x86;

namespace {

constexpr uint64_t kKernelHalf = 0xffff800000000000;

bool Readable(mm::VirtAddr address, size_t bytes) {
  if (address % sizeof(uint64_t) || address < kKernelHalf || address + bytes < address)
    return false;
  for (mm::VirtAddr page = mm::PageDown(address); page < address + bytes; page += mm::kPageSize) {
    Mapping mapping;
    if (!Translate(CurrentRoot(), page, &mapping)) return false;
    if (mapping.protection == mm::Protection::kNone) return false;
  }
  return true;
}

bool IsTrapReturn(mm::VirtAddr ip) {
  return ip == reinterpret_cast<mm::VirtAddr>(x86_64_trap_return) ||
         ip == reinterpret_cast<mm::VirtAddr>(x86_64_syscall_return);
}

}  // namespace

void WalkFrames(mm::VirtAddr ip, mm::VirtAddr fp, mm::VirtAddr stack_low, mm::VirtAddr stack_high,
                CodeVisitor visit, void* context) {
  constexpr size_t kFrameBytes = 16;  // saved frame pointer, return address
  while (visit(context, ip)) {
    if (fp < stack_low || fp >= stack_high || !Readable(fp, kFrameBytes)) return;
    const auto* frame = reinterpret_cast<const uint64_t*>(fp);
    if (!IsTrapReturn(ip)) {
      mm::VirtAddr above = frame[0];
      ip = frame[1];
      if (!ip) return;
      // A trap stub's frame is entered by its address; every other one must lie higher.
      if (above <= fp && !IsTrapReturn(ip)) {
        visit(context, ip);
        return;
      }
      fp = above;
      continue;
    }
    if (!Readable(fp + kFrameBytes, sizeof(TrapFrame))) return;
    const auto& trap = *reinterpret_cast<const TrapFrame*>(fp + kFrameBytes);
    if (FromUser(trap)) return;
    // The interrupted function may be before `push %rbp`, between it and `mov %rsp, %rbp`, or
    // after `pop %rbp`: its return address is then at the top of its stack or one word below.
    if (Readable(trap.rsp, kFrameBytes)) {
      const auto* top = reinterpret_cast<const uint64_t*>(trap.rsp);
      if (!visit(context, top[0]) || !visit(context, top[1])) return;
    }
    ip = trap.rip;
    fp = trap.rbp > fp ? trap.rbp : 0;
  }
}

[[gnu::noinline]] CallFrame CurrentCallFrame() {
  const auto* frame = static_cast<const uint64_t*>(__builtin_frame_address(0));
  return {frame[1], frame[0]};
}

}  // namespace arch
