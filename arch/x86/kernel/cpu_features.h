// SPDX-License-Identifier: BSD-2-Clause
//
// What CPUID says and the kernel uses. Filled by InitCpu.
#pragma once

namespace arch::x86 {

struct CpuFeatures {
  bool random = false;  // RDRAND
  bool xsave = false;
  bool smep = false;
  bool smap = false;
  bool umip = false;
};
const CpuFeatures& Features();

}  // namespace arch::x86
