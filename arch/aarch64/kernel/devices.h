// SPDX-License-Identifier: BSD-2-Clause
//
// What the device tree says of the devices that the kernel drives itself. Addresses are physical, 0
// where a device lacks. Filled by UseFirmware.
#pragma once

#include <cstdint>

#include "kernel/mm/types.h"

namespace arch::aarch64 {

struct Devices {
  mm::PhysAddr uart = 0;  // PL011
  unsigned uart_line = 0;
  mm::PhysAddr distributor = 0;  // GICv2
  mm::PhysAddr cpu_interface = 0;
  unsigned timer_line = 0;  // of the virtual timer
  mm::PhysAddr clock = 0;   // PL031
  bool psci_by_smc = false;
};
const Devices& KnownDevices();

}  // namespace arch::aarch64
