// SPDX-License-Identifier: BSD-2-Clause
//
// Frame records (RISC-V calling convention, "Frame Pointer Convention"): s0 is the stack pointer of
// before the call; below it are the return address and the caller's s0.
#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/riscv64/kernel/page_table.h"
#include "arch/riscv64/kernel/trap_frame.h"

extern "C" {
extern char riscv64_trap_return[];
}

namespace arch {

using namespace riscv64;

namespace {

constexpr uint64_t kKernelHalf = 0xffffffc000000000;
constexpr size_t kRecordBytes = 16;

struct Record {
  uint64_t fp;
  uint64_t ra;
};

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

bool IsCode(mm::VirtAddr address) {
  Mapping mapping;
  return Translate(CurrentRoot(), address, &mapping) &&
         mapping.protection == mm::Protection::kReadExecute;
}

const Record& RecordBelow(mm::VirtAddr fp) {
  return *reinterpret_cast<const Record*>(fp - kRecordBytes);
}

}  // namespace

void WalkFrames(mm::VirtAddr ip, mm::VirtAddr fp, mm::VirtAddr stack_low, mm::VirtAddr stack_high,
                CodeVisitor visit, void* context) {
  while (visit(context, ip)) {
    if (fp < stack_low + kRecordBytes || fp > stack_high) return;
    if (!Readable(fp - kRecordBytes, kRecordBytes)) return;
    if (ip != reinterpret_cast<mm::VirtAddr>(riscv64_trap_return)) {
      const Record& record = RecordBelow(fp);
      ip = record.ra;
      if (!ip) return;
      if (record.fp <= fp) {
        visit(context, ip);
        return;
      }
      fp = record.fp;
      continue;
    }
    if (!Readable(fp, sizeof(TrapFrame))) return;
    const auto& trap = *reinterpret_cast<const TrapFrame*>(fp);
    if (FromUser(trap)) return;
    // The interrupted function may not have stored ra yet, may have loaded it again, or never stores
    // it because it calls nobody: then it is in the register.
    if (!visit(context, trap.ra)) return;
    ip = trap.pc;
    if (trap.s0 <= fp || !Readable(trap.s0 - kRecordBytes, kRecordBytes)) {
      fp = 0;
      continue;
    }
    // The frame of a function that stores no ra has the caller's s0 in its place.
    const Record& record = RecordBelow(trap.s0);
    fp = IsCode(record.ra) || record.ra <= trap.s0 ? trap.s0 : record.ra;
  }
}

}  // namespace arch
