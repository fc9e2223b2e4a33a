// SPDX-License-Identifier: BSD-2-Clause
//
// The Linux system-call ABI of aarch64: the generic one (kernel/syscall/asm_generic.h) but for the
// flags of arm's asm/fcntl.h. Data and functions without privilege: host tests link this file.
#include "arch/contract/kernel/linux_abi.h"

#include "kernel/syscall/asm_generic.h"

namespace arch {
namespace {

// mov x8, #139 (rt_sigreturn); svc #0.
constexpr uint8_t kSignalReturn[] = {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};

}  // namespace

constinit const LinuxAbi kLinuxAbi = {
    .machine = "aarch64",
    .platform = "aarch64",
    .calls = syscalls::kAsmGenericNumbers,
    .open_directory = 040000,
    .open_nofollow = 0100000,
    // asm/signal.h has it in the structure, but C libraries leave it empty.
    .sigaction_has_restorer = true,
    .least_signal_stack = 5120,
    .signal_return = kSignalReturn,
    .clone_tls_is_fourth = true,
    .stat_bytes = sizeof(syscalls::AsmGenericStat),
    .encode_stat = syscalls::EncodeAsmGenericStat,
};

}  // namespace arch
