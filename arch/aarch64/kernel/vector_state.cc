// SPDX-License-Identifier: BSD-2-Clause
#include "arch/aarch64/kernel/vector_state.h"

#include "arch/aarch64/kernel/registers.h"

extern "C" {
void aarch64_SaveVectors(arch::aarch64::VectorState* to);
void aarch64_LoadVectors(const arch::aarch64::VectorState* from);
}

namespace arch::aarch64 {
namespace {

class FpuOn {
 public:
  FpuOn() {
    AARCH64_WRITE(cpacr_el1, kFpuOn);
    Synchronise();
  }
  ~FpuOn() {
    AARCH64_WRITE(cpacr_el1, 0);
    Synchronise();
  }
};

}  // namespace

void SaveVectorState(VectorState* to) {
  FpuOn on;
  aarch64_SaveVectors(to);
}

void LoadVectorState(const VectorState& from) {
  FpuOn on;
  aarch64_LoadVectors(&from);
}

}  // namespace arch::aarch64
