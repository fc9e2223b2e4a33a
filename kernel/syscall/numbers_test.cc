// SPDX-License-Identifier: BSD-2-Clause
//
// The CPU's table of call numbers against its own C library's <sys/syscall.h>, all of it: this runs
// on every CPU that boots.

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <iterator>
#include <set>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/syscall/asm_generic.h"
#include "kernel/syscall/calls.h"

namespace syscalls {
namespace {

// The text of a number, or of its name where this CPU's Linux has no such call.
#define DYNLINK_TEXT(number) #number
#define DYNLINK_EXPANDED(number) DYNLINK_TEXT(number)
#define DYNLINK_NUMBER(name) DYNLINK_EXPANDED(SYS_##name)

// What Linux calls each call, in the order of calls.h. Of two names the first that the CPU has: the
// call with the larger ids, offsets or structures.
struct LinuxNumber {
  Call call;
  const char* texts[2];
};
constexpr LinuxNumber kLinuxNumbers[] = {
    {Call::kRead, {DYNLINK_NUMBER(read)}},
    {Call::kWrite, {DYNLINK_NUMBER(write)}},
    {Call::kReadv, {DYNLINK_NUMBER(readv)}},
    {Call::kWritev, {DYNLINK_NUMBER(writev)}},
    {Call::kPread64, {DYNLINK_NUMBER(pread64)}},
    {Call::kPwrite64, {DYNLINK_NUMBER(pwrite64)}},
    {Call::kPreadv, {DYNLINK_NUMBER(preadv)}},
    {Call::kPwritev, {DYNLINK_NUMBER(pwritev)}},
    {Call::kOpen, {DYNLINK_NUMBER(open)}},
    {Call::kOpenat, {DYNLINK_NUMBER(openat)}},
    {Call::kCreat, {DYNLINK_NUMBER(creat)}},
    {Call::kClose, {DYNLINK_NUMBER(close)}},
    {Call::kCloseRange, {DYNLINK_NUMBER(close_range)}},
    {Call::kLseek, {DYNLINK_NUMBER(lseek)}},
    {Call::kFtruncate, {DYNLINK_NUMBER(ftruncate)}},
    {Call::kTruncate, {DYNLINK_NUMBER(truncate)}},
    {Call::kFallocate, {DYNLINK_NUMBER(fallocate)}},
    {Call::kSendfile, {DYNLINK_NUMBER(sendfile)}},
    {Call::kFsync, {DYNLINK_NUMBER(fsync)}},
    {Call::kFdatasync, {DYNLINK_NUMBER(fdatasync)}},
    {Call::kSync, {DYNLINK_NUMBER(sync)}},
    {Call::kFadvise64, {DYNLINK_NUMBER(fadvise64)}},
    {Call::kGetdents64, {DYNLINK_NUMBER(getdents64)}},
    {Call::kDup, {DYNLINK_NUMBER(dup)}},
    {Call::kDup2, {DYNLINK_NUMBER(dup2)}},
    {Call::kDup3, {DYNLINK_NUMBER(dup3)}},
    {Call::kPipe, {DYNLINK_NUMBER(pipe)}},
    {Call::kPipe2, {DYNLINK_NUMBER(pipe2)}},
    {Call::kFcntl, {DYNLINK_NUMBER(fcntl64), DYNLINK_NUMBER(fcntl)}},
    {Call::kIoctl, {DYNLINK_NUMBER(ioctl)}},
    {Call::kPoll, {DYNLINK_NUMBER(poll)}},
    {Call::kPpoll, {DYNLINK_NUMBER(ppoll)}},
    {Call::kSelect, {DYNLINK_NUMBER(_newselect), DYNLINK_NUMBER(select)}},
    {Call::kPselect6, {DYNLINK_NUMBER(pselect6)}},
    {Call::kStat, {DYNLINK_NUMBER(stat64), DYNLINK_NUMBER(stat)}},
    {Call::kLstat, {DYNLINK_NUMBER(lstat64), DYNLINK_NUMBER(lstat)}},
    {Call::kFstat, {DYNLINK_NUMBER(fstat64), DYNLINK_NUMBER(fstat)}},
    {Call::kNewfstatat, {DYNLINK_NUMBER(fstatat64), DYNLINK_NUMBER(newfstatat)}},
    {Call::kStatx, {DYNLINK_NUMBER(statx)}},
    {Call::kStatfs, {DYNLINK_NUMBER(statfs)}},
    {Call::kFstatfs, {DYNLINK_NUMBER(fstatfs)}},
    {Call::kAccess, {DYNLINK_NUMBER(access)}},
    {Call::kFaccessat, {DYNLINK_NUMBER(faccessat)}},
    {Call::kFaccessat2, {DYNLINK_NUMBER(faccessat2)}},
    {Call::kReadlink, {DYNLINK_NUMBER(readlink)}},
    {Call::kReadlinkat, {DYNLINK_NUMBER(readlinkat)}},
    {Call::kGetcwd, {DYNLINK_NUMBER(getcwd)}},
    {Call::kChdir, {DYNLINK_NUMBER(chdir)}},
    {Call::kFchdir, {DYNLINK_NUMBER(fchdir)}},
    {Call::kChroot, {DYNLINK_NUMBER(chroot)}},
    {Call::kMkdir, {DYNLINK_NUMBER(mkdir)}},
    {Call::kMkdirat, {DYNLINK_NUMBER(mkdirat)}},
    {Call::kRmdir, {DYNLINK_NUMBER(rmdir)}},
    {Call::kMknod, {DYNLINK_NUMBER(mknod)}},
    {Call::kMknodat, {DYNLINK_NUMBER(mknodat)}},
    {Call::kUnlink, {DYNLINK_NUMBER(unlink)}},
    {Call::kUnlinkat, {DYNLINK_NUMBER(unlinkat)}},
    {Call::kLink, {DYNLINK_NUMBER(link)}},
    {Call::kLinkat, {DYNLINK_NUMBER(linkat)}},
    {Call::kSymlink, {DYNLINK_NUMBER(symlink)}},
    {Call::kSymlinkat, {DYNLINK_NUMBER(symlinkat)}},
    {Call::kRename, {DYNLINK_NUMBER(rename)}},
    {Call::kRenameat, {DYNLINK_NUMBER(renameat)}},
    {Call::kRenameat2, {DYNLINK_NUMBER(renameat2)}},
    {Call::kChmod, {DYNLINK_NUMBER(chmod)}},
    {Call::kFchmod, {DYNLINK_NUMBER(fchmod)}},
    {Call::kFchmodat, {DYNLINK_NUMBER(fchmodat)}},
    {Call::kChown, {DYNLINK_NUMBER(chown32), DYNLINK_NUMBER(chown)}},
    {Call::kLchown, {DYNLINK_NUMBER(lchown32), DYNLINK_NUMBER(lchown)}},
    {Call::kFchown, {DYNLINK_NUMBER(fchown32), DYNLINK_NUMBER(fchown)}},
    {Call::kFchownat, {DYNLINK_NUMBER(fchownat)}},
    {Call::kUtime, {DYNLINK_NUMBER(utime)}},
    {Call::kUtimes, {DYNLINK_NUMBER(utimes)}},
    {Call::kUtimensat, {DYNLINK_NUMBER(utimensat)}},
    {Call::kFutimesat, {DYNLINK_NUMBER(futimesat)}},
    {Call::kUmask, {DYNLINK_NUMBER(umask)}},
    {Call::kMount, {DYNLINK_NUMBER(mount)}},
    {Call::kUmount2, {DYNLINK_NUMBER(umount2)}},
    {Call::kBrk, {DYNLINK_NUMBER(brk)}},
    {Call::kMmap, {DYNLINK_NUMBER(mmap)}},
    {Call::kMunmap, {DYNLINK_NUMBER(munmap)}},
    {Call::kMremap, {DYNLINK_NUMBER(mremap)}},
    {Call::kMprotect, {DYNLINK_NUMBER(mprotect)}},
    {Call::kMadvise, {DYNLINK_NUMBER(madvise)}},
    {Call::kFork, {DYNLINK_NUMBER(fork)}},
    {Call::kVfork, {DYNLINK_NUMBER(vfork)}},
    {Call::kClone, {DYNLINK_NUMBER(clone)}},
    {Call::kExecve, {DYNLINK_NUMBER(execve)}},
    {Call::kExit, {DYNLINK_NUMBER(exit)}},
    {Call::kExitGroup, {DYNLINK_NUMBER(exit_group)}},
    {Call::kWait4, {DYNLINK_NUMBER(wait4)}},
    {Call::kWaitid, {DYNLINK_NUMBER(waitid)}},
    {Call::kKill, {DYNLINK_NUMBER(kill)}},
    {Call::kTkill, {DYNLINK_NUMBER(tkill)}},
    {Call::kTgkill, {DYNLINK_NUMBER(tgkill)}},
    {Call::kRtSigaction, {DYNLINK_NUMBER(rt_sigaction)}},
    {Call::kRtSigprocmask, {DYNLINK_NUMBER(rt_sigprocmask)}},
    {Call::kRtSigreturn, {DYNLINK_NUMBER(rt_sigreturn)}},
    {Call::kRtSigpending, {DYNLINK_NUMBER(rt_sigpending)}},
    {Call::kRtSigsuspend, {DYNLINK_NUMBER(rt_sigsuspend)}},
    {Call::kRtSigtimedwait, {DYNLINK_NUMBER(rt_sigtimedwait)}},
    {Call::kSigaltstack, {DYNLINK_NUMBER(sigaltstack)}},
    {Call::kPause, {DYNLINK_NUMBER(pause)}},
    {Call::kAlarm, {DYNLINK_NUMBER(alarm)}},
    {Call::kSetitimer, {DYNLINK_NUMBER(setitimer)}},
    {Call::kGetitimer, {DYNLINK_NUMBER(getitimer)}},
    {Call::kGetpid, {DYNLINK_NUMBER(getpid)}},
    {Call::kGettid, {DYNLINK_NUMBER(gettid)}},
    {Call::kGetppid, {DYNLINK_NUMBER(getppid)}},
    {Call::kGetpgid, {DYNLINK_NUMBER(getpgid)}},
    {Call::kGetpgrp, {DYNLINK_NUMBER(getpgrp)}},
    {Call::kSetpgid, {DYNLINK_NUMBER(setpgid)}},
    {Call::kGetsid, {DYNLINK_NUMBER(getsid)}},
    {Call::kSetsid, {DYNLINK_NUMBER(setsid)}},
    {Call::kSetTidAddress, {DYNLINK_NUMBER(set_tid_address)}},
    {Call::kSetRobustList, {DYNLINK_NUMBER(set_robust_list)}},
    {Call::kRseq, {DYNLINK_NUMBER(rseq)}},
    {Call::kFutex, {DYNLINK_NUMBER(futex)}},
    {Call::kPrctl, {DYNLINK_NUMBER(prctl)}},
    {Call::kSchedYield, {DYNLINK_NUMBER(sched_yield)}},
    {Call::kSchedGetaffinity, {DYNLINK_NUMBER(sched_getaffinity)}},
    {Call::kGetuid, {DYNLINK_NUMBER(getuid32), DYNLINK_NUMBER(getuid)}},
    {Call::kGeteuid, {DYNLINK_NUMBER(geteuid32), DYNLINK_NUMBER(geteuid)}},
    {Call::kGetgid, {DYNLINK_NUMBER(getgid32), DYNLINK_NUMBER(getgid)}},
    {Call::kGetegid, {DYNLINK_NUMBER(getegid32), DYNLINK_NUMBER(getegid)}},
    {Call::kSetuid, {DYNLINK_NUMBER(setuid32), DYNLINK_NUMBER(setuid)}},
    {Call::kSetgid, {DYNLINK_NUMBER(setgid32), DYNLINK_NUMBER(setgid)}},
    {Call::kSetreuid, {DYNLINK_NUMBER(setreuid32), DYNLINK_NUMBER(setreuid)}},
    {Call::kSetregid, {DYNLINK_NUMBER(setregid32), DYNLINK_NUMBER(setregid)}},
    {Call::kSetresuid, {DYNLINK_NUMBER(setresuid32), DYNLINK_NUMBER(setresuid)}},
    {Call::kGetresuid, {DYNLINK_NUMBER(getresuid32), DYNLINK_NUMBER(getresuid)}},
    {Call::kSetresgid, {DYNLINK_NUMBER(setresgid32), DYNLINK_NUMBER(setresgid)}},
    {Call::kGetresgid, {DYNLINK_NUMBER(getresgid32), DYNLINK_NUMBER(getresgid)}},
    {Call::kGetgroups, {DYNLINK_NUMBER(getgroups32), DYNLINK_NUMBER(getgroups)}},
    {Call::kSetgroups, {DYNLINK_NUMBER(setgroups32), DYNLINK_NUMBER(setgroups)}},
    {Call::kUname, {DYNLINK_NUMBER(uname)}},
    {Call::kSethostname, {DYNLINK_NUMBER(sethostname)}},
    {Call::kSysinfo, {DYNLINK_NUMBER(sysinfo)}},
    {Call::kSyslog, {DYNLINK_NUMBER(syslog)}},
    {Call::kReboot, {DYNLINK_NUMBER(reboot)}},
    {Call::kGetrandom, {DYNLINK_NUMBER(getrandom)}},
    {Call::kGetrlimit, {DYNLINK_NUMBER(ugetrlimit), DYNLINK_NUMBER(getrlimit)}},
    {Call::kSetrlimit, {DYNLINK_NUMBER(setrlimit)}},
    {Call::kPrlimit64, {DYNLINK_NUMBER(prlimit64)}},
    {Call::kGetrusage, {DYNLINK_NUMBER(getrusage)}},
    {Call::kTimes, {DYNLINK_NUMBER(times)}},
    {Call::kTime, {DYNLINK_NUMBER(time)}},
    {Call::kGettimeofday, {DYNLINK_NUMBER(gettimeofday)}},
    {Call::kSettimeofday, {DYNLINK_NUMBER(settimeofday)}},
    {Call::kClockGettime, {DYNLINK_NUMBER(clock_gettime)}},
    {Call::kClockGetres, {DYNLINK_NUMBER(clock_getres)}},
    {Call::kClockSettime, {DYNLINK_NUMBER(clock_settime)}},
    {Call::kClockNanosleep, {DYNLINK_NUMBER(clock_nanosleep)}},
    {Call::kNanosleep, {DYNLINK_NUMBER(nanosleep)}},
    {Call::kLlseek, {DYNLINK_NUMBER(_llseek)}},
    {Call::kOldMmap, {DYNLINK_NUMBER(mmap)}},
    {Call::kMmap2, {DYNLINK_NUMBER(mmap2)}},
    {Call::kTruncate64, {DYNLINK_NUMBER(truncate64)}},
    {Call::kFtruncate64, {DYNLINK_NUMBER(ftruncate64)}},
    {Call::kSendfile64, {DYNLINK_NUMBER(sendfile64)}},
    {Call::kStatfs64, {DYNLINK_NUMBER(statfs64)}},
    {Call::kFstatfs64, {DYNLINK_NUMBER(fstatfs64)}},
    {Call::kOldSelect, {DYNLINK_NUMBER(select)}},
    {Call::kWaitpid, {DYNLINK_NUMBER(waitpid)}},
    {Call::kSigreturn, {DYNLINK_NUMBER(sigreturn)}},
    {Call::kClockGettime64, {DYNLINK_NUMBER(clock_gettime64)}},
    {Call::kClockSettime64, {DYNLINK_NUMBER(clock_settime64)}},
    {Call::kClockGetres64, {DYNLINK_NUMBER(clock_getres_time64)}},
    {Call::kClockNanosleep64, {DYNLINK_NUMBER(clock_nanosleep_time64)}},
    {Call::kUtimensat64, {DYNLINK_NUMBER(utimensat_time64)}},
    {Call::kPselect6Time64, {DYNLINK_NUMBER(pselect6_time64)}},
    {Call::kPpoll64, {DYNLINK_NUMBER(ppoll_time64)}},
    {Call::kRtSigtimedwait64, {DYNLINK_NUMBER(rt_sigtimedwait_time64)}},
    {Call::kFutex64, {DYNLINK_NUMBER(futex_time64)}},
};

#undef DYNLINK_NUMBER
#undef DYNLINK_EXPANDED
#undef DYNLINK_TEXT

constexpr long kNoNumber = -1;

long NumberOf(const LinuxNumber& row) {
  for (const char* text : row.texts) {
    if (text == nullptr) break;
    char* end = nullptr;
    const long number = std::strtol(text, &end, 10);
    if (end == text) continue;
    EXPECT_EQ(*end, '\0') << text << " is more than a number";
    return number;
  }
  return kNoNumber;
}

TEST(LinuxNumbers, AreOfEveryCall) {
  ASSERT_EQ(std::size(kLinuxNumbers), kCallCount);
  for (size_t i = 0; i < kCallCount; ++i) {
    EXPECT_EQ(static_cast<size_t>(kLinuxNumbers[i].call), i) << kCallNames[i];
  }
}

// The call that the shared table has also for CPUs whose Linux does not.
bool OnlyInTheGenericTable(Call call) {
  return call == Call::kRenameat && arch::kLinuxAbi.calls.data() == kAsmGenericNumbers;
}

TEST(LinuxNumbers, AreTheTables) {
  ASSERT_FALSE(arch::kLinuxAbi.calls.empty());
  for (const arch::SyscallNumber& entry : arch::kLinuxAbi.calls) {
    const size_t call = static_cast<size_t>(entry.call);
    ASSERT_LT(call, kCallCount);
    const long number = NumberOf(kLinuxNumbers[call]);
    if (number == kNoNumber) {
      EXPECT_TRUE(OnlyInTheGenericTable(entry.call)) << kCallNames[call];
    } else {
      EXPECT_EQ(static_cast<long>(entry.number), number) << kCallNames[call];
    }
  }
}

// Nothing is left out that the kernel implements and the CPU's programs may call. Two calls can
// have one number between them: what some CPU's Linux calls mmap or select has an older form.
TEST(LinuxNumbers, AreAllInTheTable) {
  std::set<long> numbers;
  for (const arch::SyscallNumber& entry : arch::kLinuxAbi.calls) numbers.insert(entry.number);
  for (const LinuxNumber& row : kLinuxNumbers) {
    const long number = NumberOf(row);
    if (number == kNoNumber) continue;
    EXPECT_EQ(numbers.count(number), 1u) << kCallNames[static_cast<size_t>(row.call)];
  }
}

}  // namespace
}  // namespace syscalls
