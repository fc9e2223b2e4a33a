// SPDX-License-Identifier: BSD-2-Clause
#include "arch/x86_64/kernel/descriptors.h"

#include "arch/x86_64/kernel/registers.h"

// Known to entry.S.
extern "C" {
extern char x86_64_vectors[];
uint64_t x86_64_kernel_entry_stack;
}

namespace arch::x86 {
namespace {

constexpr unsigned kVectors = 48;
constexpr uint64_t kVectorBytes = 16;
constexpr unsigned kEmergencyStackBytes = 8192;

// SDM volume 3, 6.14.1.
struct Gate {
  uint16_t offset_low;
  uint16_t selector;
  uint8_t stack;  // interrupt stack table index, 0 = none
  uint8_t type;
  uint16_t offset_middle;
  uint32_t offset_high;
  uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);
constexpr uint8_t kInterruptGate = 0x8e;      // present, for the kernel only
constexpr uint8_t kUserInterruptGate = 0xee;  // reachable by an instruction of user mode

// SDM volume 3, 7.7.
struct [[gnu::packed]] TaskSegment {
  uint32_t reserved0;
  uint64_t stack[3];
  uint64_t reserved1;
  uint64_t emergency_stack[7];
  uint64_t reserved2;
  uint16_t reserved3;
  uint16_t io_map;
};
static_assert(sizeof(TaskSegment) == 104);

struct [[gnu::packed]] TablePointer {
  uint16_t limit;
  uint64_t base;
};

constinit uint64_t segments[] = {
    0,
    0x00af9a000000ffff,  // kernel code
    0x00cf92000000ffff,  // kernel data
    0x00cff2000000ffff,  // user data
    0x00affa000000ffff,  // user code
    0,                   // the task segment, two entries
    0,
};
constinit Gate gates[kVectors] = {};
constinit TaskSegment task = {};

enum EmergencyStack : uint8_t { kDoubleFault = 1, kNmi = 2, kMachineCheck = 3 };
alignas(16) char emergency_stacks[3][kEmergencyStackBytes];

uint8_t EmergencyStackFor(unsigned vector) {
  switch (vector) {
    case 2:
      return kNmi;
    case 8:
      return kDoubleFault;
    case 18:
      return kMachineCheck;
    default:
      return 0;
  }
}

void FillGates() {
  constexpr unsigned kBreakpoint = 3;
  constexpr unsigned kOverflow = 4;
  for (unsigned vector = 0; vector < kVectors; vector++) {
    auto address = reinterpret_cast<uint64_t>(x86_64_vectors) + vector * kVectorBytes;
    bool user = vector == kBreakpoint || vector == kOverflow;
    gates[vector] = {
        .offset_low = static_cast<uint16_t>(address),
        .selector = kKernelCode,
        .stack = EmergencyStackFor(vector),
        .type = user ? kUserInterruptGate : kInterruptGate,
        .offset_middle = static_cast<uint16_t>(address >> 16),
        .offset_high = static_cast<uint32_t>(address >> 32),
        .reserved = 0,
    };
  }
}

void FillTaskSegment() {
  constexpr uint64_t kAvailableTask = 0x89;
  task.io_map = sizeof task;  // no I/O port for user mode
  for (unsigned i = 0; i < 3; i++) {
    task.emergency_stack[i] = reinterpret_cast<uint64_t>(emergency_stacks[i + 1]);
  }
  auto base = reinterpret_cast<uint64_t>(&task);
  segments[kTaskSegment / 8] = (sizeof task - 1) | (base & 0xffffff) << 16 | kAvailableTask << 40 |
                               (base >> 24 & 0xff) << 56;
  segments[kTaskSegment / 8 + 1] = base >> 32;
}

}  // namespace

void LoadDescriptorTables() {
  FillGates();
  FillTaskSegment();
  TablePointer gdt{sizeof segments - 1, reinterpret_cast<uint64_t>(segments)};
  TablePointer idt{sizeof gates - 1, reinterpret_cast<uint64_t>(gates)};
  asm volatile("lgdt %0" ::"m"(gdt));
  asm volatile(
      "pushq %[code]\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1:\n\t"
      "movl %[data], %%ss\n\t"
      "movl %[data], %%ds\n\t"
      "movl %[data], %%es\n\t"
      "movl %[null], %%fs\n\t"
      "movl %[null], %%gs\n\t"
      :
      : [code] "i"(kKernelCode), [data] "r"(uint32_t{kKernelData}), [null] "r"(0)
      : "rax", "memory");
  asm volatile("lidt %0" ::"m"(idt));
  asm volatile("ltr %w0" ::"r"(uint32_t{kTaskSegment}));
}

void SetKernelEntryStack(uint64_t top) {
  task.stack[0] = top;
  x86_64_kernel_entry_stack = top;
}

}  // namespace arch::x86
