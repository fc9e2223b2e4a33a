// SPDX-License-Identifier: BSD-2-Clause
#include "arch/i386/kernel/descriptors.h"

#include "arch/i386/kernel/trap_frame.h"

// Known to entry.S.
extern "C" {
extern char i386_vectors[], i386_syscall_vector[];
void i386_HandleTrap(arch::UserContext* frame);
}

namespace arch::x86 {
namespace {

constexpr unsigned kVectors = 48;
constexpr uint32_t kVectorBytes = 16;
constexpr unsigned kEmergencyStackBytes = 8192;
constexpr unsigned kDoubleFault = 8;

// SDM volume 3, 6.11.
struct Gate {
  uint16_t offset_low;
  uint16_t selector;
  uint8_t reserved;
  uint8_t type;
  uint16_t offset_high;
};
static_assert(sizeof(Gate) == 8);
constexpr uint8_t kInterruptGate = 0x8e;      // present, for the kernel only
constexpr uint8_t kUserInterruptGate = 0xee;  // reachable by an instruction of user mode
constexpr uint8_t kTaskGate = 0x85;

// SDM volume 3, 7.2.1.
struct TaskSegment {
  uint32_t link;
  struct {
    uint32_t esp, ss;
  } stack[3];
  uint32_t cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
  uint32_t es, cs, ss, ds, fs, gs, local_table;
  uint16_t trap, io_map;
};
static_assert(sizeof(TaskSegment) == 104);

struct [[gnu::packed]] TablePointer {
  uint16_t limit;
  uint32_t base;
};

constinit uint64_t segments[] = {
    0,
    0x00cf9a000000ffff,  // kernel code
    0x00cf92000000ffff,  // kernel stack
    0x00cffa000000ffff,  // user code
    0x00cff2000000ffff,  // user data
    0,                   // the task segment
    0,                   // the double fault's
    0,                   // thread-local storage
    0,
    0,
};
static_assert(sizeof segments / sizeof segments[0] == kFirstTlsEntry + kTlsEntries);
constinit Gate gates[kSyscallVector + 1] = {};
constinit TaskSegment task = {};
constinit TaskSegment double_fault = {};
alignas(16) char emergency_stack[kEmergencyStackBytes];

// Runs as a task of its own: what was interrupted stands in the other task's segment.
[[noreturn]] void OnDoubleFault() {
  TrapFrame frame{task.ebx,     task.ecx, task.edx, task.esi, task.edi,    task.ebp, task.eax,
                  kDoubleFault, 0,        task.eip, task.cs,  task.eflags, task.esp, task.ss};
  i386_HandleTrap(&frame);
  for (;;) asm volatile("hlt");
}

Gate GateTo(const char* code, bool user) {
  const auto address = reinterpret_cast<uintptr_t>(code);
  return {.offset_low = static_cast<uint16_t>(address),
          .selector = kKernelCode,
          .reserved = 0,
          .type = user ? kUserInterruptGate : kInterruptGate,
          .offset_high = static_cast<uint16_t>(address >> 16)};
}

void FillGates() {
  constexpr unsigned kBreakpoint = 3;
  constexpr unsigned kOverflow = 4;
  for (unsigned vector = 0; vector < kVectors; vector++) {
    const bool user = vector == kBreakpoint || vector == kOverflow;
    gates[vector] = GateTo(i386_vectors + vector * kVectorBytes, user);
  }
  gates[kDoubleFault] = {0, kDoubleFaultTask, 0, kTaskGate, 0};
  gates[kSyscallVector] = GateTo(i386_syscall_vector, true);
}

uint64_t TaskDescriptor(const TaskSegment& segment) {
  constexpr uint64_t kAvailableTask = 0x89;
  const uint64_t base = reinterpret_cast<uintptr_t>(&segment);
  return (sizeof segment - 1) | (base & 0xffffff) << 16 | kAvailableTask << 40 | (base >> 24) << 56;
}

void FillTaskSegments() {
  task.io_map = double_fault.io_map = sizeof task;  // no I/O port for user mode
  task.stack[0].ss = kKernelStack;
  double_fault.cr3 = ReadCr3();
  double_fault.eip = reinterpret_cast<uintptr_t>(&OnDoubleFault);
  double_fault.eflags = 2;
  // The error code comes to lie where a call would put its return address.
  double_fault.esp = reinterpret_cast<uintptr_t>(emergency_stack + sizeof emergency_stack);
  double_fault.cs = kKernelCode;
  double_fault.ss = kKernelStack;
  double_fault.ds = double_fault.es = kUserData;
  segments[kTaskSegment / 8] = TaskDescriptor(task);
  segments[kDoubleFaultTask / 8] = TaskDescriptor(double_fault);
}

}  // namespace

void LoadDescriptorTables() {
  FillGates();
  FillTaskSegments();
  TablePointer gdt{sizeof segments - 1, reinterpret_cast<uintptr_t>(segments)};
  TablePointer idt{sizeof gates - 1, reinterpret_cast<uintptr_t>(gates)};
  asm volatile("lgdt %0" ::"m"(gdt));
  asm volatile(
      "pushl %[code]\n\t"
      "call 1f\n"
      "1:\n\t"
      "addl $2f - 1b, (%%esp)\n\t"
      "lretl\n"
      "2:\n\t"
      "movl %[stack], %%ss\n\t"
      "movl %[data], %%ds\n\t"
      "movl %[data], %%es\n\t"
      "movl %[null], %%fs\n\t"
      "movl %[null], %%gs\n\t"
      :
      : [code] "i"(kKernelCode), [stack] "r"(uint32_t{kKernelStack}),
        [data] "r"(uint32_t{kUserData}), [null] "r"(0)
      : "memory");
  asm volatile("lidt %0" ::"m"(idt));
  asm volatile("ltr %w0" ::"r"(uint32_t{kTaskSegment}));
}

void SetKernelEntryStack(uint32_t top) { task.stack[0].esp = top; }

void UseKernelRoot(mm::PhysAddr root) { double_fault.cr3 = static_cast<uint32_t>(root); }

void LoadTlsDescriptors(const uint64_t (&descriptors)[kTlsEntries]) {
  for (unsigned i = 0; i < kTlsEntries; i++) segments[kFirstTlsEntry + i] = descriptors[i];
}

}  // namespace arch::x86
