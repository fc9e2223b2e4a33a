// SPDX-License-Identifier: BSD-2-Clause
//
// The signal frame of x86_64 (asm/sigcontext.h, asm/ucontext.h), arch_prctl and AT_HWCAP.
#include <cpuid.h>

#include <cstring>

#include "arch/contract/kernel/cpu.h"
#include "arch/contract/kernel/linux_abi.h"
#include "arch/contract/kernel/mmu.h"
#include "arch/contract/kernel/user.h"
#include "arch/x86/kernel/vector_state.h"
#include "arch/x86_64/kernel/trap_frame.h"
#include "arch/x86_64/kernel/user_state.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/address_space.h"

namespace arch {

using namespace x86;

namespace {

constexpr size_t kRedZone = 128;  // System V ABI 3.2.2
constexpr uint64_t kExtendedState = 1, kHasStackSegment = 2, kStrictStackSegment = 4;  // uc_flags
constexpr uint32_t kMagic1 = 0x46505853;
constexpr uint32_t kMagic2 = 0x46505845;
constexpr size_t kSoftwareBytesAt = 464;  // of an FXSAVE area: free for software

struct SigContext {
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
  uint16_t cs, gs, fs, ss;
  uint64_t error, trap, old_mask, cr2;
  uint64_t vector_state;  // user address, 0 = none
  uint64_t reserved[8];
};
static_assert(sizeof(SigContext) == 256);

struct Frame {
  uint64_t return_address;
  uint64_t flags;
  uint64_t link;
  uint64_t stack_base;
  uint32_t stack_flags;
  uint32_t padding;
  uint64_t stack_bytes;
  SigContext registers;
  uint64_t blocked;
  SigInfo info;
};
static_assert(offsetof(Frame, blocked) == 304 && sizeof(Frame) == 440);

// What tells a handler how large the area is and what is in it.
struct SoftwareBytes {
  uint32_t magic;
  uint32_t whole_bytes;
  uint64_t components;
  uint32_t state_bytes;
  uint32_t padding[7];
};
static_assert(sizeof(SoftwareBytes) == 48);

void SaveRegisters(const UserContext& from, SigContext& to) {
  to.r8 = from.r8, to.r9 = from.r9, to.r10 = from.r10, to.r11 = from.r11;
  to.r12 = from.r12, to.r13 = from.r13, to.r14 = from.r14, to.r15 = from.r15;
  to.rdi = from.rdi, to.rsi = from.rsi, to.rbp = from.rbp, to.rbx = from.rbx;
  to.rdx = from.rdx, to.rax = from.rax, to.rcx = from.rcx, to.rsp = from.rsp;
  to.rip = from.rip, to.rflags = from.rflags;
  to.cs = static_cast<uint16_t>(from.cs), to.ss = static_cast<uint16_t>(from.ss);
}

// Segments stay the kernel's choice.
void LoadRegisters(const SigContext& from, UserContext& to) {
  to.r8 = from.r8, to.r9 = from.r9, to.r10 = from.r10, to.r11 = from.r11;
  to.r12 = from.r12, to.r13 = from.r13, to.r14 = from.r14, to.r15 = from.r15;
  to.rdi = from.rdi, to.rsi = from.rsi, to.rbp = from.rbp, to.rbx = from.rbx;
  to.rdx = from.rdx, to.rax = from.rax, to.rcx = from.rcx, to.rsp = from.rsp;
  to.rip = from.rip, to.rflags = UserFlags(from.rflags);
}

// With the number behind it that says that it is whole.
size_t VectorBytesInFrame() {
  return VectorStateBytes() + (VectorComponents() ? sizeof kMagic2 : 0);
}

// The vector state of the running thread.
bool PushVectorState(uintptr_t at) {
  // XSAVE leaves the reserved bytes of its header alone.
  alignas(kVectorAlign) char area[kVectorMostBytes] = {};
  bool on = DisableInterrupts();
  SaveVectorState(area);
  RestoreInterrupts(on);
  const size_t bytes = VectorStateBytes();
  SoftwareBytes software{};
  if (VectorComponents()) {
    software.magic = kMagic1;
    software.whole_bytes = static_cast<uint32_t>(VectorBytesInFrame());
    software.components = VectorComponents();
    software.state_bytes = static_cast<uint32_t>(bytes);
    if (!base::Ok(mm::CopyOut(at + bytes, &kMagic2, sizeof kMagic2))) return false;
  }
  std::memcpy(area + kSoftwareBytesAt, &software, sizeof software);
  return base::Ok(mm::CopyOut(at, area, bytes));
}

bool PopVectorState(uintptr_t from) {
  alignas(kVectorAlign) char area[kVectorMostBytes];
  if (!from) {
    ResetVectorState(area);
  } else if (!base::Ok(mm::CopyIn(area, from, VectorStateBytes()))) {
    return false;
  }
  SanitiseVectorState(area);
  bool on = DisableInterrupts();
  LoadVectorState(area);
  RestoreInterrupts(on);
  return true;
}

}  // namespace

bool PushSignalFrame(UserContext& context, const SignalDelivery& delivery) {
  if (!delivery.restorer) return false;
  const uintptr_t top = delivery.stack_top ? delivery.stack_top : context.rsp - kRedZone;
  const uintptr_t vector_state = (top - VectorBytesInFrame()) & ~(kVectorAlign - 1);
  // At the handler's first instruction the stack is as after a call: rsp + 8 is a multiple of 16.
  const uintptr_t at = ((vector_state - sizeof(Frame)) & ~uintptr_t{15}) - 8;
  if (at <= delivery.stack_low || !PushVectorState(vector_state)) return false;

  Frame frame{};
  frame.return_address = delivery.restorer;
  frame.flags = (VectorComponents() ? kExtendedState : 0) | kHasStackSegment | kStrictStackSegment;
  frame.stack_base = delivery.alt_base;
  frame.stack_bytes = delivery.alt_bytes;
  frame.stack_flags = delivery.alt_flags;
  SaveRegisters(context, frame.registers);
  frame.registers.vector_state = vector_state;
  frame.registers.old_mask = delivery.blocked;
  frame.blocked = delivery.blocked;
  frame.info = SigInfoOf(delivery);
  frame.registers.cr2 = delivery.fault_address;
  if (!base::Ok(mm::CopyOut(at, &frame, sizeof frame))) return false;

  // A handler is a function like any other: where it begins the x87 stack has nothing on it and the
  // control words are a program's first ones (System V ABI), whatever was interrupted.
  StartVectorState();
  context.rdi = static_cast<uint64_t>(delivery.signal);
  context.rsi = at + offsetof(Frame, info);
  context.rdx = at + offsetof(Frame, flags);
  context.rax = 0;
  context.rsp = at;
  context.rip = delivery.handler;
  context.rflags = UserFlags(0);
  return true;
}

bool PopSignalFrame(UserContext& context, SignalReturn* out) {
  // The handler's return has taken the return address off the stack.
  Frame frame;
  if (!base::Ok(mm::CopyIn(&frame, context.rsp - sizeof frame.return_address, sizeof frame))) {
    return false;
  }
  if (!PopVectorState(frame.registers.vector_state)) return false;
  LoadRegisters(frame.registers, context);
  *out = {.blocked = frame.blocked,
          .has_stack = true,
          .alt_base = frame.stack_base,
          .alt_bytes = frame.stack_bytes,
          .alt_flags = frame.stack_flags};
  return true;
}

uint64_t HardwareCapabilities() {
  unsigned eax, ebx, ecx, edx;
  __cpuid(1, eax, ebx, ecx, edx);
  return edx;
}

namespace {

int64_t ArchPrctl(uint64_t code, uint64_t value) {
  constexpr uint64_t kSetGs = 0x1001, kSetFs = 0x1002, kGetFs = 0x1003, kGetGs = 0x1004;
  const uint64_t current = code == kGetFs ? ThreadPointer() : SecondPointer();
  switch (code) {
    case kSetFs:
    case kSetGs:
      // A base that is not canonical faults in the kernel when it is loaded.
      if (value >= UserEnd()) return -EPERM;
      if (code == kSetFs) {
        SetThreadPointer(value);
      } else {
        SetSecondPointer(value);
      }
      return 0;
    case kGetFs:
    case kGetGs:
      return -base::Number(mm::CopyOut(value, &current, sizeof current));
  }
  return -EINVAL;
}

}  // namespace

bool OwnCall(uint64_t number, const uint64_t (&arguments)[6], int64_t& result) {
  constexpr uint64_t kArchPrctl = 158;
  if (number != kArchPrctl) return false;
  result = ArchPrctl(arguments[0], arguments[1]);
  return true;
}

}  // namespace arch
