// SPDX-License-Identifier: BSD-2-Clause
#include "arch/riscv64/kernel/vector_state.h"

#include "arch/riscv64/kernel/machine.h"
#include "arch/riscv64/kernel/registers.h"

namespace arch::riscv64 {
namespace {

constinit size_t register_bytes = 0;
constinit uint64_t status_bits = 0;

class UnitsOn {
 public:
  UnitsOn() : before_(ReadStatus() & (kStatusFloat | kStatusVector)) { SetStatus(status_bits); }
  ~UnitsOn() {
    ClearStatus(kStatusFloat | kStatusVector);
    SetStatus(before_);
  }

 private:
  uint64_t before_;
};

#define DYNLINK_FLOATS(instruction)                                                             \
  DYNLINK_WITH(                                                                                 \
      "+d", instruction                                                                         \
      " f0, 0(%0)\n" instruction " f1, 8(%0)\n" instruction " f2, 16(%0)\n" instruction         \
      " f3, 24(%0)\n" instruction " f4, 32(%0)\n" instruction " f5, 40(%0)\n" instruction       \
      " f6, 48(%0)\n" instruction " f7, 56(%0)\n" instruction " f8, 64(%0)\n" instruction       \
      " f9, 72(%0)\n" instruction " f10, 80(%0)\n" instruction " f11, 88(%0)\n" instruction     \
      " f12, 96(%0)\n" instruction " f13, 104(%0)\n" instruction " f14, 112(%0)\n" instruction  \
      " f15, 120(%0)\n" instruction " f16, 128(%0)\n" instruction " f17, 136(%0)\n" instruction \
      " f18, 144(%0)\n" instruction " f19, 152(%0)\n" instruction " f20, 160(%0)\n" instruction \
      " f21, 168(%0)\n" instruction " f22, 176(%0)\n" instruction " f23, 184(%0)\n" instruction \
      " f24, 192(%0)\n" instruction " f25, 200(%0)\n" instruction " f26, 208(%0)\n" instruction \
      " f27, 216(%0)\n" instruction " f28, 224(%0)\n" instruction " f29, 232(%0)\n" instruction \
      " f30, 240(%0)\n" instruction " f31, 248(%0)\n")

void SaveFloats(FloatState* state) {
  asm volatile(DYNLINK_FLOATS("fsd")::"r"(state->f) : "memory");
  asm volatile(DYNLINK_WITH("+d", "frcsr %0") : "=r"(state->control));
}

void LoadFloats(const FloatState& state) {
  asm volatile(DYNLINK_FLOATS("fld")::"r"(state.f) : "memory");
  asm volatile(DYNLINK_WITH("+d", "fscsr %0")::"r"(state.control));
}

#undef DYNLINK_FLOATS

#define DYNLINK_VECTORS(instruction)                                                 \
  DYNLINK_WITH("+v", instruction " v0, (%0)\n" instruction " v8, (%1)\n" instruction \
                                 " v16, (%2)\n" instruction " v24, (%3)")

void SaveVectors(VectorControl* control, std::byte* registers) {
  asm volatile(DYNLINK_WITH("+v",
                            "csrr %0, vstart\n csrr %1, vtype\n csrr %2, vl\n csrr %3, vcsr\n"
                            "csrw vstart, zero")
               : "=&r"(control->start), "=&r"(control->type), "=&r"(control->length),
                 "=&r"(control->control));
  const size_t group = 8 * register_bytes;
  asm volatile(DYNLINK_VECTORS("vs8r.v")::"r"(registers), "r"(registers + group),
               "r"(registers + 2 * group), "r"(registers + 3 * group)
               : "memory");
}

// vtype and vl can only be set by an instruction that computes vl, at most what vtype allows: what a
// program could not have had becomes something that it could.
void LoadVectors(const VectorControl& control, const std::byte* registers) {
  const size_t group = 8 * register_bytes;
  asm volatile(DYNLINK_WITH("+v", "csrw vstart, zero"));
  asm volatile(DYNLINK_VECTORS("vl8r.v")::"r"(registers), "r"(registers + group),
               "r"(registers + 2 * group), "r"(registers + 3 * group)
               : "memory");
  asm volatile(DYNLINK_WITH("+v", "vsetvl zero, %0, %1\n csrw vcsr, %2\n csrw vstart, %3")::"r"(
                   control.length),
               "r"(control.type), "r"(control.control), "r"(control.start));
}

#undef DYNLINK_VECTORS

}  // namespace

void InitVectorState() {
  // A unit that does not exist stays off.
  SetStatus(kStatusFloatInitial | kStatusVectorInitial);
  const uint64_t on = ReadStatus();
  if (on & kStatusFloat) status_bits |= kStatusFloatInitial;
  // Where there are no vectors, VS may be writable all the same (privileged ISA, mstatus).
  constexpr uint64_t kVectors = uint64_t{1} << ('v' - 'a');
  if ((on & kStatusVector) && (TheMachine().capabilities & kVectors)) {
    size_t bytes;
    asm volatile(DYNLINK_WITH("+v", "csrr %0, vlenb") : "=r"(bytes));
    if (bytes <= kVectorRegisterMostBytes) {
      register_bytes = bytes;
      status_bits |= kStatusVectorInitial;
    }
  }
  ClearStatus(kStatusFloat | kStatusVector);
}

size_t VectorStateBytes() { return sizeof(VectorState) + 32 * register_bytes; }
size_t VectorRegisterBytes() { return register_bytes; }
uint64_t VectorStatusBits() { return status_bits; }

void ResetVectorState(void* area) {
  __builtin_memset(area, 0, VectorStateBytes());
  // vtype's highest bit is vill: no configuration yet.
  static_cast<VectorState*>(area)->vectors.type = uint64_t{1} << 63;
}

void SaveVectorState(void* area) {
  auto* state = static_cast<VectorState*>(area);
  UnitsOn on;
  if (status_bits & kStatusFloat) SaveFloats(&state->floats);
  if (register_bytes) SaveVectors(&state->vectors, VectorRegisters(state));
}

void LoadVectorState(const void* area) {
  const auto* state = static_cast<const VectorState*>(area);
  UnitsOn on;
  if (status_bits & kStatusFloat) LoadFloats(state->floats);
  if (register_bytes) {
    LoadVectors(state->vectors, reinterpret_cast<const std::byte*>(state + 1));
  }
}

}  // namespace arch::riscv64
