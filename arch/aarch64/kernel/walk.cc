// SPDX-License-Identifier: BSD-2-Clause
#include "arch/aarch64/kernel/trap_frame.h"
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"

extern "C" const char aarch64_trap_return[];
extern "C" const char aarch64_user_return[];

namespace arch {

using namespace aarch64;

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
  return ip == reinterpret_cast<mm::VirtAddr>(aarch64_trap_return) ||
         ip == reinterpret_cast<mm::VirtAddr>(aarch64_user_return);
}

}  // namespace

// Frame records: the caller's frame pointer, the return address (AAPCS64, 6.4.6).
void WalkFrames(mm::VirtAddr ip, mm::VirtAddr fp, mm::VirtAddr stack_low, mm::VirtAddr stack_high,
                CodeVisitor visit, void* context) {
  constexpr size_t kRecordBytes = 16;
  while (visit(context, ip)) {
    if (fp < stack_low || fp >= stack_high || !Readable(fp, kRecordBytes)) return;
    const auto* record = reinterpret_cast<const uint64_t*>(fp);
    if (!IsTrapReturn(ip)) {
      mm::VirtAddr above = record[0];
      ip = record[1];
      if (!ip) return;
      // A trap's record is entered by its address; every other one must lie higher.
      if (above <= fp && !IsTrapReturn(ip)) {
        visit(context, ip);
        return;
      }
      fp = above;
      continue;
    }
    if (!Readable(fp + kRecordBytes, sizeof(TrapFrame))) return;
    const auto& trap = *reinterpret_cast<const TrapFrame*>(fp + kRecordBytes);
    if (FromUser(trap)) return;
    // The interrupted function may be before its record is made, or behind its end: its return
    // address is then in the link register, which both leave alone.
    if (!visit(context, trap.x[kLinkRegister])) return;
    ip = trap.pc;
    const mm::VirtAddr above = trap.x[kFramePointer];
    fp = above > fp ? above : 0;
  }
}

[[gnu::noinline]] CallFrame CurrentCallFrame() {
  const auto* record = static_cast<const uint64_t*>(__builtin_frame_address(0));
  return {record[1], record[0]};
}

}  // namespace arch
