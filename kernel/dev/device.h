// SPDX-License-Identifier: BSD-2-Clause
//
// The registry of character devices. Modules come in through kernel/kpi/device.h; the kernel's own
// devices (the terminal) through AddBuiltin. Every device has a number (st_rdev) that its node in
// /dev carries; opening a node finds the device by number, so mknod works too.
#pragma once

#include "kernel/vfs/file.h"

namespace dev {

// Linux's encoding of a device number in st_rdev (new_encode_dev).
constexpr uint64_t DeviceNumber(uint32_t major, uint32_t minor) {
  return (minor & 0xff) | (uint64_t{major} & 0xfff) << 8 |
         (uint64_t{minor} & ~uint64_t{0xff}) << 12;
}

// Makes vfs open device nodes through this registry. Once, before any device is made.
void InitializeDevices();

// A device of the kernel itself, for ever. EEXIST, ENOMEM.
using BuiltinOpener = base::Result<vfs::FileRef> (*)(vfs::Node& node, unsigned flags);
base::Error AddBuiltin(const char* name, uint64_t number, uint32_t mode, BuiltinOpener opener);

// Module devices that exist now.
size_t CountDevices();

}  // namespace dev
