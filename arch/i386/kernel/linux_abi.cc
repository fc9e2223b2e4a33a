// SPDX-License-Identifier: BSD-2-Clause
//
// The Linux system-call ABI of i386 (arch/x86/entry/syscalls/syscall_32.tbl, asm/stat.h). Data and
// functions without privilege: host tests link this file. Of calls that came in several sizes the
// largest is here: ids of 32 bits, stat64, fcntl64.
#include "arch/contract/kernel/linux_abi.h"

#include <cstring>

namespace arch {
namespace {

using syscalls::Call;

constexpr SyscallNumber kNumbers[] = {
    {1, Call::kExit},
    {2, Call::kFork},
    {3, Call::kRead},
    {4, Call::kWrite},
    {5, Call::kOpen},
    {6, Call::kClose},
    {7, Call::kWaitpid},
    {8, Call::kCreat},
    {9, Call::kLink},
    {10, Call::kUnlink},
    {11, Call::kExecve},
    {12, Call::kChdir},
    {13, Call::kTime},
    {14, Call::kMknod},
    {15, Call::kChmod},
    {19, Call::kLseek},
    {20, Call::kGetpid},
    {21, Call::kMount},
    {27, Call::kAlarm},
    {29, Call::kPause},
    {30, Call::kUtime},
    {33, Call::kAccess},
    {36, Call::kSync},
    {37, Call::kKill},
    {38, Call::kRename},
    {39, Call::kMkdir},
    {40, Call::kRmdir},
    {41, Call::kDup},
    {42, Call::kPipe},
    {43, Call::kTimes},
    {45, Call::kBrk},
    {52, Call::kUmount2},
    {54, Call::kIoctl},
    {57, Call::kSetpgid},
    {60, Call::kUmask},
    {61, Call::kChroot},
    {63, Call::kDup2},
    {64, Call::kGetppid},
    {65, Call::kGetpgrp},
    {66, Call::kSetsid},
    {74, Call::kSethostname},
    {75, Call::kSetrlimit},
    {77, Call::kGetrusage},
    {78, Call::kGettimeofday},
    {79, Call::kSettimeofday},
    {82, Call::kOldSelect},
    {83, Call::kSymlink},
    {85, Call::kReadlink},
    {88, Call::kReboot},
    {90, Call::kOldMmap},
    {91, Call::kMunmap},
    {92, Call::kTruncate},
    {93, Call::kFtruncate},
    {94, Call::kFchmod},
    {99, Call::kStatfs},
    {100, Call::kFstatfs},
    {103, Call::kSyslog},
    {104, Call::kSetitimer},
    {105, Call::kGetitimer},
    {114, Call::kWait4},
    {116, Call::kSysinfo},
    {118, Call::kFsync},
    {119, Call::kSigreturn},
    {120, Call::kClone},
    {122, Call::kUname},
    {125, Call::kMprotect},
    {132, Call::kGetpgid},
    {133, Call::kFchdir},
    {140, Call::kLlseek},
    {142, Call::kSelect},
    {145, Call::kReadv},
    {146, Call::kWritev},
    {147, Call::kGetsid},
    {148, Call::kFdatasync},
    {158, Call::kSchedYield},
    {162, Call::kNanosleep},
    {163, Call::kMremap},
    {168, Call::kPoll},
    {172, Call::kPrctl},
    {173, Call::kRtSigreturn},
    {174, Call::kRtSigaction},
    {175, Call::kRtSigprocmask},
    {176, Call::kRtSigpending},
    {177, Call::kRtSigtimedwait},
    {179, Call::kRtSigsuspend},
    {180, Call::kPread64},
    {181, Call::kPwrite64},
    {183, Call::kGetcwd},
    {186, Call::kSigaltstack},
    {187, Call::kSendfile},
    {190, Call::kVfork},
    {191, Call::kGetrlimit},
    {192, Call::kMmap2},
    {193, Call::kTruncate64},
    {194, Call::kFtruncate64},
    {195, Call::kStat},
    {196, Call::kLstat},
    {197, Call::kFstat},
    {198, Call::kLchown},
    {199, Call::kGetuid},
    {200, Call::kGetgid},
    {201, Call::kGeteuid},
    {202, Call::kGetegid},
    {203, Call::kSetreuid},
    {204, Call::kSetregid},
    {205, Call::kGetgroups},
    {206, Call::kSetgroups},
    {207, Call::kFchown},
    {208, Call::kSetresuid},
    {209, Call::kGetresuid},
    {210, Call::kSetresgid},
    {211, Call::kGetresgid},
    {212, Call::kChown},
    {213, Call::kSetuid},
    {214, Call::kSetgid},
    {219, Call::kMadvise},
    {220, Call::kGetdents64},
    {221, Call::kFcntl},
    {224, Call::kGettid},
    {238, Call::kTkill},
    {239, Call::kSendfile64},
    {240, Call::kFutex},
    {242, Call::kSchedGetaffinity},
    {250, Call::kFadvise64},
    {252, Call::kExitGroup},
    {258, Call::kSetTidAddress},
    {264, Call::kClockSettime},
    {265, Call::kClockGettime},
    {266, Call::kClockGetres},
    {267, Call::kClockNanosleep},
    {268, Call::kStatfs64},
    {269, Call::kFstatfs64},
    {270, Call::kTgkill},
    {271, Call::kUtimes},
    {284, Call::kWaitid},
    {295, Call::kOpenat},
    {296, Call::kMkdirat},
    {297, Call::kMknodat},
    {298, Call::kFchownat},
    {299, Call::kFutimesat},
    {300, Call::kNewfstatat},
    {301, Call::kUnlinkat},
    {302, Call::kRenameat},
    {303, Call::kLinkat},
    {304, Call::kSymlinkat},
    {305, Call::kReadlinkat},
    {306, Call::kFchmodat},
    {307, Call::kFaccessat},
    {308, Call::kPselect6},
    {309, Call::kPpoll},
    {311, Call::kSetRobustList},
    {320, Call::kUtimensat},
    {324, Call::kFallocate},
    {330, Call::kDup3},
    {331, Call::kPipe2},
    {333, Call::kPreadv},
    {334, Call::kPwritev},
    {340, Call::kPrlimit64},
    {353, Call::kRenameat2},
    {355, Call::kGetrandom},
    {383, Call::kStatx},
    {386, Call::kRseq},
    {403, Call::kClockGettime64},
    {404, Call::kClockSettime64},
    {406, Call::kClockGetres64},
    {407, Call::kClockNanosleep64},
    {412, Call::kUtimensat64},
    {413, Call::kPselect6Time64},
    {414, Call::kPpoll64},
    {421, Call::kRtSigtimedwait64},
    {422, Call::kFutex64},
    {436, Call::kCloseRange},
    {439, Call::kFaccessat2},
};

// struct stat64 of asm/stat.h, where nothing is aligned to more than 4.
struct [[gnu::packed, gnu::aligned(4)]] Stat64 {
  uint64_t device;
  uint32_t padding;
  uint32_t short_inode;
  uint32_t mode;
  uint32_t links;
  uint32_t uid;
  uint32_t gid;
  uint64_t special_device;
  uint32_t more_padding;
  int64_t size;
  uint32_t block_size;
  uint64_t blocks;
  uint32_t accessed, accessed_ns;
  uint32_t modified, modified_ns;
  uint32_t changed, changed_ns;
  uint64_t inode;
};
static_assert(sizeof(Stat64) == 96);

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint32_t kBlockSize = 4096;

constexpr uint32_t Seconds(uint64_t ns) { return static_cast<uint32_t>(ns / kNsPerSecond); }
constexpr uint32_t Rest(uint64_t ns) { return static_cast<uint32_t>(ns % kNsPerSecond); }

void EncodeStat(const vfs::Attributes& from, void* to) {
  Stat64 stat{};
  stat.device = from.filesystem;
  stat.short_inode = static_cast<uint32_t>(from.inode);
  stat.inode = from.inode;
  stat.links = from.links;
  stat.mode = static_cast<uint32_t>(from.kind) | from.mode;
  stat.uid = from.uid;
  stat.gid = from.gid;
  stat.special_device = from.device;
  stat.size = static_cast<int64_t>(from.size);
  stat.block_size = kBlockSize;
  stat.blocks = from.blocks;
  stat.accessed = Seconds(from.accessed_ns), stat.accessed_ns = Rest(from.accessed_ns);
  stat.modified = Seconds(from.modified_ns), stat.modified_ns = Rest(from.modified_ns);
  stat.changed = Seconds(from.changed_ns), stat.changed_ns = Rest(from.changed_ns);
  std::memcpy(to, &stat, sizeof stat);
}

}  // namespace

constinit const LinuxAbi kLinuxAbi = {
    .machine = "i686",
    .platform = "i686",
    .calls = kNumbers,
    .open_directory = 0200000,
    .open_nofollow = 0400000,
    .sigaction_has_restorer = true,
    .clone_tls_is_fourth = true,
    // struct user_desc: base_addr.
    .clone_tls_in_memory = true,
    .clone_tls_offset = 4,
    .stat_bytes = sizeof(Stat64),
    .encode_stat = EncodeStat,
};

}  // namespace arch
