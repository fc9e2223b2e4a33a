// SPDX-License-Identifier: BSD-2-Clause
//
// The Linux system-call ABI of RISC-V is the generic one. Data and functions without privilege: host
// tests link this file.
#include "arch/contract/kernel/linux_abi.h"

#include "kernel/syscall/asm_generic.h"

namespace arch {
namespace {

// li a7, 139 (rt_sigreturn); ecall
constexpr uint8_t kSignalReturn[] = {0x93, 0x08, 0xb0, 0x08, 0x73, 0x00, 0x00, 0x00};

}  // namespace

constinit const LinuxAbi kLinuxAbi = {
    .machine = "riscv64",
    .platform = "riscv64",
    .calls = syscalls::kAsmGenericNumbers,
    .open_directory = 0200000,
    .open_nofollow = 0400000,
    .sigaction_has_restorer = false,
    .signal_return = kSignalReturn,
    .clone_tls_is_fourth = true,
    .stat_bytes = sizeof(syscalls::AsmGenericStat),
    .encode_stat = syscalls::EncodeAsmGenericStat,
};

}  // namespace arch
