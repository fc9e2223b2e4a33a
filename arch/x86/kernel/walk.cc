// SPDX-License-Identifier: BSD-2-Clause
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/current/kernel/page_table.h"
#include "arch/current/kernel/trap_frame.h"
#include "arch/x86/kernel/trap.h"

namespace arch {

using namespace x86;

namespace {

bool IsMapped(mm::VirtAddr address, size_t bytes) {
  if (address < Format::kKernelHalf || address + bytes < address) return false;
  for (mm::VirtAddr page = mm::PageDown(address); page < address + bytes; page += mm::kPageSize) {
    Mapping mapping;
    if (!Translate(CurrentRoot(), page, &mapping)) return false;
    if (mapping.protection == mm::Protection::kNone) return false;
  }
  return true;
}

bool Readable(mm::VirtAddr address, size_t bytes) {
  return address % sizeof(uintptr_t) == 0 && IsMapped(address, bytes);
}

// Whether a call instruction ends at `address`: E8 with an offset, or FF /2 with an operand of any
// form (SDM volume 2, CALL). What no call has left is no return address: arguments are on the stack
// too, and some are addresses of functions.
bool FollowsCall(mm::VirtAddr address) {
  constexpr size_t kLongest = 7;
  constexpr size_t kDirect = 5;
  constexpr uint8_t kOpcodeExtension = 0x38, kCall = 2 << 3;
  if (!IsMapped(address - kLongest, kLongest)) return true;  // who knows
  const auto* end = reinterpret_cast<const uint8_t*>(address);
  if (*(end - kDirect) == 0xe8) return true;
  constexpr size_t kIndirect[] = {2, 3, 4, 6, kLongest};
  for (size_t length : kIndirect) {
    const uint8_t* at = end - length;
    if (at[0] == 0xff && (at[1] & kOpcodeExtension) == kCall) return true;
  }
  return false;
}

}  // namespace

void WalkFrames(mm::VirtAddr ip, mm::VirtAddr fp, mm::VirtAddr stack_low, mm::VirtAddr stack_high,
                CodeVisitor visit, void* context) {
  constexpr size_t kFrameBytes = 2 * sizeof(uintptr_t);  // saved frame pointer, return address
  while (visit(context, ip)) {
    if (fp < stack_low || fp >= stack_high || !Readable(fp, kFrameBytes)) return;
    const auto* frame = reinterpret_cast<const uintptr_t*>(fp);
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
    if (Readable(StackOf(trap), kFrameBytes)) {
      const auto* top = reinterpret_cast<const uintptr_t*>(StackOf(trap));
      for (int i = 0; i < 2; i++) {
        if (FollowsCall(top[i]) && !visit(context, top[i])) return;
      }
    }
    ip = PlaceOf(trap);
    fp = CallFrameOf(trap) > fp ? CallFrameOf(trap) : 0;
  }
}

[[gnu::noinline]] CallFrame CurrentCallFrame() {
  const auto* frame = static_cast<const uintptr_t*>(__builtin_frame_address(0));
  return {frame[1], frame[0]};
}

}  // namespace arch
