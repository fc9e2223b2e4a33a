// SPDX-License-Identifier: BSD-2-Clause
//
// The Linux system-call ABI of CPUs that came after the generic one and use it as it is
// (asm-generic/unistd.h, asm-generic/stat.h) with 64-bit registers: what their
// arch/<cpu>/kernel/linux_abi.cc is made of. A program of such a CPU that lacks a call (renameat on
// some) never issues its number, so the table is one for all.
#pragma once

#include <cstdint>
#include <cstring>

#include "arch/contract/kernel/linux_abi.h"

namespace syscalls {

inline constexpr arch::SyscallNumber kAsmGenericNumbers[] = {
    {17, Call::kGetcwd},        {23, Call::kDup},
    {24, Call::kDup3},          {25, Call::kFcntl},
    {29, Call::kIoctl},         {33, Call::kMknodat},
    {34, Call::kMkdirat},       {35, Call::kUnlinkat},
    {36, Call::kSymlinkat},     {37, Call::kLinkat},
    {38, Call::kRenameat},      {39, Call::kUmount2},
    {40, Call::kMount},         {43, Call::kStatfs},
    {44, Call::kFstatfs},       {45, Call::kTruncate},
    {46, Call::kFtruncate},     {47, Call::kFallocate},
    {48, Call::kFaccessat},     {49, Call::kChdir},
    {50, Call::kFchdir},        {51, Call::kChroot},
    {52, Call::kFchmod},        {53, Call::kFchmodat},
    {54, Call::kFchownat},      {55, Call::kFchown},
    {56, Call::kOpenat},        {57, Call::kClose},
    {59, Call::kPipe2},         {61, Call::kGetdents64},
    {62, Call::kLseek},         {63, Call::kRead},
    {64, Call::kWrite},         {65, Call::kReadv},
    {66, Call::kWritev},        {67, Call::kPread64},
    {68, Call::kPwrite64},      {69, Call::kPreadv},
    {70, Call::kPwritev},       {71, Call::kSendfile},
    {72, Call::kPselect6},      {73, Call::kPpoll},
    {78, Call::kReadlinkat},    {79, Call::kNewfstatat},
    {80, Call::kFstat},         {81, Call::kSync},
    {82, Call::kFsync},         {83, Call::kFdatasync},
    {88, Call::kUtimensat},     {93, Call::kExit},
    {94, Call::kExitGroup},     {95, Call::kWaitid},
    {96, Call::kSetTidAddress}, {98, Call::kFutex},
    {99, Call::kSetRobustList}, {101, Call::kNanosleep},
    {102, Call::kGetitimer},    {103, Call::kSetitimer},
    {112, Call::kClockSettime}, {113, Call::kClockGettime},
    {114, Call::kClockGetres},  {115, Call::kClockNanosleep},
    {116, Call::kSyslog},       {123, Call::kSchedGetaffinity},
    {124, Call::kSchedYield},   {129, Call::kKill},
    {130, Call::kTkill},        {131, Call::kTgkill},
    {132, Call::kSigaltstack},  {133, Call::kRtSigsuspend},
    {134, Call::kRtSigaction},  {135, Call::kRtSigprocmask},
    {136, Call::kRtSigpending}, {137, Call::kRtSigtimedwait},
    {139, Call::kRtSigreturn},  {142, Call::kReboot},
    {143, Call::kSetregid},     {144, Call::kSetgid},
    {145, Call::kSetreuid},     {146, Call::kSetuid},
    {147, Call::kSetresuid},    {148, Call::kGetresuid},
    {149, Call::kSetresgid},    {150, Call::kGetresgid},
    {153, Call::kTimes},        {154, Call::kSetpgid},
    {155, Call::kGetpgid},      {156, Call::kGetsid},
    {157, Call::kSetsid},       {158, Call::kGetgroups},
    {159, Call::kSetgroups},    {160, Call::kUname},
    {161, Call::kSethostname},  {163, Call::kGetrlimit},
    {164, Call::kSetrlimit},    {165, Call::kGetrusage},
    {166, Call::kUmask},        {167, Call::kPrctl},
    {169, Call::kGettimeofday}, {170, Call::kSettimeofday},
    {172, Call::kGetpid},       {173, Call::kGetppid},
    {174, Call::kGetuid},       {175, Call::kGeteuid},
    {176, Call::kGetgid},       {177, Call::kGetegid},
    {178, Call::kGettid},       {179, Call::kSysinfo},
    {214, Call::kBrk},          {215, Call::kMunmap},
    {216, Call::kMremap},       {220, Call::kClone},
    {221, Call::kExecve},       {222, Call::kMmap},
    {223, Call::kFadvise64},    {226, Call::kMprotect},
    {233, Call::kMadvise},      {260, Call::kWait4},
    {261, Call::kPrlimit64},    {276, Call::kRenameat2},
    {278, Call::kGetrandom},    {291, Call::kStatx},
    {293, Call::kRseq},         {436, Call::kCloseRange},
    {439, Call::kFaccessat2},
};

// struct stat of asm-generic/stat.h where `long` has 64 bits.
struct AsmGenericStat {
  uint64_t device;
  uint64_t inode;
  uint32_t mode;
  uint32_t links;
  uint32_t uid;
  uint32_t gid;
  uint64_t special_device;
  uint64_t padding1;
  int64_t size;
  int32_t block_size;
  int32_t padding2;
  int64_t blocks;
  int64_t accessed;
  uint64_t accessed_ns;
  int64_t modified;
  uint64_t modified_ns;
  int64_t changed;
  uint64_t changed_ns;
  uint32_t unused[2];
};
static_assert(sizeof(AsmGenericStat) == 128);

inline void EncodeAsmGenericStat(const vfs::Attributes& from, void* to) {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  constexpr int32_t kBlockSize = 4096;
  AsmGenericStat stat{};
  stat.device = from.filesystem;
  stat.inode = from.inode;
  stat.mode = static_cast<uint32_t>(from.kind) | from.mode;
  stat.links = static_cast<uint32_t>(from.links);
  stat.uid = from.uid;
  stat.gid = from.gid;
  stat.special_device = from.device;
  stat.size = static_cast<int64_t>(from.size);
  stat.block_size = kBlockSize;
  stat.blocks = static_cast<int64_t>(from.blocks);
  stat.accessed = static_cast<int64_t>(from.accessed_ns / kNsPerSecond);
  stat.accessed_ns = from.accessed_ns % kNsPerSecond;
  stat.modified = static_cast<int64_t>(from.modified_ns / kNsPerSecond);
  stat.modified_ns = from.modified_ns % kNsPerSecond;
  stat.changed = static_cast<int64_t>(from.changed_ns / kNsPerSecond);
  stat.changed_ns = from.changed_ns % kNsPerSecond;
  std::memcpy(to, &stat, sizeof stat);
}

}  // namespace syscalls
