// SPDX-License-Identifier: BSD-2-Clause
//
// The Linux system-call ABI of x86_64 (arch/x86/entry/syscalls/syscall_64.tbl, asm/stat.h). Data
// and functions without privilege: host tests link this file.
#include "arch/contract/kernel/linux_abi.h"

#include <cstring>

namespace arch {
namespace {

using syscalls::Call;

constexpr SyscallNumber kNumbers[] = {
    {0, Call::kRead},
    {1, Call::kWrite},
    {2, Call::kOpen},
    {3, Call::kClose},
    {4, Call::kStat},
    {5, Call::kFstat},
    {6, Call::kLstat},
    {7, Call::kPoll},
    {8, Call::kLseek},
    {9, Call::kMmap},
    {10, Call::kMprotect},
    {11, Call::kMunmap},
    {12, Call::kBrk},
    {13, Call::kRtSigaction},
    {14, Call::kRtSigprocmask},
    {15, Call::kRtSigreturn},
    {16, Call::kIoctl},
    {17, Call::kPread64},
    {18, Call::kPwrite64},
    {19, Call::kReadv},
    {20, Call::kWritev},
    {21, Call::kAccess},
    {22, Call::kPipe},
    {23, Call::kSelect},
    {24, Call::kSchedYield},
    {25, Call::kMremap},
    {28, Call::kMadvise},
    {32, Call::kDup},
    {33, Call::kDup2},
    {34, Call::kPause},
    {35, Call::kNanosleep},
    {36, Call::kGetitimer},
    {37, Call::kAlarm},
    {38, Call::kSetitimer},
    {39, Call::kGetpid},
    {40, Call::kSendfile},
    {56, Call::kClone},
    {57, Call::kFork},
    {58, Call::kVfork},
    {59, Call::kExecve},
    {60, Call::kExit},
    {61, Call::kWait4},
    {62, Call::kKill},
    {63, Call::kUname},
    {72, Call::kFcntl},
    {74, Call::kFsync},
    {75, Call::kFdatasync},
    {76, Call::kTruncate},
    {77, Call::kFtruncate},
    {79, Call::kGetcwd},
    {80, Call::kChdir},
    {81, Call::kFchdir},
    {82, Call::kRename},
    {83, Call::kMkdir},
    {84, Call::kRmdir},
    {85, Call::kCreat},
    {86, Call::kLink},
    {87, Call::kUnlink},
    {88, Call::kSymlink},
    {89, Call::kReadlink},
    {90, Call::kChmod},
    {91, Call::kFchmod},
    {92, Call::kChown},
    {93, Call::kFchown},
    {94, Call::kLchown},
    {95, Call::kUmask},
    {96, Call::kGettimeofday},
    {97, Call::kGetrlimit},
    {98, Call::kGetrusage},
    {99, Call::kSysinfo},
    {100, Call::kTimes},
    {102, Call::kGetuid},
    {103, Call::kSyslog},
    {104, Call::kGetgid},
    {105, Call::kSetuid},
    {106, Call::kSetgid},
    {107, Call::kGeteuid},
    {108, Call::kGetegid},
    {109, Call::kSetpgid},
    {110, Call::kGetppid},
    {111, Call::kGetpgrp},
    {112, Call::kSetsid},
    {113, Call::kSetreuid},
    {114, Call::kSetregid},
    {115, Call::kGetgroups},
    {116, Call::kSetgroups},
    {117, Call::kSetresuid},
    {118, Call::kGetresuid},
    {119, Call::kSetresgid},
    {120, Call::kGetresgid},
    {121, Call::kGetpgid},
    {124, Call::kGetsid},
    {127, Call::kRtSigpending},
    {128, Call::kRtSigtimedwait},
    {130, Call::kRtSigsuspend},
    {131, Call::kSigaltstack},
    {132, Call::kUtime},
    {133, Call::kMknod},
    {137, Call::kStatfs},
    {138, Call::kFstatfs},
    {157, Call::kPrctl},
    {160, Call::kSetrlimit},
    {161, Call::kChroot},
    {162, Call::kSync},
    {164, Call::kSettimeofday},
    {165, Call::kMount},
    {166, Call::kUmount2},
    {169, Call::kReboot},
    {170, Call::kSethostname},
    {186, Call::kGettid},
    {200, Call::kTkill},
    {201, Call::kTime},
    {202, Call::kFutex},
    {204, Call::kSchedGetaffinity},
    {217, Call::kGetdents64},
    {218, Call::kSetTidAddress},
    {221, Call::kFadvise64},
    {227, Call::kClockSettime},
    {228, Call::kClockGettime},
    {229, Call::kClockGetres},
    {230, Call::kClockNanosleep},
    {231, Call::kExitGroup},
    {234, Call::kTgkill},
    {235, Call::kUtimes},
    {247, Call::kWaitid},
    {257, Call::kOpenat},
    {258, Call::kMkdirat},
    {259, Call::kMknodat},
    {260, Call::kFchownat},
    {261, Call::kFutimesat},
    {262, Call::kNewfstatat},
    {263, Call::kUnlinkat},
    {264, Call::kRenameat},
    {265, Call::kLinkat},
    {266, Call::kSymlinkat},
    {267, Call::kReadlinkat},
    {268, Call::kFchmodat},
    {269, Call::kFaccessat},
    {270, Call::kPselect6},
    {271, Call::kPpoll},
    {273, Call::kSetRobustList},
    {280, Call::kUtimensat},
    {285, Call::kFallocate},
    {292, Call::kDup3},
    {293, Call::kPipe2},
    {295, Call::kPreadv},
    {296, Call::kPwritev},
    {302, Call::kPrlimit64},
    {316, Call::kRenameat2},
    {318, Call::kGetrandom},
    {332, Call::kStatx},
    {334, Call::kRseq},
    {436, Call::kCloseRange},
    {439, Call::kFaccessat2},
};

// struct stat of asm/stat.h.
struct Stat {
  uint64_t device;
  uint64_t inode;
  uint64_t links;
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
  uint32_t padding;
  uint64_t special_device;
  int64_t size;
  int64_t block_size;
  int64_t blocks;
  int64_t accessed, accessed_ns;
  int64_t modified, modified_ns;
  int64_t changed, changed_ns;
  int64_t unused[3];
};
static_assert(sizeof(Stat) == 144);

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kBlockSize = 4096;

void SetTime(uint64_t ns, int64_t* seconds, int64_t* rest) {
  *seconds = static_cast<int64_t>(ns / kNsPerSecond);
  *rest = static_cast<int64_t>(ns % kNsPerSecond);
}

void EncodeStat(const vfs::Attributes& from, void* to) {
  Stat stat{};
  stat.device = from.filesystem;
  stat.inode = from.inode;
  stat.links = from.links;
  stat.mode = static_cast<uint32_t>(from.kind) | from.mode;
  stat.uid = from.uid;
  stat.gid = from.gid;
  stat.special_device = from.device;
  stat.size = static_cast<int64_t>(from.size);
  stat.block_size = kBlockSize;
  stat.blocks = static_cast<int64_t>(from.blocks);
  SetTime(from.accessed_ns, &stat.accessed, &stat.accessed_ns);
  SetTime(from.modified_ns, &stat.modified, &stat.modified_ns);
  SetTime(from.changed_ns, &stat.changed, &stat.changed_ns);
  std::memcpy(to, &stat, sizeof stat);
}

}  // namespace

constinit const LinuxAbi kLinuxAbi = {
    .machine = "x86_64",
    .platform = "x86_64",
    .calls = kNumbers,
    .open_directory = 0200000,
    .open_nofollow = 0400000,
    .sigaction_has_restorer = true,
    .clone_tls_is_fourth = false,
    .stat_bytes = sizeof(Stat),
    .encode_stat = EncodeStat,
};

}  // namespace arch
